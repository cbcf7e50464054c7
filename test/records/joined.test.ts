/** What transcripts tell, where records show, count, find and export it. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { operations } from '../../lib/operations/index.js'
import { localMoment } from '../../lib/text/local-time.js'
import { fileSystems } from '../support/file-systems.js'
import { claudeChat, codexChat } from './support/transcripts.js'

const tokens = { totalMessages: 5, totalTokens: 720, inputTokens: 625, outputTokens: 95 }
const cost = (15 * 3 + 550 * 0.3 + 50 * 3.75 + 90 * 15 + 10 + 25) / 1e6

let home: string
let claude: string
let codex: string
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-joined-')))
  claude = join(home, 'claude.jsonl')
  codex = join(home, 'codex.jsonl')
  writeFileSync(claude, claudeChat.text)
  writeFileSync(codex, codexChat.text)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe.each(fileSystems)('what chats tell of a session, on %s', (name, open) => {
  let at: ReturnType<typeof open>
  let workspace: Awaited<ReturnType<typeof openWorkspace>>
  beforeEach(async () => {
    at = open()
    at.fs.writeFileSync(join(at.root, 'plan.md'), 'Call me Ishmael.\n')
    workspace = await openWorkspace(at.root, name === 'memfs' ? { fs: at.fs as never } : {})
    const session = await workspace.start('draft')
    await session.write('plan.md', 'Call me.\n')
    await session.retry('plan.md', 'Too short')
    await workspace.chats.link(claude)
  })
  afterEach(async () => {
    await workspace.close()
    at.dispose()
  })

  it('stands in show and stats as counts, tokens and cost, whether the session is open or has ended', async () => {
    const isAsTold = (details: { totalCostUsd: number | null }) => {
      expect(details).toMatchObject(tokens)
      expect(details.totalCostUsd).toBeCloseTo(cost, 12)
    }
    isAsTold(await workspace.records.show('draft'))
    await (await workspace.session('draft')).commit()
    isAsTold(await workspace.records.show('draft'))
    await workspace.start('quiet')
    const stats = await workspace.records.stats({ byAgent: true })
    expect(stats).toMatchObject({
      ...{ total: 2, totalMessages: 5, averageMessages: 5, totalTokens: 720 },
      byAgent: [{ agentId: 'default', sessions: 2, totalTokens: 720 }],
    })
    expect(await workspace.records.show('quiet')).toMatchObject({
      ...{ totalMessages: null, totalTokens: null, totalCostUsd: null },
    })
  })

  it('is interleaved with changes and retries in one history', async () => {
    const { history } = await workspace.records.show('draft', { withHistory: true })
    const entries = history ?? []
    expect(entries.map(({ at: moment }) => moment)).toEqual(entries.map(({ at: moment }) => moment).sort())
    expect(entries.filter(({ kind }) => kind === 'message')).toMatchObject([
      { who: 'user', content: 'Make chapter 3 shorter, and keep the whale.' },
      { who: 'assistant', toolCalls: ['Read /home/ann/book/acts/plan.md', 'TodoWrite'], tokens: 20 },
      { who: 'assistant' },
      { who: 'user' },
      { who: 'assistant', content: 'Shorter now.' },
    ])
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['message', 'operation', 'retry']))
  })

  it('is exported with the keys of the plan, and found by its words', async () => {
    const exported = async (format: 'json' | 'csv' | 'markdown') =>
      (await workspace.records.export('draft', format)).content
    const json = JSON.parse(await exported('json'))
    expect(json).toMatchObject({ session_id: 'draft', total_messages: 5, total_tokens: 720 })
    expect(json.messages[1]).toMatchObject({
      ...{
        timestamp: '2026-01-16T09:16:00.000Z',
        role: 'assistant',
        content: 'I will look at the plan first.',
      },
      ...{ tokens: 20, tool_calls: ['Read /home/ann/book/acts/plan.md', 'TodoWrite'] },
    })
    expect(await exported('csv')).toContain(
      '2026-01-16T09:20:00.000Z,user,"Too much exposition.\nAgain, please.",,,message,,ok,',
    )
    expect(await exported('markdown')).toContain(
      `### ${localMoment('2026-01-16T09:21:00.000Z')} - Agent\n\nShorter now.`,
    )
    expect(await workspace.records.search('exposition much')).toMatchObject({
      sessions: [{ name: 'draft', hits: [{ in: 'message', role: 'user' }] }],
    })
  })

  it('is told of two chats together, in the order in which it was said', async () => {
    await workspace.chats.link(codex)
    expect(await workspace.records.show('draft')).toMatchObject({ totalMessages: 8, totalTokens: 2_580 })
    const { messages } = await workspace.chats.messages('draft', { role: 'user' })
    expect(messages.map(({ chat }) => chat)).toEqual([claudeChat.chat, claudeChat.chat, codexChat.chat])
  })

  it('goes with the session when that is deleted, and the transcript stays where it is', async () => {
    await (await workspace.session('draft')).commit()
    await workspace.chats.createHandoff('draft')
    await workspace.records.remove('draft', { force: true })
    await expect(workspace.chats.messages('draft')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    expect(at.fs.readFileSync(join(at.root, 'workspace/log/chats.jsonl'), 'utf8')).toBe('')
    expect(at.fs.readdirSync(join(at.root, 'workspace/handoffs'))).toEqual([])
    expect((await workspace.chats.search('whale')).results).toEqual([])
  })
})

describe('the operations on chats', () => {
  it('are in a group that is off by default', () => {
    const named = ['create_handoff', 'get_handoff_context', 'get_session_commits', 'get_session_messages']
    for (const one of [...named, 'search_messages'])
      expect(operations.find((operation) => operation.name === one)?.group, one).toBe('records')
  })
})
