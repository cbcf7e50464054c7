import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff'
import { commonEnds, commonLengths, splitLines } from './lines.js'

/** What a comparison came to. `additions` and `deletions` count lines in a unified diff, words in a diff of prose. */
export interface TextDiff {
  patch: string
  additions: number
  deletions: number
  unit: 'lines' | 'words'
}

/** Above this many lines added and removed the lines are not matched with each other any more. */
const mostEdits = 3_000
/** Above this many characters on both sides together, neither. */
const largestDiff = 32 * 1024 * 1024
/** In milliseconds. */
const longestComparison = 10_000
const contextLines = 3

/**
 * The unified diff of a file, as git and patch read it; null stands for a file that is not there.
 * Where the file is too large, or too different, to compare line by line, one hunk header says so.
 */
export function unifiedDiff(path: string, before: string | null, after: string | null): TextDiff {
  if (before === after) return { patch: '', additions: 0, deletions: 0, unit: 'lines' }
  const oldName = before === null ? '/dev/null' : quoted(`a/${path}`)
  const newName = after === null ? '/dev/null' : quoted(`b/${path}`)
  const headers = `--- ${oldName}\n+++ ${newName}\n`
  const [oldText, newText] = [before ?? '', after ?? '']

  const { linesBefore, from, olds, news } = aroundChange(oldText, newText)
  const patch =
    oldText.length + newText.length > largestDiff
      ? undefined
      : structuredPatch(
          oldName,
          newName,
          oldText.slice(from, olds),
          newText.slice(from, news),
          undefined,
          undefined,
          {
            context: contextLines,
            timeout: longestComparison,
            // A file that is new or gone is one-sided: there is nothing to match, however long it is.
            maxEditLength: before === null || after === null ? Number.MAX_SAFE_INTEGER : mostEdits,
          },
        )
  if (patch === undefined) return wholeReplacement(headers, oldText, newText)

  for (const hunk of patch.hunks) {
    hunk.oldStart += linesBefore
    hunk.newStart += linesBefore
  }
  const lines = patch.hunks.flatMap((hunk) => hunk.lines)
  return {
    patch: headers + (patch.hunks.length === 0 ? '' : formatPatch(patch, OMIT_HEADERS)),
    additions: lines.filter((line) => line.startsWith('+')).length,
    deletions: lines.filter((line) => line.startsWith('-')).length,
    unit: 'lines',
  }
}

interface Around {
  /** Where the part to compare begins, in both texts, and how many lines stand before it. */
  from: number
  linesBefore: number
  /** Where it ends in the one, and in the other. */
  olds: number
  news: number
}

/** What two texts begin and end with alike needs no comparing, but for the lines that are shown around a change. */
function aroundChange(before: string, after: string): Around {
  const { head, tail } = commonLengths(before, after)
  const from = startOfLines(before, head, contextLines)
  let linesBefore = 0
  for (let at = before.indexOf('\n'); at !== -1 && at < from; at = before.indexOf('\n', at + 1)) linesBefore++
  const olds = endOfLines(before, before.length - tail, contextLines)
  return { from, linesBefore, olds, news: after.length - (before.length - olds) }
}

/** Where the line of `at` begins, and so many lines before it. */
function startOfLines(text: string, at: number, lines: number): number {
  let start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
  for (let back = 0; back < lines && start > 1; back++) start = text.lastIndexOf('\n', start - 2) + 1
  return start === 1 ? 0 : start
}

/** Where the line of `at` ends, and so many lines after it. */
function endOfLines(text: string, at: number, lines: number): number {
  let end = at
  for (let on = 0; on <= lines; on++) {
    const next = text.indexOf('\n', end)
    if (next === -1) return text.length
    end = next + 1
  }
  return end
}

function wholeReplacement(headers: string, before: string, after: string): TextDiff {
  const [oldLines, newLines] = [splitLines(before), splitLines(after)]
  const { head, tail } = commonEnds(oldLines, newLines)
  const deletions = oldLines.length - head - tail
  const additions = newLines.length - head - tail
  const range = (count: number) => `${count === 0 ? head : head + 1},${count}`
  const hunk = `@@ -${range(deletions)} +${range(additions)} @@ too much to compare line by line`
  const summary = `${deletions} lines replaced by ${additions}; the lines are left out`
  return { patch: `${headers}${hunk}: ${summary}\n`, additions, deletions, unit: 'lines' }
}

/** A name as git quotes it where it holds what would end or change the line; other letters stay readable. */
function quoted(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  const special = /["\\\u0000-\u001f\u007f]/g
  if (name.search(special) === -1) return name
  const octal = (character: string) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
  return `"${name.replace(special, (character) => (/["\\]/.test(character) ? `\\${character}` : octal(character)))}"`
}
