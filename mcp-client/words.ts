/** How numbers, tables and lists are written in this room's answers. */
import { forTerminal } from '../lib/render/at-terminal.js'

/** `234ms`, `1.2s`. */
export function timeInWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)}ms` : `${(milliseconds / 1000).toFixed(1)}s`
}

export function count(amount: number, singular: string): string {
  return `${amount} ${singular}${amount === 1 ? '' : 's'}`
}

/** The first line of a text, in which nothing acts. */
export function firstLine(text: string | undefined, most = 160): string {
  const line = forTerminal(text?.trim().split('\n')[0]?.trim() ?? '')
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}

/** Columns with two spaces between them. */
export function plainTable(rows: readonly (readonly string[])[]): string[] {
  const inert = rows.map((row) => row.map((cell) => forTerminal(cell)))
  const widths = (inert[0] ?? []).map((_, at) => Math.max(...inert.map((row) => (row[at] ?? '').length)))
  return inert.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Blocks with an empty line between; one that has nothing to say is left out. */
export function paragraphs(...blocks: (readonly string[])[]): string {
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}
