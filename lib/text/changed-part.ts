import { commonLengths } from './lines.js'
import { paragraphsOf } from './sentences.js'

/** Where two texts differ, in whole paragraphs. */
export interface ChangedPart {
  /** The part that differs, on both sides; a paragraph that is the same stands at each end of it. */
  before: string
  after: string
  /** The paragraphs that stand above it, and below it, in both texts. */
  head: string[]
  tail: string[]
}

/** Most edits change little of a text: what is the same above and below needs no comparing. */
export function changedPart(before: string, after: string): ChangedPart {
  const { head, tail } = commonLengths(before, after)
  const paragraphs = paragraphsOf(after)
  const lengthOf = (index: number) => paragraphs[index]?.length ?? 0
  let [above, start] = [0, 0]
  // Where a paragraph ends is told by the line after it.
  while (above + 1 < paragraphs.length && start + lengthOf(above) + lengthOf(above + 1) <= head) {
    start += lengthOf(above)
    above++
  }
  let [below, end] = [paragraphs.length, after.length]
  // Where one begins is told by the line above it, which begins after a line break that is the same, too.
  while (below - 1 > above && after.length - end + lengthOf(below - 1) + lengthOf(below - 2) < tail) {
    end -= lengthOf(below - 1)
    below--
  }
  return {
    before: before.slice(start, before.length - (after.length - end)),
    after: after.slice(start, end),
    head: paragraphs.slice(0, above),
    tail: paragraphs.slice(below),
  }
}
