/** A part of somebody's TOML file between two marks, put at its end and taken out again with every other byte kept. */
import { parse } from 'smol-toml'
import { Unreadable } from './jsonc-text.js'

const begin = '# >>> cowrite: written by `cowrite init`, taken out by `cowrite init --remove`'
const end = '# <<< cowrite'

/** The part with its marks; after the last of them may stand how many folders were made for a file of its own. */
const pattern = /^# >>> cowrite:.*\r?\n((?:[^\n]*\n)*?)# <<< cowrite(?: \((\d) made\))?\r?(?:\n|$(?![\s\S]))/m

/** Throws Unreadable for what is no TOML. */
export function parseToml(text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    const { line, message } = error as Error & { line?: number }
    throw new Unreadable(
      `${line === undefined ? 'it' : `line ${line}`} is no TOML (${message.split('\n')[0]})`,
    )
  }
}

/** The part that stands in `text`, without its marks; null where there is none. */
export function readBlock(text: string): string | null {
  const [, content] = pattern.exec(text) ?? []
  return content === undefined ? null : content.replaceAll('\r\n', '\n')
}

/** Puts `content` (lines with `\n`) into the file, in the place of the part that is there. */
export function withBlock(text: string, content: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const found = pattern.exec(text)
  const block = (
    found?.[2] === undefined ? withMarks(content) : newWithBlock(content, Number(found[2]))
  ).replaceAll('\n', eol)
  if (found) return text.slice(0, found.index) + block + text.slice(found.index + found[0].length)
  // The line break before it is part of it.
  return text + eol + block
}

/** A file that is made for the part, and so many folders for the file. */
export function newWithBlock(content: string, folders: number): string {
  return `${begin}\n${content}${end} (${folders} made)\n`
}

export interface WithoutBlock {
  /** Null where the file was made for the part, and nothing else is in it. */
  text: string | null
  folders: number
}

/** What is left without the part. */
export function withoutBlock(text: string): WithoutBlock {
  const found = pattern.exec(text)
  if (found === null) return { text, folders: 0 }
  const before = text.slice(0, found.index)
  const rest = text.slice(found.index + found[0].length)
  if (found[2] === undefined) return { text: before.replace(/(\r\n|\n)$/, '') + rest, folders: 0 }
  return { text: before + rest === '' ? null : before + rest, folders: Number(found[2]) }
}

function withMarks(content: string): string {
  return `${begin}\n${content}${end}\n`
}
