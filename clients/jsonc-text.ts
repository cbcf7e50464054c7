/** Reading JSON with comments as a text that is somebody's: where things stand, and how it is laid out. */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

/** The text is not what it has to be for something to be put into it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** As the parser numbers them; its own names are there for its own compiler alone. */
const kinds = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, space: 15, end: 17 }

export interface Token {
  start: number
  end: number
  isSpace: boolean
  isComment: boolean
  /** A comment that ends with its line. */
  isLine: boolean
  isComma: boolean
}

export interface Edit {
  start: number
  end: number
  put: string
}

/** The object that a text is; null where it holds nothing at all. Throws Unreadable. */
export function parseObject(text: string): Node | null {
  if (text.trim() === '') return null
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first) {
    const line = text.slice(0, first.offset).split('\n').length
    throw new Unreadable(`line ${line} is no JSON (${printParseErrorCode(first.error)})`)
  }
  if (root?.type !== 'object') throw new Unreadable('it holds no JSON object')
  return root
}

export function tokensOf(text: string): Token[] {
  const scanner = createScanner(text)
  const tokens: Token[] = []
  for (let kind = scanner.scan(); kind !== kinds.end; kind = scanner.scan()) {
    const start = scanner.getTokenOffset()
    tokens.push({
      start,
      end: start + scanner.getTokenLength(),
      isSpace: kind === kinds.space || kind === kinds.lineBreak,
      isComment: kind === kinds.lineComment || kind === kinds.blockComment,
      isLine: kind === kinds.lineComment,
      isComma: kind === kinds.comma,
    })
  }
  return tokens
}

export function edited(text: string, edits: Edit[]): string {
  // Of two at one place, the one that was named first comes first.
  const backwards = edits
    .map((edit, at) => ({ ...edit, at }))
    .sort((a, b) => b.start - a.start || b.at - a.at)
  return backwards.reduce(
    (result, { start, end, put }) => result.slice(0, start) + put + result.slice(end),
    text,
  )
}

export function endOf({ offset, length }: Node): number {
  return offset + length
}

/** The first line break's spelling. */
export function eolOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
}

/** The white space that the line of `offset` begins with. */
export function indentAt(text: string, offset: number): string {
  const line = text.slice(lineStart(text, offset), offset)
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}

export function startsItsLine(text: string, offset: number): boolean {
  const start = lineStart(text, offset)
  return start > 0 && /^[ \t]*$/.test(text.slice(start, offset))
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
}

/** By how much this text indents: as much as its first indented line. */
export function unitOf(text: string): string {
  return /(?:^|[\r\n])([ \t]+)["{[\]}]/.exec(text)?.[1] ?? '  '
}

/** Where `text` goes on after `part`, if that stands at `offset`. */
export function afterFirst(text: string, offset: number, part: string): number {
  return text.startsWith(part, offset) ? offset + part.length : offset
}
