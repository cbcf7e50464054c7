import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainSentences } from '../../lib/text/plain-sentences.js'

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

function byAllRules(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

describe('the ends of sentences in plain prose', () => {
  it.each([
    ['Call me Ishmael. Some years ago.', ['Call me Ishmael. ', 'Some years ago.']],
    ['“Is it?” he said. “It is!” She went.', ['“Is it?” ', 'he said. ', '“It is!” ', 'She went.']],
    ['It cost 3.50, i.e. much. Too much...  Well', ['It cost 3.50, i.e. much. ', 'Too much...  ', 'Well']],
    ['', []],
  ])('%j', (text, sentences) => {
    expect(plainSentences(text)).toEqual(sentences)
    expect(byAllRules(text)).toEqual(sentences)
  })

  it('are where the rules of all languages find them', () => {
    const signs = [
      ...'aZ é1.!?,:-–—…‘’“”"\'()[]{}_#*/\t  ',
      '. ',
      '! ',
      'ß',
      'Þ',
      '. A',
      '. a',
      'word',
      'Word',
    ]
    const text = fc.array(fc.constantFrom(...signs), { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (plain) => {
        expect(plainSentences(plain)).toEqual(byAllRules(plain))
      }),
      { numRuns: 1_000 },
    )
    for (let code = 0x20; code < 0x7f; code++)
      for (const around of ['A', 'a', '1', '. ', '.', '! ', '?']) {
        const plain = `B${around}${String.fromCharCode(code)} ${around}${String.fromCharCode(code)}c D`
        expect([plain, plainSentences(plain) ?? byAllRules(plain)]).toEqual([plain, byAllRules(plain)])
      }
  })

  it('are not guessed where it takes more rules', () => {
    for (const text of ['Ende. Ω', '終わり。', 'Done. ; More', 'a\u00adb', 'a\u0301'])
      expect(plainSentences(text)).toBeNull()
  })
})
