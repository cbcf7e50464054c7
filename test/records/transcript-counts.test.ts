/** What is counted without keeping what was said, held against the reading that keeps it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTranscript } from '../../lib/records/transcripts/lines.js'
import { pricesWith } from '../../lib/records/transcripts/prices.js'
import { parseForCounts } from '../../lib/records/transcripts/quick-json.js'
import { countIn, readTranscript } from '../../lib/records/transcripts/read.js'
import type { Span } from '../../lib/records/transcripts/transcript.js'
import { claudeChat, codexChat, geminiChat, geminiDocument } from './support/transcripts.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cowrite-counts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const whole: Span[] = [{ from: null, to: null, ended: null }]

async function bothWays(bytes: Buffer, spans = whole) {
  const path = join(folder, 'transcript.jsonl')
  writeFileSync(path, bytes)
  const file = await openTranscript(path)
  try {
    const counted = await countIn(file, pricesWith(), spans)
    return { counted, read: (await readTranscript(path, pricesWith(), spans)).totals }
  } finally {
    await file.close()
  }
}

/** What stands in long texts: plain, escaped, of several bytes, and what looks like an end or a beginning. */
const bit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('The sea was calm. ', 'x'.repeat(300), '“Whale”, she said — no. ', 'é'),
  },
  { weight: 2, arbitrary: fc.constantFrom('\n', '\t', '"', '\\', '\\"', '\u0001', '  ', '\u00a0', '\u3000') },
  fc.constantFrom('<command-name>', '<environment_context>', 'Caveat: The messages below', '"type":"user"'),
)
const text = fc.array(bit, { maxLength: 60 }).map((bits) => bits.join(''))
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('msg_1', 'msg_2', 'msg_3', 'u-1', 'u-2') },
  fc.constantFrom('mé', 'mê', '“', 'n'.repeat(600), `${'n'.repeat(600)}m`, ''),
)
const moment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .integer({ min: 0, max: 59 })
      .map((at) => `2026-01-16T09:${String(at).padStart(2, '0')}:00.000Z`),
  },
  fc.constantFrom<unknown>('1/16/2026, 9:15:00\u202fAM', 'never', 1_768_554_000_000, null),
)
const model = fc.constantFrom(
  'claude-sonnet-4-5',
  'gpt-5',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'walé',
)
const count = fc.integer({ min: 0, max: 300_000 })
const part = fc.oneof(
  text.map((said) => ({ type: 'text', text: said })),
  text.map((thinking) => ({ type: 'thinking', thinking })),
  fc.record({ type: fc.constant('tool_use'), name: text, input: fc.record({ command: text }) }),
  text.map((content) => ({ type: 'tool_result', content })),
)
const content = fc.oneof(text, fc.array(part, { maxLength: 3 }))
const ofClaude = fc.record(
  {
    ...{ type: fc.constantFrom('user', 'assistant', 'assistant', 'system', 'whale'), uuid: name },
    ...{ sessionId: fc.constantFrom('chat', 'chät'), timestamp: moment, isMeta: fc.boolean() },
    ...{ isSidechain: fc.boolean(), toolUseResult: text },
    message: fc.record(
      {
        ...{ id: name, model, content },
        usage: fc.record({ input_tokens: count, cache_read_input_tokens: count, output_tokens: count }),
      },
      { requiredKeys: ['content'] },
    ),
  },
  { requiredKeys: ['type', 'message'] },
)
const ofCodex = fc.oneof(
  fc.record({
    ...{ timestamp: moment, type: fc.constant('response_item') },
    payload: fc.record({
      type: fc.constantFrom('message', 'function_call', 'reasoning', 'function_call_output'),
      role: fc.constantFrom('user', 'assistant', 'developer'),
      ...{ content, arguments: text, output: text },
    }),
  }),
  fc.record({
    ...{ timestamp: moment, type: fc.constant('event_msg') },
    payload: fc.record({
      type: fc.constant('token_count'),
      info: fc.record({ total_token_usage: fc.record({ input_tokens: count, output_tokens: count }) }),
    }),
  }),
  fc.record({ timestamp: moment, type: fc.constant('turn_context'), payload: fc.record({ model, text }) }),
)
const ofGemini = fc.oneof(
  fc.record({
    ...{ id: name, type: fc.constantFrom('user', 'gemini', 'info'), content, timestamp: moment, model },
    tokens: fc.record({ input: count, output: count, cached: count }),
  }),
  name.map((to) => ({ $rewindTo: to })),
)

/** What becomes of a line on its way to the disk: mostly nothing. */
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant(null) },
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.constantFrom(0, 9, 31, 34, 92, 200, 123),
  }),
  fc.double({ min: 0, max: 1, noNaN: true }),
)

function written(line: unknown, happens: { at: number; byte: number } | number | null): Buffer {
  const bytes = Buffer.from(JSON.stringify(line))
  if (typeof happens === 'number') return bytes.subarray(0, Math.floor(happens * bytes.length))
  if (happens !== null) bytes[Math.floor(happens.at * (bytes.length - 1))] = happens.byte
  return bytes
}

const heads = { claude: claudeChat.text, codex: codexChat.text, gemini: geminiChat.text }
const transcript = fc
  .constantFrom('claude' as const, 'codex' as const, 'gemini' as const)
  .chain((client) =>
    fc.record({
      head: fc.constantFrom('', heads[client].slice(0, heads[client].indexOf('\n') + 1), heads[client]),
      lines: fc.array(
        fc.tuple(
          fc.oneof(
            {
              weight: 9,
              arbitrary: { claude: ofClaude, codex: ofCodex, gemini: ofGemini }[
                client
              ] as fc.Arbitrary<unknown>,
            },
            fc.oneof(ofClaude, ofCodex, ofGemini, fc.constantFrom<unknown>([], 'whale', 7, {})),
          ),
          fate,
        ),
        { maxLength: 12 },
      ),
      end: fc.constantFrom('', '\n', '\r\n'),
    }),
  )
  .map(({ head, lines, end }) => {
    const all = lines.flatMap(([line, happens]) => [
      written(line, happens),
      Buffer.from(end === '' ? '\n' : end),
    ])
    return Buffer.concat([Buffer.from(head), ...(end === '' ? all.slice(0, -1) : all)])
  })
const spans = fc.oneof(
  fc.constant(whole),
  fc.tuple(moment, moment).map(([from, ended]): Span[] => [
    {
      from: typeof from === 'string' ? from : null,
      to: null,
      ended: typeof ended === 'string' ? ended : null,
    },
  ]),
)

describe('what is counted in a transcript without keeping it', () => {
  it('is what reading it whole gives, whoever wrote it and whatever is torn or foreign in it', async () => {
    await fc.assert(
      fc.asyncProperty(transcript, spans, async (bytes, parts) => {
        const { counted, read } = await bothWays(bytes, parts)
        expect(counted).toEqual(read)
      }),
      { numRuns: 200 },
    )
  })

  it('is that for transcripts as they are, cut off anywhere', async () => {
    for (const { text: said } of [claudeChat, codexChat, geminiChat, geminiDocument]) {
      const bytes = Buffer.from(said)
      for (let size = bytes.length; size > 0; size -= 331) {
        const { counted, read } = await bothWays(bytes.subarray(0, size))
        expect(counted).toEqual(read)
      }
    }
  })
})

describe('a message of which only whether it was said is wanted', () => {
  it('is told from what a client says in the name of the person, whatever white space comes before', async () => {
    for (const before of ['', '\u3000', ' \u00a0', ' '.repeat(900), '\n'.repeat(400)]) {
      for (const content of [
        `${before}<command-name>`,
        [{ type: 'text', text: `${before}<command-name>` }],
      ]) {
        const ofClient = { type: 'user', sessionId: 'chat', message: { content } }
        const ofPerson = { type: 'user', sessionId: 'chat', message: { content: `${before}The whale.` } }
        const all = [ofPerson, ofClient, ofPerson, ofClient].map((line) => `${JSON.stringify(line)}\n`)
        const { counted, read } = await bothWays(Buffer.from(all.join('')))
        expect(counted).toEqual(read)
        expect(counted.messages).toBe(2)
      }
    }
  })
})

describe('a line of which only counts are wanted', () => {
  const parsed = (parse: () => unknown): unknown => {
    try {
      return parse()
    } catch (error) {
      return (error as Error).constructor
    }
  }
  /** Without what a long string ends in. */
  const begun = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
      typeof each === 'string' ? each.slice(0, 60) : each,
    )

  it('is JSON just where the line is, wherever in a long string the fault is', () => {
    const long = JSON.stringify({ type: 'user', text: `a${'b\n"\\ü'.repeat(45)}`, after: ['c'.repeat(700)] })
    const bytes = Buffer.from(long.replaceAll('ü', '\\u00fc'))
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [0, 10, 31, 34, 92, 117]) {
        const damaged = Buffer.from(bytes)
        damaged[at] = byte
        const expected = parsed(() => JSON.parse(damaged.toString()) as unknown)
        const found = parsed(() => parseForCounts(damaged))
        if (expected === SyntaxError || found === SyntaxError) expect(found).toBe(expected)
        else expect(begun(found)).toEqual(begun(expected))
      }
    }
  })

  it('is cut off before or after an escape, never in one', () => {
    for (let before = 60; before < 400; before++) {
      const text = `${before % 2 === 0 ? 'x' : '\\n'}${'x'.repeat(before)}${'y\\u00fcz\\n\\"'}${'z'.repeat(600)}`
      const found = parseForCounts(Buffer.from(`{"text":"${text}","after":1}`))
      expect(found).toMatchObject({ text: expect.stringMatching(/^\n?x+[yüz\n"]*$/) as string, after: 1 })
    }
  })

  it('tells names apart that are long, or not ASCII', () => {
    for (const id of [`${'n'.repeat(600)}1`, 'mé', '\u{1f40b}']) {
      const line = { type: 'user', message: { id, content: 'x'.repeat(2_000) } }
      expect(parseForCounts(Buffer.from(JSON.stringify(line)))).toEqual(line)
    }
  })
})
