import type picocolors from 'picocolors'
import type { Output } from './io.js'

/** Colours for a terminal, or none: NO_COLOR wins over FORCE_COLOR, which wins over what the stream is. */
export function wantsColours(stream: Output, env: Record<string, string | undefined>): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return stream.isTTY === true && env.TERM !== 'dumb'
}

const longestPainted = 20_000

type Paint = ReturnType<typeof picocolors.createColors>

export async function paint(text: string, on: boolean): Promise<string> {
  if (!on) return text
  const { createColors } = (await import('picocolors')).default
  const colours = createColors(true)
  // Only in a hunk does a line that begins with a minus say that something is gone: else it is an item of a list.
  let inHunk = false
  return text
    .split('\n')
    .map((line) => {
      if (/^@@ -\d/.test(line)) inHunk = true
      else if (!/^[ +\\-]/.test(line)) inHunk = false
      return inHunk ? paintHunkLine(line, colours) : paintLine(line, colours)
    })
    .join('\n')
}

function paintHunkLine(line: string, colours: Paint): string {
  if (line.startsWith('@@')) return colours.cyan(line)
  if (line.startsWith('+')) return colours.green(line)
  return line.startsWith('-') ? colours.red(line) : line
}

function paintLine(line: string, colours: Paint): string {
  if (/^(--- |\+\+\+ )/.test(line)) return colours.bold(line)
  if (line.startsWith('@@') || line.startsWith('💡')) return colours.cyan(line)
  if (line.startsWith('❌')) return colours.red(line)
  return paintStatus(paintWords(line, colours), colours)
}

/** The word diff's marks. */
function paintWords(line: string, colours: Paint): string {
  // A line of nothing but marks that open would be searched to its end for each of them.
  if (line.length > longestPainted) return line
  return line
    .replace(/\[-.+?-\]/g, (removed) => colours.red(removed))
    .replace(/\{\+.+?\+\}/g, (added) => colours.green(added))
}

/** Only where a status stands: after `Status:`, or in a table's cell. */
function paintStatus(line: string, colours: Paint): string {
  return line.replace(/(?<=Status: |│ )(ACTIVE|CRASHED)\b/, (word) =>
    word === 'ACTIVE' ? colours.green(word) : colours.red(word),
  )
}
