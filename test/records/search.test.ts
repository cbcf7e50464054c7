import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageFinder } from '../../lib/records/transcripts/find.js'
import { pricesWith } from '../../lib/records/transcripts/prices.js'
import { bytesTest, excerptOf, textTest, wordsOf } from '../../lib/records/transcripts/search.js'
import { whole } from '../../lib/records/transcripts/spans.js'
import { claudeChat, codexChat, geminiChat, geminiDocument, lines } from './support/transcripts.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cowrite-search-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const find = async (text: string, query: string, spans = whole) => {
  const path = join(folder, 'chat.jsonl')
  writeFileSync(path, text)
  const found = await messageFinder(wordsOf(query), pricesWith())(path, spans)
  return found.map(({ content }) => content)
}

describe('a search in transcripts', () => {
  it.each([
    ['Claude Code', claudeChat.text, 'EXPOSITION too', ['Too much exposition.\nAgain, please.']],
    ['Codex', codexChat.text, 'chapter 4', ['Give chapter 4 a title.']],
    ['Gemini CLI', geminiChat.text, 'queequeg', ['Rename Queequeg.']],
    ['Gemini CLI, older,', geminiDocument.text, 'two FILES', ['Done, in two files.']],
  ])('finds what was said in one of %s', async (_client, text, query, expected) => {
    expect(await find(text, query)).toEqual(expected)
  })

  it('finds neither what tools answered, nor what the client said, nor what was taken back', async () => {
    expect(await find(claudeChat.text, 'harpooneer')).toEqual([])
    expect(await find(codexChat.text, 'environment_context')).toEqual([])
    expect(await find(geminiChat.text, 'wait')).toEqual([])
  })

  it('finds in a part of a chat what is in that part', async () => {
    const from = '2026-01-16T09:19:30.000Z'
    const later = [{ from, to: null, ended: null }]
    expect(await find(claudeChat.text, 'shorter', later)).toEqual(['Shorter now.'])
    expect(await find(claudeChat.text, 'shorter', [{ from: null, to: from, ended: null }])).toEqual([
      'Make chapter 3 shorter, and keep the whale.',
    ])
  })

  it('holds nothing of a transcript that is gone', async () => {
    expect(await messageFinder(['x'], pricesWith())(join(folder, 'gone'), whole)).toEqual([])
  })

  it('never passes by a message that holds the words, however its JSON is written', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'aBéÉß "\\/\n\t\u0001ñ😀ıİK{}.*'),
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, text, text, fc.boolean(), (before, word, after, escapes) => {
        const words = wordsOf(word)
        const content = before + word + after
        fc.pre(words.length > 0 && textTest(words)(content))
        const json = JSON.stringify({ content })
        const written = escapes
          ? json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json
        expect(bytesTest(words).line(Buffer.from(written))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('finds a word that stands across the pieces a file is read in', async () => {
    for (const at of [1024 * 1024 - 3, 1024 * 1024, 1024 * 1024 + 40]) {
      const head = JSON.stringify({ type: 'user', sessionId: 'c', message: { content: '' } }).length
      const content = `${'x'.repeat(at - head)} harpooneer`
      expect(await find(lines({ type: 'user', sessionId: 'c', message: { content } }), 'Harpooneer')).toEqual(
        [content],
      )
    }
  })

  it('shows the place of the first word', () => {
    const text = `${'before '.repeat(40)}the\nwhale ${'after '.repeat(60)}`
    const excerpt = excerptOf(text, ['WHALE'])
    expect(excerpt).toMatch(/^….*the whale after.*…$/)
    expect(excerptOf('short', ['none'])).toBe('short')
  })
})
