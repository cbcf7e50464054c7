import { isPlain, plainSentences } from './plain-sentences.js'

let segmenter: Intl.Segmenter | undefined

/** Made when it is needed: it loads the language's rules, which takes longer than most commands. */
function segmentSentences(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' })
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

/** A line that stands for itself: a heading, an item, a quote, a table's row, a fence, an indented line. */
const standsAlone = /^(?:\s{0,3}(?:#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|>|\||`{3}|~{3}|={3,}|-{3,})|\t| {4})/
/** One that nothing goes on from, either. */
const endsItself = /^\s{0,3}(?:#{1,6}\s|\||`{3}|~{3})/
/** How most lines begin, which are neither, nor empty. */
const beginsWithWord = /^[A-Za-z“‘"']/

export interface Sentence {
  /** As it stands in the text, the space after it included: all sentences joined give the text. */
  text: string
  /** From 1: the line it begins in, and the paragraph. */
  line: number
  paragraph: number
}

/** How much stands before a place in a text. */
export interface Before {
  sentences: number
  lines: number
  paragraphs: number
}

export const nothingBefore: Before = { sentences: 0, lines: 0, paragraphs: 0 }

/**
 * Splits prose into sentences. A line break inside of a paragraph is only a place where a line was wrapped, so a
 * sentence runs on over it; an empty line, a heading or an item begins anew. `before` stands before the text, which
 * begins with a paragraph.
 */
export function splitSentences(text: string, before: Before = nothingBefore): Sentence[] {
  const sentences: Sentence[] = []
  let [line, paragraph] = [before.lines + 1, before.paragraphs]
  for (const block of paragraphsOf(text)) {
    if (block.trim() !== '') paragraph++
    for (const original of sentencesOf(block)) {
      const previous = sentences.at(-1)
      if (previous && original.trim() === '') previous.text += original
      else sentences.push({ text: original, line, paragraph: Math.max(1, paragraph) })
      line += lineBreaksIn(original)
    }
  }
  return sentences
}

/** How many sentences, lines and paragraphs there are, as `splitSentences` has them. */
export function countSentences(paragraphs: readonly string[]): Before {
  const count = { ...nothingBefore }
  for (const [at, block] of paragraphs.entries()) {
    if (block.trim() !== '') count.paragraphs++
    const sentences = sentencesOf(block)
    // Space at a paragraph's end belongs to the sentence before it.
    const endsInSpace = sentences.length > 1 && sentences.at(-1)?.trim() === ''
    count.sentences += at > 0 && block.trim() === '' ? 0 : sentences.length - (endsInSpace ? 1 : 0)
    count.lines += lineBreaksIn(block)
  }
  return count
}

function lineBreaksIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

/**
 * The sentences of paragraphs that were split before: of a text and what an edit made of it, most are the same, and
 * to look one up takes a fraction of splitting it again.
 */
const known = new Map<string, readonly string[]>()
let knownLength = 0
/** In characters; then it is begun anew. */
const mostKnown = 512 * 1024

function sentencesOf(block: string): readonly string[] {
  const found = known.get(block)
  if (found !== undefined) return found
  const sentences = splitBlock(block)
  if (knownLength > mostKnown) {
    known.clear()
    knownLength = 0
  }
  knownLength += block.length
  known.set(block, sentences)
  return sentences
}

/** Whether its end comes in no time, however long it is: it is plain, or was split before. */
export function isQuicklySplit(paragraph: string): boolean {
  return known.has(paragraph) || isPlain(unwrapped(paragraph.trimEnd()))
}

/** The rules end a sentence at every line break; a space of the same length does not. */
function unwrapped(text: string): string {
  return text.replace(/[\r\n]/g, ' ')
}

/** The sentences of a paragraph, and the space at its end by itself. */
function splitBlock(block: string): readonly string[] {
  const text = block.trimEnd()
  const line = unwrapped(text)
  const found: string[] = []
  let at = 0
  for (const { length } of plainSentences(line) ?? segmentSentences(line)) {
    found.push(text.slice(at, at + length))
    at += length
  }
  return text.length === block.length ? found : [...found, block.slice(text.length)]
}

/** Paragraphs, each with the empty lines that follow it. */
export function paragraphsOf(text: string): string[] {
  const blocks: string[] = []
  let begun = 0
  let previous: 'nothing' | 'empty' | 'ends itself' | 'goes on' = 'nothing'
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    const next = lineBreak === -1 ? text.length : lineBreak + 1
    const line = text.slice(start, next)
    const isWords = beginsWithWord.test(line)
    const isEmpty = !isWords && line.trim() === ''
    const begins =
      !isEmpty && (previous === 'empty' || previous === 'ends itself' || (!isWords && standsAlone.test(line)))
    if (begins && start > 0) {
      blocks.push(text.slice(begun, start))
      begun = start
    }
    previous = isEmpty ? 'empty' : !isWords && endsItself.test(line) ? 'ends itself' : 'goes on'
    start = next
  }
  if (begun < text.length) blocks.push(text.slice(begun))
  return blocks
}
