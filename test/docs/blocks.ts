/** The fenced blocks of a Markdown text, each with the mark that stands in a comment before it. */
export interface Block {
  mark: string | null
  language: string
  text: string
}

export function blocksOf(markdown: string): Block[] {
  const blocks = markdown.matchAll(/(?:^<!-- ([^\n]*?) -->\n)?^```(\w*)\n(.*?)^```$/gms)
  return [...blocks].map(([, mark, language = '', text = '']) => ({ mark: mark ?? null, language, text }))
}
