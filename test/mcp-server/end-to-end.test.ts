import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { built } from '../support/built.js'
import { call, type Program, type StartOptions, start } from './support/program.js'

const program = built('mcp-server/main.js')

const plan = 'acts/act-1/plan.md'
const before = '# Plan\n\nThe ship leaves.\n'

/** A folder with a small book in it. */
async function book(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cowrite-book-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'acts/act-1'), { recursive: true })
  await writeFile(join(folder, plan), before)
  return folder
}

interface Answer {
  isError?: boolean
  content: { type: string; text: string }[]
  structuredContent?: Record<string, unknown>
}

/** Calls tools one after the other. */
function caller(server: Program) {
  let id = 0
  return async (name: string, given: Record<string, unknown> = {}): Promise<Answer & { text: string }> => {
    server.send(call(++id, name, given))
    const answer = (await server.answerTo(id)) as unknown as { result: Answer }
    expect(answer.result, JSON.stringify(answer)).toBeDefined()
    return { ...answer.result, text: answer.result.content.map((part) => part.text).join('\n') }
  }
}

async function serve(folder: string, options: StartOptions = {}) {
  const server = await start(program, { folder, ...options })
  return { server, tool: caller(server) }
}

describe('over stdio', () => {
  it('a session goes from start to commit, and back by undo', async () => {
    const folder = await book()
    const live = () => readFile(join(folder, plan), 'utf8')
    const { server, tool } = await serve(folder)

    const created = await tool('create_session', { name: 'work-on-chapter-01', description: 'Drafting' })
    expect(created.text).toContain('✅ SESSION CREATED: work-on-chapter-01')
    expect(created.structuredContent).toMatchObject({ session_id: 'work-on-chapter-01' })

    const written = await tool('write_session_file', {
      file_path: plan,
      content: '# Plan\n\nThe ship stays.\n',
    })
    expect(written.structuredContent).toMatchObject({ file_path: plan, change: 'modified', copied_up: true })
    await tool('write_session_file', { file_path: 'acts/act-1/new.md', content: 'New.\n' })
    expect((await tool('read_session_file', { file_path: plan })).text).toContain('The ship stays.')
    expect(await live()).toBe(before)

    const status = await tool('get_active_session')
    expect(status.text).toContain('📂 ACTIVE SESSION: work-on-chapter-01')
    expect(status.text).toContain('Modified: 1 file')

    const preview = await tool('commit_session')
    expect(preview.structuredContent).toMatchObject({ committed: false, digest: expect.any(String) })
    expect(preview.text).toContain(plan)
    expect(await live()).toBe(before)

    const committed = await tool('commit_session', { force: true, expect: preview.structuredContent?.digest })
    expect(committed.text).toContain('✅ SESSION COMMITTED')
    expect(await live()).toContain('The ship stays.')
    expect(await readFile(join(folder, 'acts/act-1/new.md'), 'utf8')).toBe('New.\n')

    const undone = await tool('undo_commit')
    expect(undone.isError, undone.text).toBeUndefined()
    expect(await live()).toBe(before)
    await expect(readFile(join(folder, 'acts/act-1/new.md'))).rejects.toMatchObject({ code: 'ENOENT' })

    server.child.stdin.end()
    expect(await server.ended).toBe(0)
  })

  it('a session is cancelled, and its retry is kept', async () => {
    const folder = await book()
    const { tool } = await serve(folder)
    await tool('create_session', { name: 'experiment' })
    await tool('write_session_file', { file_path: plan, content: 'Worse.\n' })
    const retry = await tool('record_human_retry', { file_path: 'plan.md', reason: 'Too short' })
    expect(retry.structuredContent).toMatchObject({ file_path: plan, retry: 1, source: 'user' })
    const cancelled = await tool('cancel_session')
    expect(cancelled.text).toContain('🛑 SESSION CANCELLED')
    expect(cancelled.structuredContent).toMatchObject({ cancelled: true, archive: expect.any(String) })
    expect(await readFile(join(folder, plan), 'utf8')).toBe(before)
  })

  it('an error is the text that a person would want, with its code', async () => {
    const { tool } = await serve(await book(), { clientName: 'claude-code' })
    const none = await tool('commit_session')
    expect(none).toMatchObject({ isError: true })
    expect(none.structuredContent).toBeUndefined()
    expect(none.text).toContain('❌ ERROR: No active session')
    expect(none.text).toContain('NO_ACTIVE_SESSION')
    const escaping = await tool('read_session_file', { file_path: '../../etc/passwd' })
    expect(escaping.isError).toBe(true)
  })

  it('S2: two chats in one folder keep their own sessions', async () => {
    const folder = await book()
    const one = await serve(folder, { environment: { CLAUDE_CODE_SESSION_ID: 'chat-one' } })
    const two = await serve(folder, { environment: { CLAUDE_CODE_SESSION_ID: 'chat-two' } })
    await one.tool('create_session', { name: 'one' })
    await two.tool('create_session', { name: 'two' })
    await one.tool('write_session_file', { file_path: plan, content: 'One.\n' })
    await two.tool('write_session_file', { file_path: plan, content: 'Two.\n' })
    expect((await one.tool('get_active_session')).structuredContent).toMatchObject({ name: 'one' })
    expect((await one.tool('read_session_file', { file_path: plan })).text).toContain('One.')
    expect((await two.tool('read_session_file', { file_path: plan })).text).toContain('Two.')
  })

  it('S3: a server that was killed in its work leaves a session that the next one goes on with', async () => {
    const folder = await book()
    const first = await serve(folder)
    await first.tool('create_session', { name: 'long-work' })
    await first.tool('write_session_file', { file_path: plan, content: 'Kept.\n' })
    first.server.send(
      call(99, 'write_session_file', { file_path: 'acts/big.md', content: 'x'.repeat(4_000_000) }),
    )
    first.server.child.kill('SIGKILL')
    await first.server.ended

    const second = await serve(folder)
    const switched = await second.tool('switch_session', { name: 'long-work' })
    expect(switched.structuredContent, switched.text).toMatchObject({ to: 'long-work', recovered: true })
    expect((await second.tool('read_session_file', { file_path: plan })).text).toContain('Kept.')
  })

  it('resources and their news come from the session', async () => {
    const folder = await book()
    const { server, tool } = await serve(folder)
    await tool('create_session', { name: 'watched' })
    const uri = `cowrite://session/watched/file/${plan}`
    server.send({ jsonrpc: '2.0', id: 501, method: 'resources/subscribe', params: { uri } })
    expect(await server.answerTo(501)).toMatchObject({ result: {} })
    await tool('write_session_file', { file_path: plan, content: 'Seen.\n' })
    server.send({ jsonrpc: '2.0', id: 502, method: 'resources/read', params: { uri } })
    expect(await server.answerTo(502)).toMatchObject({ result: { contents: [{ text: 'Seen.\n' }] } })
    await expect
      .poll(() => server.messages, { timeout: 10_000 })
      .toContainEqual({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } })
  })

  it('connecting and listing leaves the folder as it was', async () => {
    const folder = await book()
    const { server } = await serve(folder)
    for (const [id, method] of ['tools/list', 'prompts/list', 'resources/list'].entries()) {
      server.send({ jsonrpc: '2.0', id: id + 1, method })
      expect(await server.answerTo(id + 1)).toHaveProperty('result')
    }
    server.child.stdin.end()
    expect(await server.ended).toBe(0)
    expect(await readdir(folder)).toEqual(['acts'])
  })
})
