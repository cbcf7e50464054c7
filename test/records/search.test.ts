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

const find = async (text: string, query: string, spans = whole, most?: number) => {
  const path = join(folder, 'chat.jsonl')
  writeFileSync(path, text)
  const found = await messageFinder(wordsOf(query), pricesWith())(path, spans, most)
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

  it('finds what was said before the session ended, and in the turn in which it did', async () => {
    const until = (ended: string) => [{ from: null, to: null, ended }]
    const inTurn = '2026-01-16T09:20:30.000Z'
    expect(await find(claudeChat.text, 'shorter', until(inTurn))).toHaveLength(2)
    expect(await find(claudeChat.text, 'shorter', until(inTurn), 1)).toContain('Shorter now.')
    expect(await find(claudeChat.text, 'shorter', until('2026-01-16T09:19:30.000Z'))).toHaveLength(1)
    expect(await find(claudeChat.text, 'shorter', until('2026-01-16T09:19:30.000Z'), 1)).toEqual([
      'Make chapter 3 shorter, and keep the whale.',
    ])
  })

  it.each([
    ['Claude Code', claudeChat.text],
    ['Codex', codexChat.text],
    ['Gemini CLI', geminiChat.text],
    ['Gemini CLI, older,', geminiDocument.text],
  ])('finds the last of many in one of %s, where that is enough', async (_client, text) => {
    const all = await find(text, 'e')
    expect(all.length).toBeGreaterThan(0)
    expect((await find(text, 'e', whole, 1)).at(-1)).toBe(all.at(-1))
  })

  it('looks through all of a chat where its end holds the words in what nobody said', async () => {
    const said = { type: 'user', uuid: 'u', sessionId: 'c', message: { content: 'The whale.' } }
    const thought = (at: number) => ({
      ...{ type: 'assistant', uuid: String(at), sessionId: 'c' },
      message: { content: [{ type: 'thinking', thinking: 'whale' }] },
    })
    const text = lines(said, ...Array.from({ length: 100 }, (_, at) => thought(at)))
    expect(await find(text, 'whale', whole, 1)).toEqual(['The whale.'])
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
