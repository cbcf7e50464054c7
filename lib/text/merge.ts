import { diff3MergeRegions } from 'node-diff3'
import { alignLines } from './align.js'
import { lineEndOf, splitLines } from './lines.js'

/** Above this many characters in one of the three texts nothing is merged: the answer is a conflict. */
export const largestMerge = 16 * 1024 * 1024
/** Neither above this many lines added and removed on one side. */
export const mostMergeEdits = 3_000

export interface MarkerLabels {
  session?: string
  base?: string
  global?: string
}

export type MergeOutcome =
  | { merged: string }
  | {
      /** How many places need a decision. */
      conflicts: number
      /** Whether the texts were too large to look for a merge, so that all of them is one conflict. */
      tooLarge: boolean
      /** The texts with diff3 markers at every place that needs a decision. */
      marked(labels?: MarkerLabels): string
    }

interface Disagreement {
  ours: string[]
  base: string[]
  theirs: string[]
}
type Piece = string[] | Disagreement

/**
 * Merges two texts that started as `base`, by lines that keep their ends.
 *
 * The same change on both sides is no conflict. Changes that touch each other are one: a merge that nobody
 * has to think about is worth less than one that nobody has to doubt.
 */
export function mergeTexts(base: string, ours: string, theirs: string): MergeOutcome {
  if (ours === theirs || base === theirs) return { merged: ours }
  if (base === ours) return { merged: theirs }

  const lineEnd = lineEndOf(ours)
  const [baseLines, ourLines, theirLines] = [splitLines(base), splitLines(ours), splitLines(theirs)]
  const everything: Disagreement = { ours: ourLines, base: baseLines, theirs: theirLines }
  if (Math.max(base.length, ours.length, theirs.length) > largestMerge)
    return conflictOf([everything], lineEnd, true)

  const pieces = mergePieces(everything)
  if (pieces === null) return conflictOf([everything], lineEnd, true)
  if (pieces.some(isDisagreement)) return conflictOf(pieces, lineEnd, false)

  const lines = (pieces as string[][]).flat()
  // A last line without an end that came to stand before another line would run into it.
  const glued = lines.slice(0, -1).some((line) => !line.endsWith('\n'))
  return glued ? conflictOf([everything], lineEnd, false) : { merged: lines.join('') }
}

/** A run of lines under one name, so that what nobody changed is one element, however long it is. */
interface Run {
  id: string
  lines: string[]
}

/**
 * What both sides come to, or null where they are too different from their base to tell.
 *
 * diff3 is given names of runs instead of lines: its own search takes minutes where a line, such as the empty one
 * between paragraphs, comes a few thousand times. The names say which line of a side is which line of the base.
 */
function mergePieces({ ours, base, theirs }: Disagreement): Piece[] | null {
  const inOurs = alignLines(base, ours, mostMergeEdits)
  if (inOurs === null) return null
  const inTheirs = alignLines(base, theirs, mostMergeEdits)
  if (inTheirs === null) return null

  const runs = runsOf(base, inOurs, inTheirs)
  const linesOf = new Map(runs.map((run) => [run.id, run.lines]))
  const named = (side: string, lines: string[], alignment: number[]) => {
    const baseIndexOf = new Map(alignment.flatMap((at, index) => (at === -1 ? [] : [[at, index] as const])))
    return lines.flatMap((line, index) => {
      const baseIndex = baseIndexOf.get(index)
      if (baseIndex !== undefined) return linesOf.has(`${baseIndex}`) ? [`${baseIndex}`] : []
      linesOf.set(side + index, [line])
      return [side + index]
    })
  }
  const expand = (ids: string[]) => ids.flatMap((id) => linesOf.get(id) ?? [])

  const regions = diff3MergeRegions(
    named('ours ', ours, inOurs),
    runs.map((run) => run.id),
    named('theirs ', theirs, inTheirs),
  )
  return regions.map((region): Piece => {
    if ('bufferContent' in region) return expand(region.bufferContent)
    const disagreement = {
      ours: expand(region.aContent),
      base: expand(region.oContent),
      theirs: expand(region.bContent),
    }
    return sameLines(disagreement.ours, disagreement.theirs) ? disagreement.ours : disagreement
  })
}

/** Base lines that stand next to each other on all three sides are one run, named by the first one's index. */
function runsOf(base: string[], inOurs: number[], inTheirs: number[]): Run[] {
  const runs: Run[] = []
  for (const [index, line] of base.entries()) {
    const continues = [inOurs, inTheirs].every((side) => {
      const [previous = -1, present = -1] = [side[index - 1], side[index]]
      return previous !== -1 && present === previous + 1
    })
    if (continues) runs.at(-1)?.lines.push(line)
    else runs.push({ id: `${index}`, lines: [line] })
  }
  return runs
}

function sameLines(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((line, index) => line === right[index])
}

function isDisagreement(piece: Piece): piece is Disagreement {
  return !Array.isArray(piece)
}

function conflictOf(pieces: Piece[], lineEnd: string, tooLarge: boolean): MergeOutcome {
  const marked = (labels: MarkerLabels = {}) => {
    const { session = 'session', base = 'base', global = 'global' } = labels
    const show = (piece: Piece) => {
      if (!isDisagreement(piece)) return piece.join('')
      return [
        `<<<<<<< ${session}${lineEnd}`,
        ended(piece.ours, lineEnd),
        `||||||| ${base}${lineEnd}`,
        ended(piece.base, lineEnd),
        `=======${lineEnd}`,
        ended(piece.theirs, lineEnd),
        `>>>>>>> ${global}${lineEnd}`,
      ].join('')
    }
    return pieces.map(show).join('')
  }
  return { conflicts: pieces.filter(isDisagreement).length, tooLarge, marked }
}

/** A marker must stand at the start of a line, so what comes before it is ended. */
function ended(lines: string[], lineEnd: string): string {
  const text = lines.join('')
  return text === '' || text.endsWith('\n') ? text : text + lineEnd
}

/** Whether a text still holds the markers of both sides of a conflict. */
export function holdsMarkers(text: string): boolean {
  return /^<{7} /m.test(text) && /^>{7} /m.test(text)
}
