/** Most names and reasons: nothing in them acts, and what finds what does is not even made. */
const plain = /^[ -~]*$/
const plainLines = /^[ -~\n\t]*$/

/**
 * What would act on a terminal or deceive a reader: control characters, line and paragraph separators, the marks
 * that turn the reading direction, characters of no width, tags, variation selectors by the hundred, and halves
 * of surrogate pairs. A zero-width joiner between two pictographs makes one emoji, and the variation selectors
 * 15 and 16 choose how one looks: those stay.
 */
const acting = () =>
  /(?![\ufe0e\ufe0f]|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu

const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line in which nothing acts: what would is shown as an escape (`\n`, `\x1b`, `\u202e`). */
export function forTerminal(text: string): string {
  return plain.test(text) ? text : text.replace(acting(), visible)
}

/** As `forTerminal`, for text of several lines: line feeds and tabs stay what they are. */
export function linesForTerminal(text: string): string {
  if (plainLines.test(text)) return text
  return text
    .replace(acting(), (character) => (/[\n\t]/.test(character) ? character : visible(character)))
    .replaceAll('\\r\n', '\n')
}

/** A value as JSON that can be looked at: what would act stands as an escape, which reads back as what it was. */
export function jsonForTerminal(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  if (plainLines.test(text)) return text
  return text.replace(acting(), (characters) =>
    /[\n\t]/.test(characters) ? characters : characters.replace(/[\s\S]/g, escapedInJson),
  )
}

/** Of a character beyond the first plane, each half. */
function escapedInJson(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function visible(character: string): string {
  const short = shortEscapes[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\u{${code.toString(16)}}`
}

/**
 * One line for a place in a Markdown answer: a name, a reason or a description in it opens no code, link, HTML,
 * table, heading or emphasis, and a reader of the rendered answer sees its characters. Underscores inside of a
 * word mean nothing to Markdown and stay bare, so that most names can be copied from the source, too.
 */
export function forMarkdown(text: string): string {
  return forTerminal(text.trim())
    .replace(/[\\`*<>[\]|~$]/g, '\\$&')
    .replace(/(?<!_)_+/g, (run, at: number, whole: string) =>
      isInWord(whole, at, at + run.length) ? run : run.replaceAll('_', '\\_'),
    )
    .replace(/&(?=#?\w+;)/g, '\\&')
    .replace(/(https?|ftp|mailto|xmpp|file|javascript|data)(?=:)/gi, '$1\\')
    .replace(/\bwww(?=\.)/gi, '$&\\')
    .replace(/(?<=[\w.+-])@(?=[\w-]+\.)/g, '\\@')
    .replace(/^([#=]|[-+](?=[\s+-]|$))/, '\\$1')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}

function isInWord(text: string, start: number, end: number): boolean {
  return (
    /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start)) &&
    /^[\p{L}\p{N}]/u.test(text.slice(end, end + 2))
  )
}

/** A fenced block that its content cannot close. `language` is a word such as `diff`. */
export function fenced(content: string, language = ''): string {
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${content}${content.endsWith('\n') || content === '' ? '' : '\n'}${fence}`
}

/** A code span that its content cannot close, on one line: the content as it is, to be copied. */
export function codeSpan(content: string): string {
  const shown = forTerminal(content)
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  const space = longest > 0 ? ' ' : ''
  return ticks + space + shown + space + ticks
}
