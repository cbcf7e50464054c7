import { diffArrays } from 'diff'
import type { ChangedPart } from './changed-part.js'
import type { Before, Sentence } from './sentences.js'
import { countSentences, paragraphsOf, splitSentences } from './sentences.js'
import { contentWords, wordsIn } from './word-segments.js'

/**
 * A piece of a comparison. What is the same may be spaced or wrapped differently, so it holds both texts: all
 * `before` joined are the one side, all `after` joined the other.
 */
export interface Piece {
  kind: 'same' | 'removed' | 'added'
  before: string
  after: string
}

/** Sentences that belong together: unchanged ones, or what became of one. */
export interface Passage {
  changed: boolean
  /** How many there are of those that are unchanged. */
  sentences: number
  pieces: Piece[]
  /** Where it begins, from 1, in the text as it is now. */
  line: number
  paragraph: number
}

const mostEdits = 3_000
/** Above this many pairs of sentences, a rewritten stretch is compared as one. */
const mostPairs = 40_000
/** The share of words that two sentences must have in common to be versions of one. */
const alike = 0.4

/** Compares prose sentence by sentence, and changed sentences word by word; null where it is too different. */
export function compareProse({ before, after, head, tail }: ChangedPart): Passage[] | null {
  const above = countSentences(head)
  const [oldSentences, newSentences] = [splitSentences(before, above), splitSentences(after, above)]
  const parts = alignSentences(oldSentences, newSentences)
  if (parts === null) return null

  const passages: Passage[] = [unchanged(head.join(''), above.sentences)]
  let [oldAt, newAt] = [0, 0]
  let removed: Sentence[] = []
  let added: Sentence[] = []
  const placeAt = (index: number) =>
    newSentences[index] ??
    (tail.length > 0 ? firstBelow(above, after) : (newSentences.at(-1) ?? { line: 1, paragraph: 1 }))
  const flush = () => {
    for (const [olds, news] of pairSentences(removed, added)) {
      const { line, paragraph } = news[0] ?? placeAt(newAt)
      const pieces = compareWords(textOf(olds), textOf(news))
      passages.push({ changed: true, sentences: 0, pieces, line, paragraph })
    }
    removed = []
    added = []
  }
  for (const part of parts) {
    const { length } = part
    if (part.removed) {
      removed.push(...oldSentences.slice(oldAt, oldAt + length))
      oldAt += length
    } else if (part.added) {
      added.push(...newSentences.slice(newAt, newAt + length))
      newAt += length
    } else {
      flush()
      const [olds, news] = [
        oldSentences.slice(oldAt, oldAt + length),
        newSentences.slice(newAt, newAt + length),
      ]
      passages.push(unchanged(textOf(news), length, textOf(olds)))
      oldAt += length
      newAt += length
    }
  }
  flush()
  passages.push(unchanged(tail.join(''), countSentences(tail).sentences))
  return passages.filter(({ changed, sentences }) => changed || sentences > 0)
}

/** Where the first sentence stands that comes after all that is compared. */
function firstBelow(above: Before, after: string): { line: number; paragraph: number } {
  const within = countSentences(paragraphsOf(after))
  return {
    line: above.lines + within.lines + 1,
    paragraph: above.paragraphs + within.paragraphs + 1,
  }
}

function unchanged(after: string, sentences: number, before = after): Passage {
  return { changed: false, sentences, pieces: [{ kind: 'same', before, after }], line: 0, paragraph: 0 }
}

/** So many sentences that are the same on both sides, or stand on one. */
interface Stretch {
  length: number
  removed: boolean
  added: boolean
}

/** What is the same up to the first change, and after the last, needs no comparing; null where there is too much. */
function alignSentences(olds: Sentence[], news: Sentence[]): Stretch[] | null {
  const shorter = Math.min(olds.length, news.length)
  let start = 0
  while (start < shorter && olds[start]?.text === news[start]?.text) start++
  let end = 0
  while (end < shorter - start && olds.at(-1 - end)?.text === news.at(-1 - end)?.text) end++
  const between = align(
    olds.slice(start, olds.length - end).map(keyOf),
    news.slice(start, news.length - end).map(keyOf),
  )
  return between && [sameStretch(start), ...between, sameStretch(end)]
}

function align(olds: string[], news: string[]): Stretch[] | null {
  const isOneSided = olds.length === 0 || news.length === 0
  // What most edits come to: one sentence, or one word, has become another.
  if (isOneSided || (olds.length === 1 && news.length === 1 && olds[0] !== news[0])) {
    if (olds.length + news.length > mostEdits) return null
    const removed = { length: olds.length, removed: true, added: false }
    const added = { length: news.length, removed: false, added: true }
    return [removed, added].filter(({ length }) => length > 0)
  }
  const parts = diffArrays(olds, news, { maxEditLength: mostEdits })
  if (parts === undefined) return null
  return parts.map(({ value, removed, added }) => ({ length: value.length, removed, added }))
}

function sameStretch(length: number): Stretch {
  return { length, removed: false, added: false }
}

/** Two sentences are the same if nothing but spaces and line breaks differs. */
function keyOf({ text }: Sentence): string {
  return text.replace(/\s+/g, ' ').trim()
}

function textOf(sentences: Sentence[]): string {
  return sentences.map(({ text }) => text).join('')
}

/**
 * Which of the removed sentences became which of the added ones: the pairing in order that keeps the most words.
 * A sentence without a partner stands alone, as removed or as added.
 */
function pairSentences(removed: Sentence[], added: Sentence[]): [Sentence[], Sentence[]][] {
  if (removed.length === 0 && added.length === 0) return []
  if (removed.length * added.length > mostPairs) return [[removed, added]]

  const [oldWords, newWords] = [removed, added].map((side) =>
    side.map(({ text }) => new Set(contentWords(text))),
  )
  const likeness = removed.map((_, row) =>
    added.map((_, column) => likenessOf(oldWords?.[row] ?? new Set(), newWords?.[column] ?? new Set())),
  )
  const best = Array.from({ length: removed.length + 1 }, () => new Array<number>(added.length + 1).fill(0))
  const at = (row: number, column: number) => best[row]?.[column] ?? 0
  const pairing = (row: number, column: number) => {
    const value = likeness[row]?.[column] ?? 0
    return value >= alike ? at(row + 1, column + 1) + value : -1
  }
  for (let row = removed.length - 1; row >= 0; row--) {
    for (let column = added.length - 1; column >= 0; column--) {
      const cells = best[row] as number[]
      cells[column] = Math.max(at(row + 1, column), at(row, column + 1), pairing(row, column))
    }
  }

  const pairs: [Sentence[], Sentence[]][] = []
  let [row, column] = [0, 0]
  while (row < removed.length || column < added.length) {
    const [oldOne, newOne] = [removed[row], added[column]]
    if (oldOne && newOne && pairing(row, column) === at(row, column)) {
      pairs.push([[oldOne], [newOne]])
      row++
      column++
    } else if (oldOne && (!newOne || at(row + 1, column) >= at(row, column + 1))) {
      pairs.push([[oldOne], []])
      row++
    } else if (newOne) {
      pairs.push([[], [newOne]])
      column++
    }
  }
  return pairs
}

function holdsWords(text: string): boolean {
  return /[A-Za-z0-9]/.test(text) || contentWords(text).length > 0
}

function likenessOf(left: Set<string>, right: Set<string>): number {
  if (left.size + right.size === 0) return 0
  const common = [...left].filter((word) => right.has(word)).length
  return (2 * common) / (left.size + right.size)
}

/** What two texts begin and end with alike, up to a space, is compared by letter: most edits change little. */
function compareWords(before: string, after: string): Piece[] {
  const { head, tail } = commonWords(before, after)
  const same = (text: string): Piece => ({ kind: 'same', before: text, after: text })
  const between = compareTokens(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  )
  const pieces = [same(before.slice(0, head)), ...between, same(before.slice(before.length - tail))]
  return withoutConfetti(joined(pieces))
}

/** How long the words are that two texts have in common at the beginning, and at the end after that. */
function commonWords(before: string, after: string): { head: number; tail: number } {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++
  // The space after them may be of another length.
  while (head > 0 && !beginsSpace(before, head, after)) head--
  let tail = 0
  const [endOfOld, endOfNew] = [before.length - 1, after.length - 1]
  while (tail < shorter - head && before.charCodeAt(endOfOld - tail) === after.charCodeAt(endOfNew - tail))
    tail++
  while (
    tail > 0 &&
    !(
      isSpaceAt(before, before.length - tail - 1) &&
      isSpaceAt(after, after.length - tail - 1) &&
      !isSpaceAt(before, before.length - tail)
    )
  )
    tail--
  return { head, tail }
}

function beginsSpace(before: string, at: number, after: string): boolean {
  return isSpaceAt(before, at) && isSpaceAt(after, at) && !isSpaceAt(before, at - 1)
}

function isSpaceAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /\s/.test(text.charAt(at))
}

/** Neighbours that are the same as one piece. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    if (piece.before === '' && piece.after === '') continue
    const last = result.at(-1)
    if (last?.kind === 'same' && piece.kind === 'same')
      result[result.length - 1] = {
        kind: 'same',
        before: last.before + piece.before,
        after: last.after + piece.after,
      }
    else result.push(piece)
  }
  return result
}

function compareTokens(before: string, after: string): Piece[] {
  const [oldTokens, newTokens] = [tokensOf(before), tokensOf(after)]
  const key = (token: string) => (token.trim() === '' ? ' ' : token)
  const parts = align(oldTokens.map(key), newTokens.map(key))
  if (parts === null) return changedPieces(before, after)

  const pieces: Piece[] = []
  let [oldAt, newAt] = [0, 0]
  for (const part of parts) {
    const oldLength = part.added ? 0 : part.length
    const newLength = part.removed ? 0 : part.length
    pieces.push({
      kind: part.added ? 'added' : part.removed ? 'removed' : 'same',
      before: oldTokens.slice(oldAt, oldAt + oldLength).join(''),
      after: newTokens.slice(newAt, newAt + newLength).join(''),
    })
    oldAt += oldLength
    newAt += newLength
  }
  return pieces
}

function tokensOf(text: string): string[] {
  return text.match(/\s+|\S+/g)?.flatMap((part) => (part.trim() === '' ? part : wordsIn(part))) ?? []
}

function changedPieces(before: string, after: string): Piece[] {
  const removed: Piece = { kind: 'removed', before, after: '' }
  const added: Piece = { kind: 'added', before: '', after }
  return [removed, added].filter((piece) => piece.before !== '' || piece.after !== '')
}

/** A space or a comma that stayed between two changed words is part of the change, for whoever reads it. */
function withoutConfetti(pieces: Piece[]): Piece[] {
  const result: Piece[] = []
  let [before, after] = ['', '']
  const flush = () => {
    result.push(...changedPieces(before, after))
    before = ''
    after = ''
  }
  for (const [index, piece] of pieces.entries()) {
    const changing = before !== '' || after !== ''
    const isBetween = changing && index < pieces.length - 1 && !holdsWords(piece.before)
    if (piece.kind === 'same' && !isBetween) {
      flush()
      result.push(piece)
      continue
    }
    before += piece.before
    after += piece.after
  }
  flush()
  return result
}
