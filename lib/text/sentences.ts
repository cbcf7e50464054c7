let segmenter: Intl.Segmenter | undefined

/** Made when it is needed: it loads the language's rules, which takes longer than most commands. */
function segmentSentences(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' })
  return segmenter.segment(text)
}

/** A line that stands for itself: a heading, an item, a quote, a table's row, a fence, an indented line. */
const standsAlone = /^(?:\s{0,3}(?:#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|>|\||`{3}|~{3}|={3,}|-{3,})|\t| {4})/

export interface Sentence {
  /** As it stands in the text, the space after it included: all sentences joined give the text. */
  text: string
  /** From 1: the line it begins in, and the paragraph. */
  line: number
  paragraph: number
}

/**
 * Splits prose into sentences. A line break inside of a paragraph is only a place where a line was wrapped, so a
 * sentence runs on over it; an empty line, a heading or an item begins anew.
 */
export function splitSentences(text: string): Sentence[] {
  const sentences: Sentence[] = []
  let [line, paragraph] = [1, 0]
  for (const block of blocksOf(text)) {
    if (block.trim() !== '') paragraph++
    for (const original of sentencesOf(block)) {
      const previous = sentences.at(-1)
      if (previous && original.trim() === '') previous.text += original
      else sentences.push({ text: original, line, paragraph: Math.max(1, paragraph) })
      line += original.split('\n').length - 1
    }
  }
  return sentences
}

/**
 * The sentences of paragraphs that were split before: of a text and what an edit made of it, most are the same, and
 * to look one up takes a hundredth of splitting it again.
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

/** The sentences of a paragraph, and the space at its end by itself. */
function splitBlock(block: string): readonly string[] {
  const text = block.trimEnd()
  // The segmenter ends a sentence at every line break; a space of the same length does not.
  const unwrapped = text.replace(/[\r\n]/g, ' ')
  const found = [...segmentSentences(unwrapped)].map(({ index, segment }) =>
    text.slice(index, index + segment.length),
  )
  return text.length === block.length ? found : [...found, block.slice(text.length)]
}

/** Paragraphs, each with the empty lines that follow it. */
function blocksOf(text: string): string[] {
  const blocks: string[] = []
  let previous = ''
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const isEmpty = line.trim() === ''
    const begins =
      blocks.length === 0 ||
      (!isEmpty &&
        (previous.trim() === '' ||
          standsAlone.test(line) ||
          /^\s{0,3}(#{1,6}\s|\||`{3}|~{3})/.test(previous)))
    if (begins) blocks.push(line)
    else blocks.push((blocks.pop() ?? '') + line)
    previous = line
  }
  return blocks
}
