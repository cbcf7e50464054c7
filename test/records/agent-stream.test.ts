import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AgentStream } from '../../lib/records/agent-stream.js'
import { locateTranscript } from '../../lib/records/transcripts/locate.js'
import { lines } from './support/transcripts.js'

/** The output in pieces of some bytes, as a pipe may give it. */
function heard(output: string, piece = 7) {
  let text = ''
  const stream = new AgentStream((part) => {
    text += part
  })
  const bytes = Buffer.from(output)
  for (let at = 0; at < bytes.length; at += piece) stream.take(bytes.subarray(at, at + piece))
  stream.end()
  return { text, ...stream.told }
}

describe('what an agent says while it works', () => {
  it.each([1, 7, 100_000])('is heard of Claude Code in pieces of %s bytes', (piece) => {
    const said = (text: string, more: object = {}) => ({
      ...{ type: 'assistant', session_id: 'c-1', ...more },
      message: {
        content: [
          { type: 'text', text },
          { type: 'tool_use', name: 'Read', input: {} },
        ],
      },
    })
    const output = lines(
      { type: 'system', subtype: 'init', session_id: 'c-1' },
      said('I look – first.'),
      said('Of one that it sent.', { parent_tool_use_id: 't1' }),
      'not JSON of anybody',
      { type: 'user', message: { content: [{ type: 'tool_result', content: 'secret' }] } },
      said('Done.'),
      {
        ...{ type: 'result', result: 'Done.', total_cost_usd: 0.25 },
        usage: {
          input_tokens: 20,
          cache_read_input_tokens: 100,
          cache_creation_input_tokens: 5,
          output_tokens: 9,
        },
      },
    )
    expect(heard(output, piece)).toEqual({
      ...{ text: 'I look – first.\nDone.\n', chat: 'c-1', costUsd: 0.25 },
      tokens: { input: 125, output: 9, cached: 100 },
    })
  })

  it('is heard of Codex and of Gemini CLI', () => {
    const codex = lines(
      { type: 'thread.started', thread_id: 't-1' },
      { type: 'item.completed', item: { type: 'reasoning', text: 'hm' } },
      { type: 'item.completed', item: { type: 'agent_message', text: 'Ahoy.' } },
      { type: 'turn.completed', usage: { input_tokens: 10, cached_input_tokens: 4, output_tokens: 2 } },
    )
    expect(heard(codex)).toEqual({
      ...{ text: 'Ahoy.\n', chat: 't-1', costUsd: null },
      tokens: { input: 10, output: 2, cached: 4 },
    })
    const gemini = lines(
      { type: 'init', session_id: 'g-1', model: 'gemini-2.5-pro' },
      { type: 'message', role: 'user', content: 'Hello' },
      { type: 'message', role: 'assistant', content: 'Ah', delta: true },
      { type: 'message', role: 'assistant', content: 'oy', delta: true },
      { type: 'result', status: 'success', stats: { input_tokens: 3, output_tokens: 2 } },
    )
    expect(heard(gemini)).toMatchObject({ text: 'Ahoy\n', chat: 'g-1', tokens: { input: 3, output: 2 } })
  })

  it('is what it printed where that is plain text, as it comes', () => {
    expect(heard('The whale.\n{ "a": 1 }\nNo end').text).toBe('The whale.\n{ "a": 1 }\nNo end')
    expect(heard(lines({ type: 'result', result: 'Only at the end.' })).text).toBe('Only at the end.\n')
    let text = ''
    const stream = new AgentStream((part) => {
      text += part
    })
    stream.take(Buffer.from('Without a line'))
    expect(text).toBe('Without a line')
  })
})

describe('the transcript of a chat', () => {
  it("is found where its client puts it, and nothing else is by a chat's id", () => {
    const home = mkdtempSync(join(tmpdir(), 'cowrite-home-'))
    try {
      const put = (...path: string[]) => {
        const file = join(home, ...path)
        mkdirSync(join(file, '..'), { recursive: true })
        writeFileSync(file, '')
        return file
      }
      const claude = put('.claude/projects/-book/c-1.jsonl')
      const codex = put('.codex/sessions/2026/01/16/rollout-2026-01-16T09-00-00-t-1.jsonl')
      const gemini = put('.gemini/tmp/abc/chats/session-2026-01-16T09-00-0123abcd.json')
      put('.claude/secret.jsonl')
      const env = { HOME: home }
      expect(locateTranscript('c-1', env)).toBe(claude)
      expect(locateTranscript('t-1', env)).toBe(codex)
      expect(locateTranscript('0123abcd-ef', env)).toBe(gemini)
      for (const id of ['', '..', '../secret', 'c-2', 'x/../c-1', 'a'.repeat(200)])
        expect(locateTranscript(id, env), id).toBeNull()
      expect(locateTranscript('c-1', { HOME: join(home, 'nowhere') })).toBeNull()
      expect(locateTranscript('c-1', { CLAUDE_CONFIG_DIR: join(home, '.claude') })).toBe(claude)
      expect(locateTranscript('c-1', {})).toBeNull()
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})
