import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentWords, wordsIn } from '../../lib/text/word-segments.js'

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
const segmentsOf = (text: string) => [...segmenter.segment(text)]

describe('words', () => {
  it('are what the rules of all languages take for them', () => {
    const ascii = Array.from({ length: 0x7e - 0x20 }, (_, at) => String.fromCharCode(0x21 + at))
    const parts = [...ascii, 'é', '海', '‘', '’', '“', '”', '–', '—', '…', 'a', 'Bc', '12', "don't", '_']
    const text = fc
      .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 })
      .map((some) => some.join(''))
    fc.assert(
      fc.property(text, (part) => {
        expect(wordsIn(part)).toEqual(segmentsOf(part).map(({ segment }) => segment))
        const words = segmentsOf(part).filter(({ isWordLike }) => isWordLike)
        expect(contentWords(part)).toEqual(words.map(({ segment }) => segment.toLowerCase()))
      }),
      { numRuns: 1_500 },
    )
  })

  it.each([
    ['“Don’t', ['“', 'Don’t']],
    ['sea,”—', ['sea', ',', '”', '—']],
    ['##', ['#', '#']],
    ['12', ['12']],
    ["dogs'", ['dogs', "'"]],
  ])('%s', (text, words) => {
    expect(wordsIn(text)).toEqual(words)
  })
})
