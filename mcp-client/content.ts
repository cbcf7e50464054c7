import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'

/** What a tool answered, for people: text as it is, JSON laid out, the rest named. */
export function contentInWords({ content, structuredContent }: CallToolResult): string {
  if (content.length > 0) return content.map(blockInWords).join('\n')
  return structuredContent === undefined ? '' : JSON.stringify(structuredContent, null, 2)
}

function blockInWords(block: CallToolResult['content'][number]): string {
  switch (block.type) {
    case 'text':
      return laidOut(block.text)
    case 'image':
    case 'audio':
      return `[${block.type}: ${block.mimeType}, ${Math.ceil((block.data.length * 3) / 4)} bytes]`
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `[resource: ${block.resource.uri}]`
    case 'resource_link':
      return `[resource: ${block.name}, ${block.uri}]`
  }
}

/** JSON that was sent on one line is not to be read. */
function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
