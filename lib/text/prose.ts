import type { ChangedPart } from './changed-part.js'
import { changedPart } from './changed-part.js'
import type { TextDiff } from './diff.js'
import { unifiedDiff } from './diff.js'
import { inTime, outOfTime } from './in-time.js'
import type { Passage, Piece } from './prose-changes.js'
import { compareProse } from './prose-changes.js'
import { isQuicklySplit } from './sentences.js'
import { contentWords } from './word-segments.js'

/** Above this many characters on both sides together, prose is compared by line like everything else. */
const largestProse = 4 * 1024 * 1024
/** In milliseconds; a text that takes longer is none that a person wrote. */
const longestComparison = 5_000
/** Up to this many characters, comparing ends by itself within that time, whatever they are: to watch it would take longer. */
const quickProse = 16 * 1024
const proseEndings = /\.(md|markdown|mdx|txt|text|rst|adoc|asciidoc|org|tex)$/i
const proseNames = /^(README|CHANGELOG|NOTES|LICENSE|CONTRIBUTING|AUTHORS)$/i

/** Whether a file is one that people write sentences in, by its name. */
export function isProse(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return proseEndings.test(name) || proseNames.test(name)
}

/**
 * What changed in a text, for whoever wrote it: sentences are matched with sentences, and inside of a changed one
 * `[-removed-]` and `{+added+}` words are marked. Unchanged sentences are folded; a heading says where each change
 * is, in the text as it is now. null stands for a file that is not there. Counts are words. Falls back to lines
 * where the texts are too large, too different or take too long.
 */
export function proseDiff(path: string, before: string | null, after: string | null): TextDiff {
  const [old, now] = [before ?? '', after ?? '']
  if (old.length + now.length > largestProse) return unifiedDiff(path, before, after)
  const part = changedPart(old, now)
  const compare = () => compared(path, before, after, part)
  const diff = isQuick(part) ? compare() : inTime(longestComparison, compare)
  return diff === null || diff === outOfTime ? unifiedDiff(path, before, after) : diff
}

function isQuick({ before, after, head, tail }: ChangedPart): boolean {
  if (before.length + after.length > quickProse) return false
  const above = head.reduce((sum, { length }) => sum + length, 0)
  const around = tail.reduce((sum, { length }) => sum + length, above)
  return around <= quickProse || [...head, ...tail].every(isQuicklySplit)
}

function compared(
  path: string,
  before: string | null,
  after: string | null,
  part: ChangedPart,
): TextDiff | null {
  const passages = compareProse(part)
  if (passages === null) return null

  const pieces = passages.flatMap((passage) => passage.pieces)
  const isChange = before !== null && after !== null
  return {
    patch: before === after ? '' : `${header(path, before, after)}\n${body(passages, isChange)}`,
    additions: wordsIn(pieces, 'added'),
    deletions: wordsIn(pieces, 'removed'),
    unit: 'words',
  }
}

function header(path: string, before: string | null, after: string | null): string {
  if (before === null) return `${path} (new)`
  return after === null ? `${path} (deleted)` : path
}

function wordsIn(pieces: Piece[], kind: Piece['kind']): number {
  const texts = pieces.filter((piece) => piece.kind === kind).map((piece) => piece.before || piece.after)
  return texts.reduce((sum, text) => sum + contentWords(text).length, 0)
}

function body(passages: Passage[], isChange: boolean): string {
  if (!passages.some((passage) => passage.changed)) {
    return isChange ? '\n(only spaces and line breaks differ)\n' : '\n(empty)\n'
  }
  const lines: string[] = []
  let folded = 0
  let previous: Passage | undefined
  for (const passage of passages) {
    if (!passage.changed) {
      folded += passage.sentences
      previous = undefined
      continue
    }
    if (previous === undefined || previous.paragraph !== passage.paragraph) {
      lines.push('', ...foldLine(folded), `@@ paragraph ${passage.paragraph}, line ${passage.line} @@`)
      folded = 0
    }
    lines.push(marked(passage.pieces))
    previous = passage
  }
  return [...lines, '', ...foldLine(folded)]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n*$/, '\n')
}

function foldLine(amount: number): string[] {
  return amount === 0 ? [] : [`(${amount} unchanged ${amount === 1 ? 'sentence' : 'sentences'})`, '']
}

/** One changed sentence on one line: where it was wrapped says nothing. */
function marked(pieces: Piece[]): string {
  return pieces.map(show).join('').replace(/\s+/g, ' ').trim()
}

function show({ kind, before, after }: Piece): string {
  if (kind === 'same') return after
  const text = kind === 'removed' ? before : after
  const [, lead = '', core = '', trail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  if (core === '') return text
  return kind === 'removed' ? `${lead}[-${core}-]${trail}` : `${lead}{+${core}+}${trail}`
}
