/** The keys of JSON and the titles of tables that docs/seeds.md promises, as the commands answer them. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claudeChat } from '../records/support/transcripts.js'
import { run } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

let book: string
beforeAll(async () => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-seed-keys-')))
  writeFileSync(join(book, 'chapter.md'), 'Call me Ismael.\n')
  writeFileSync(join(book, 'chat.jsonl'), claudeChat.text)
  for (const line of beginnings) expect((await cowrite(...line)).status, line.join(' ')).toBe(0)
})
afterAll(() => rmSync(book, { recursive: true, force: true }))

const beginnings = [
  ['session', 'start', 'draft', 'Chapter 3, drier', '--agent-id', 'writer'],
  ['file', 'write', 'chapter.md', 'Call me Ishmael.\n'],
  ['retry', 'chapter.md', 'Too dry'],
  ['session', 'link', 'chat.jsonl', '--session', 'draft'],
  ['session', 'start', 'darker', '--from', 'draft'],
  ['session', 'commit', 'draft', '--force'],
]

const cowrite = (...line: string[]) => run(line, { rooms, cwd: book })
const answer = async (...line: string[]) => JSON.parse((await cowrite(...line, '--json')).stdout)

describe('the keys that were asked for', () => {
  it('of a list', async () => {
    const { sessions, count } = await answer(
      'session',
      'list',
      '--all',
      '--agent',
      'writer',
      '--source',
      'cli',
    )
    expect({ sessions, count }).toMatchObject({
      sessions: [{ name: 'draft', status: 'COMMITTED', description: 'Chapter 3, drier', agent_id: 'writer' }],
      count: 1,
    })
    expect(Object.keys(sessions[0])).toEqual(expect.arrayContaining(['created_at', 'updated_at', 'source']))
  })

  it('of a session, ended, and of a fork', async () => {
    const shown = await answer('session', 'show', 'draft', '--with-history')
    expect(shown).toMatchObject({
      ...{ session_id: 'draft', name: 'draft', status: 'COMMITTED', description: 'Chapter 3, drier' },
      ...{ agent_id: 'writer', source: 'cli', parent_session_id: null, is_fork: false },
      ...{ tool_call_count: expect.any(Number), total_messages: 5, total_tokens: 720 },
      ...{ total_input_tokens: expect.any(Number), total_output_tokens: expect.any(Number) },
    })
    expect(shown.created_at <= shown.updated_at && shown.updated_at <= shown.ended_at).toBe(true)
    expect(shown.total_input_tokens + shown.total_output_tokens).toBe(720)
    expect(shown).toHaveProperty('total_cost_usd')
    const kinds = new Set(shown.history.map(({ kind }: { kind: string }) => kind))
    expect([...kinds].sort()).toEqual(['message', 'operation', 'retry'])
    expect((await cowrite('session', 'show', 'draft', '--with-history')).stdout).toMatch(/\[Tool: \w+/)
    expect(await answer('session', 'show', 'darker')).toMatchObject({
      ...{
        parent_session_id: 'draft',
        is_fork: true,
        ended_at: null,
        total_messages: null,
        total_tokens: null,
      },
    })
  })

  it('of an export', async () => {
    const { stdout } = await cowrite('session', 'export', 'draft')
    const exported = JSON.parse(stdout)
    expect(Object.keys(exported)).toEqual(
      expect.arrayContaining([
        'session_id',
        'agent_id',
        'created_at',
        'updated_at',
        'total_cost_usd',
        'history',
      ]),
    )
    expect(exported).toMatchObject({ total_messages: 5, total_tokens: 720 })
    for (const message of exported.messages)
      expect(Object.keys(message)).toEqual(
        expect.arrayContaining(['timestamp', 'role', 'content', 'tokens', 'cost_usd']),
      )
    expect(exported.messages.some((message: object) => 'tool_calls' in message)).toBe(true)
  })

  it('of messages, and of a search in them', async () => {
    const page = await answer('session', 'messages', 'draft', '--limit', '2', '--offset', '1')
    expect(page).toMatchObject({ session_id: 'draft', total_count: 5, offset: 1 })
    expect(page.messages).toHaveLength(2)
    const all = await answer('session', 'messages', 'draft')
    expect(page.messages).toEqual(all.messages.slice(1, 3))
    const said = await answer('session', 'messages', 'draft', '--role', 'user')
    expect(said.messages.every(({ role }: { role: string }) => role === 'user')).toBe(true)
    expect(said.total_count).toBe(said.messages.length)
    const found = await answer('session', 'search-messages', 'whale', '--session-id', 'draft', '--limit', '1')
    expect(found).toMatchObject({ query: 'whale', results: [{ session_id: 'draft' }], count: 1 })
    expect((await answer('session', 'search', 'ishmael whale drier', '--limit', '1')).sessions).toHaveLength(
      0,
    )
    expect(await answer('session', 'search', 'whale', '--limit', '1')).toMatchObject({
      sessions: [{ session_id: 'draft', hits: [{ in: 'message' }] }],
    })
  })

  it('of a handoff, and of its being taken up', async () => {
    expect(await answer('session', 'context', 'draft')).toMatchObject({
      ...{ session_id: 'draft', compact_markdown: null, has_context: false },
    })
    const handoff = await answer('session', 'handoff', 'draft', '--notes', 'The ending is open')
    expect(handoff).toMatchObject({ success: true, markdown_length: handoff.compact_markdown.length })
    expect(Object.keys(handoff.context)).toEqual(
      expect.arrayContaining(['goal', 'todos', 'files', 'commits', 'git', 'open_retries']),
    )
    expect(await answer('session', 'context', 'draft')).toMatchObject({
      ...{ session_id: 'draft', compact_markdown: handoff.compact_markdown, has_context: true },
    })
  })

  it('of commits', async () => {
    const { commits, ...rest } = await answer('session', 'commit-log', 'draft', '--max-commits', '1')
    expect(rest).toMatchObject({ session_id: 'draft', count: 1 })
    expect(Object.keys(commits[0]).sort()).toEqual(['hash', 'message', 'source', 'timestamp'])
  })

  it('of statistics', async () => {
    expect(await answer('session', 'stats')).toMatchObject({
      ...{ total: 2, open_sessions: 1, by_status: { COMMITTED: 1, ACTIVE: 1 }, by_source: { cli: 2 } },
      ...{ average_messages: 5, total_tokens: 720 },
    })
  })

  it('of a start that resumes', async () => {
    expect(await answer('session', 'start', '--idempotent')).toMatchObject({
      ...{ session_id: 'darker', resumed: true, stale_ended: [] },
    })
  })

  it('of a name that was borne before: the same one goes on being meant', async () => {
    await cowrite('session', 'start', 'draft')
    const { sessions } = await answer('session', 'list', '--status', 'committed')
    const [{ name: earlier }] = sessions
    expect(earlier).toMatch(/^draft@/)
    for (const command of ['handoff', 'context', 'messages', 'commit-log', 'show', 'export'])
      expect(await answer('session', command, earlier)).toMatchObject({ session_id: earlier })
    expect((await cowrite('session', 'handoff', earlier)).stdout).toContain(
      `Take it up: cowrite session context ${earlier}\n`,
    )
    await cowrite('session', 'cancel', 'draft')
  })
})
