import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isCowriteError } from '../../lib/errors.js'
import { pricesWith } from '../../lib/records/transcripts/prices.js'
import { readTranscript } from '../../lib/records/transcripts/read.js'
import { claudeChat, codexChat, geminiChat, geminiDocument, lines } from './support/transcripts.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cowrite-transcripts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (text: string | Buffer, prices = pricesWith()) => {
  const path = join(folder, 'transcript.jsonl')
  writeFileSync(path, text)
  return readTranscript(path, prices)
}

describe('a transcript of Claude Code', () => {
  it('gives its messages, each once, and what was said by nobody not at all', async () => {
    const { totals, messages } = await read(claudeChat.text)
    expect(totals).toMatchObject({
      ...{
        client: 'claude',
        chat: claudeChat.chat,
        messages: 5,
        userMessages: 2,
        assistantMessages: 3,
        toolCalls: 4,
      },
      ...{ startedAt: '2026-01-16T09:15:00.000Z', endedAt: '2026-01-16T09:21:00.000Z' },
      ...{ models: ['claude-sonnet-4-5-20250929', 'claude-haiku-4-5'], skipped: { torn: 1, foreign: 2 } },
    })
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Make chapter 3 shorter, and keep the whale.'],
      ['assistant', 'I will look at the plan first.'],
      ['assistant', ''],
      ['user', 'Too much exposition.\nAgain, please.'],
      ['assistant', 'Shorter now.'],
    ])
    expect(messages[1]?.toolCalls).toEqual([
      { name: 'Read', about: '/home/ann/book/acts/plan.md' },
      { name: 'TodoWrite', about: null },
    ])
  })

  it('counts the usage of a message once, in however many lines it came, and that of agents it sent too', async () => {
    const { totals, messages } = await read(claudeChat.text)
    expect(totals.tokens).toEqual({ input: 153 + 10 + 205 + 257, output: 20 + 5 + 30 + 40, cached: 550 })
    const sonnet = (15 * 3 + 550 * 0.3 + 50 * 3.75 + 90 * 15) / 1e6
    expect(totals.costUsd).toBeCloseTo(sonnet + (10 * 1 + 5 * 5) / 1e6, 12)
    expect(messages[1]).toMatchObject({
      tokens: 20,
      costUsd: (3 * 3 + 100 * 0.3 + 50 * 3.75 + 20 * 15) / 1e6,
    })
    expect(messages[0]).toMatchObject({ tokens: null, costUsd: null })
  })

  it('takes what the client says it cost before any list, and the list for what came after', async () => {
    const stated = { type: 'cost-state', totalCostUSD: 0.25, hasUnknownModelCost: false, modelUsage: {} }
    expect((await read(claudeChat.text + lines(stated))).totals.costUsd).toBe(0.25)
    const one = claudeChat.text
      .split('\n')
      .filter((line) => line.includes('msg_3'))
      .join('\n')
    const more = (await read(`${lines(stated)}${one}\n`)).totals.costUsd
    expect(more).toBeCloseTo(0.25 + (7 * 3 + 250 * 0.3 + 40 * 15) / 1e6, 12)
    const unknown = { ...stated, hasUnknownModelCost: true }
    expect((await read(lines(unknown))).totals.costUsd).toBeNull()
  })

  it('has no cost where a model is on no list, and one where the config lists it', async () => {
    const strange = claudeChat.text.replaceAll('claude-haiku-4-5', 'whale-1')
    expect((await read(strange)).totals).toMatchObject({ costUsd: null, tokens: { output: 95 } })
    const listed = pricesWith({ 'whale-1': { input: 1, output: 5, cached: 0.1 } })
    expect((await read(strange, listed)).totals.costUsd).toBeCloseTo(
      (await read(claudeChat.text)).totals.costUsd as number,
      12,
    )
  })

  it('tells what is to be done as the chat last had it', async () => {
    expect((await read(claudeChat.text)).todos).toEqual([
      { text: 'Read the plan', status: 'completed' },
      { text: 'Cut chapter 3', status: 'in_progress' },
    ])
    const task = (name: string, input: object) => ({
      ...{ type: 'assistant', uuid: JSON.stringify(input), sessionId: 'c' },
      message: { role: 'assistant', content: [{ type: 'tool_use', id: 't', name, input }] },
    })
    const made = lines(
      task('TaskCreate', { subject: 'Read the plan', description: 'all of it' }),
      task('TaskCreate', { subject: 'Cut chapter 3' }),
      task('TaskCreate', { subject: 'Sing' }),
      task('TaskUpdate', { taskId: '1', status: 'completed' }),
      task('TaskUpdate', { taskId: '3', status: 'deleted' }),
      task('TaskUpdate', { taskId: '9', status: 'completed' }),
    )
    expect((await read(made)).todos).toEqual([
      { text: 'Read the plan', status: 'completed' },
      { text: 'Cut chapter 3', status: 'pending' },
    ])
    const empty = lines(task('TodoWrite', { todos: [] }))
    expect((await read(claudeChat.text + empty)).todos).toEqual([])
  })
})

describe('a transcript of Codex', () => {
  it('gives messages, tools and plan, and as usage what the totals grew by', async () => {
    const { totals, messages, todos } = await read(codexChat.text)
    expect(totals).toMatchObject({
      ...{ client: 'codex', chat: codexChat.chat, messages: 3, userMessages: 1, toolCalls: 3 },
      ...{ tokens: { input: 1_800, output: 60, cached: 1_100 }, skipped: { torn: 1, foreign: 0 } },
    })
    expect(totals.costUsd).toBeCloseTo((700 * 1.25 + 1_100 * 0.125 + 60 * 10) / 1e6, 12)
    expect(messages.map(({ role, content, tokens }) => [role, content, tokens])).toEqual([
      ['user', 'Give chapter 4 a title.', null],
      ['assistant', 'I will plan it.', 20],
      ['assistant', '', 40],
    ])
    expect(messages.flatMap(({ toolCalls }) => toolCalls)).toEqual([
      { name: 'update_plan', about: null },
      { name: 'shell', about: 'cat acts/chapter-4.md' },
      { name: 'apply_patch', about: 'acts/chapter-4.md' },
    ])
    expect(todos.map(({ status }) => status)).toEqual(['in_progress', 'pending'])
  })

  it('is read without its envelopes too, as it once was written', async () => {
    const old = lines(
      { id: 'chat-1', timestamp: '2025-08-01T10:00:00Z', instructions: null },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
      { record_type: 'state' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Ahoy' }] },
    )
    expect((await read(old)).totals).toMatchObject({
      client: 'codex',
      chat: 'chat-1',
      messages: 2,
      tokens: null,
      costUsd: null,
    })
  })
})

describe('a transcript of Gemini CLI', () => {
  it.each([
    ['in lines', geminiChat.text, 1],
    ['as a document', geminiDocument.text, 0],
    ['as a document on one line', JSON.stringify(JSON.parse(geminiDocument.text)), 0],
    ['as a document that was cut short', geminiDocument.text.slice(0, -20), 1],
  ])('%s gives messages as they last were, tools and tokens', async (_how, text, torn) => {
    const { totals, messages, todos } = await read(text)
    expect(totals).toMatchObject({
      ...{ client: 'gemini', chat: geminiChat.chat, messages: 2, userMessages: 1, toolCalls: 2 },
      ...{ tokens: { input: 900, output: 42, cached: 400 }, skipped: { torn, foreign: 0 } },
    })
    expect(totals.costUsd).toBeCloseTo((500 * 1.25 + 400 * 0.125 + 42 * 10) / 1e6, 12)
    expect(messages.map(({ content }) => content)).toEqual(['Rename Queequeg.', 'Done, in two files.'])
    expect(todos).toEqual([
      { text: 'Chapter 1', status: 'completed' },
      { text: 'Chapter 2', status: 'pending' },
    ])
  })
})

describe('a file of any kind', () => {
  it.each([
    ['empty', '', 0, 0],
    ['of empty lines', '\n\n  \n', 0, 0],
    ['prose', 'Call me Ishmael.\nSome years ago…\n', 2, 0],
    ['JSON of nobody', lines({ a: 1 }, { type: 'user' }, { message: {} }), 0, 3],
    ['bytes', Buffer.from([0, 255, 10, 254, 0]), 2, 0],
    ['a brace', '{\n', 1, 0],
  ])('%s has no messages and no chat', async (_what, text, torn, foreign) => {
    expect((await read(text)).totals).toEqual({
      ...{ client: null, chat: null, messages: 0, userMessages: 0, assistantMessages: 0, toolCalls: 0 },
      ...{
        tokens: null,
        costUsd: null,
        models: [],
        startedAt: null,
        endedAt: null,
        skipped: { torn, foreign },
      },
    })
  })

  it('whose fields are of other kinds than they should be breaks nothing', async () => {
    const odd = ['', 0, -1, null, true, [], {}, [null], [{}], { text: 1 }, Number.MAX_VALUE]
    const oddLines = odd.flatMap((value) => [
      { type: 'user', sessionId: value, message: { content: value }, timestamp: value },
      {
        type: 'assistant',
        uuid: value,
        message: { id: value, content: [value], usage: value, model: value },
      },
      {
        type: 'assistant',
        message: { content: [{ type: 'tool_use', name: 'TodoWrite', input: { todos: value } }] },
      },
      { type: 'assistant', message: { usage: { input_tokens: value, output_tokens: value } } },
      { type: 'response_item', payload: { type: 'function_call', name: 'update_plan', arguments: value } },
      { type: 'event_msg', payload: { type: 'token_count', info: { total_token_usage: value } } },
      { id: 'x', type: 'gemini', tokens: value, toolCalls: value, content: value },
      { $set: { messages: value } },
    ])
    for (const first of [claudeChat.text, codexChat.text, geminiChat.text]) {
      const { totals } = await read(first + lines(...oddLines))
      expect(totals.messages).toBeGreaterThan(1)
    }
  })

  it('is read across the pieces it is read in, and a line without an end counts as one', async () => {
    const big = 'á'.repeat(1_500_000)
    const line = (content: string) => ({
      type: 'user',
      uuid: content.length,
      sessionId: 'c',
      message: { content },
    })
    const text = lines(line('first'), line(big), line('last')).trimEnd()
    const { messages } = await read(text)
    expect(messages.map(({ content }) => content.length)).toEqual([5, big.length, 4])
    expect(messages[1]?.content).toBe(big)
  })

  it('that is none, or is not there, is said to be', async () => {
    const code = (path: string) =>
      readTranscript(path, pricesWith()).catch((error: unknown) => isCowriteError(error) && error.code)
    expect(await code(folder)).toBe('WRONG_KIND')
    expect(await code('/dev/null')).toBe('WRONG_KIND')
    expect(await code(join(folder, 'not-there'))).toBe('NOT_FOUND')
  })
})
