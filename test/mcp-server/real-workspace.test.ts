/** The server on the real operations and the real library, in this process: every answer is held to its schema. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, it, onTestFinished } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { operations } from '../../lib/operations/index.js'
import { connect, type Setting, textOf } from './support/connect.js'

async function serve(setting: Setting = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cowrite-served-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'acts'))
  await writeFile(join(folder, 'acts/a.md'), 'Call me Ishmael.\n')
  const connected = await connect({ operations, openWorkspace, workspaceOption: folder, ...setting })
  const { client } = connected
  const tool = async (name: string, given: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: given })
    expect(result.isError, `${name}: ${textOf(result)}`).toBeUndefined()
    return result
  }
  const live = (path: string) => readFile(join(folder, path), 'utf8')
  return { ...connected, folder, tool, live }
}

it("every tool's answer fits the schema that the list gives for it", async () => {
  const { client, tool } = await serve()
  const { tools } = await client.listTools() // From here on the client checks each structured part.
  const called = new Set<string>()
  const run = (name: string, given?: Record<string, unknown>) => {
    called.add(name)
    return tool(name, given)
  }

  await run('create_session', { name: 'one', description: 'First' })
  await run('list_sessions')
  await run('write_session_file', { file_path: 'acts/a.md', content: 'Call me Ahab.\n' })
  await run('edit_session_file', { file_path: 'acts/a.md', old_string: 'Ahab', new_string: 'Starbuck' })
  await run('write_session_file', { file_path: 'acts/b.md', content: 'B\n' })
  await run('move_session_file', { source: 'acts/b.md', destination: 'acts/c.md' })
  await run('write_session_file', { file_path: 'acts/d.md', content: 'D\n' })
  await run('delete_session_file', { file_path: 'acts/d.md' })
  await run('list_session_files', { folder: 'acts' })
  await run('search_session_text', { query: 'Starbuck' })
  await run('read_session_file', { file_path: 'acts/a.md' })
  await run('record_human_retry', { file_path: 'a.md', reason: 'Too dull' })
  await run('list_retries', { file_path: 'acts/a.md' })
  await run('restore_retry', { file_path: 'acts/a.md', retry: 1 })
  await run('diff_session')
  await run('get_active_session')
  await run('create_session', { name: 'two' })
  await run('switch_session', { name: 'one' })
  await run('commit_session')
  await run('commit_session', { force: true })
  await run('list_commits')
  await run('undo_commit')
  await run('recover_session')
  await run('cancel_session', { name: 'two' })

  expect([...called].sort()).toEqual(tools.map((each) => each.name).sort())
})

it('what was written around the session is told with the next answer, once', async () => {
  const { folder, tool } = await serve()
  await tool('create_session', { name: 'one' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await writeFile(join(folder, 'acts/a.md'), 'Around.\n')
  const answers = new Set<string>()
  const told = async () => {
    const { content } = await tool('write_session_file', { file_path: 'b.md', content: 'B\n' })
    const [, news] = content as { text: string }[]
    if (news !== undefined) answers.add(news.text)
    return news?.text ?? ''
  }
  await expect.poll(told).toContain('acts/a.md')
  expect(await told()).toBe('')
  expect([...answers].join('')).toContain('cowrite session adopt one')
})

it('forks, checkpoints and merges answer as their schemas say, and limits refuse a tool', async () => {
  const { client, tool, live } = await serve({ groups: ['session', 'files', 'records'] })
  await client.listTools() // From here on the client checks each structured part.
  await tool('create_session', { name: 'main' })
  await tool('write_session_file', { file_path: 'acts/a.md', content: 'Call me Ahab.\n' })
  expect(await tool('create_checkpoint', { label: 'good' })).toMatchObject({
    structuredContent: { session: 'main', label: 'good' },
  })
  expect((await tool('create_session', { name: 'fork', from: 'main' })).structuredContent).toMatchObject({
    parent: 'main',
  })
  await tool('write_session_file', { file_path: 'acts/a.md', content: 'Call me Starbuck.\n' })
  const other = { name: 'main', other: 'fork' }
  const compared = await tool('diff_session', other)
  expect(textOf(compared)).toContain('🔍 DIFFERENCES: main → fork (1 file)')
  expect(compared.structuredContent, 'the fork has nothing to get from what it came of').toMatchObject({
    mergeable: ['fork'],
  })
  expect(textOf(await tool('merge_sessions', { source: 'fork', into: 'main' }))).toContain('📋 MERGE PREVIEW')
  const merged = await tool('merge_sessions', { source: 'fork', into: 'main', force: true })
  expect(textOf(merged)).toContain('✅ SESSIONS MERGED: fork → main')
  expect(merged.structuredContent).toMatchObject({ modified: ['acts/a.md'], kept_as: 'before-merging-fork' })
  await tool('restore_checkpoint', { label: 'good', session: 'main' })
  expect(textOf(await tool('list_checkpoints', { session: 'main' }))).toContain('(3 total)')
  await tool('commit_session', { name: 'main', force: true })
  expect(await live('acts/a.md')).toBe('Call me Ahab.\n')

  await tool('create_session', { name: 'limited', allowed_tools: ['Read'] })
  await tool('read_session_file', { file_path: 'acts/a.md' })
  const refused = await client.callTool({
    name: 'write_session_file',
    arguments: { file_path: 'acts/a.md', content: 'no' },
  })
  expect(refused.isError).toBe(true)
  expect(textOf(refused)).toContain(
    "write_session_file is not among the tools that session 'limited' allows: Read.",
  )
})

it('the group `records`, on request, has the check of the workspace', async () => {
  const { client, folder, tool } = await serve({ groups: ['records'] })
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('check_workspace')
  expect(textOf(await tool('check_workspace'))).toContain('✅ Nothing to check')
  const workspace = await openWorkspace(folder)
  await workspace.start('one')
  await workspace.close()
  await writeFile(join(folder, 'workspace/session.lock'), '{')
  expect(textOf(await tool('check_workspace'))).toContain('check_workspace(fix=True)')
  expect(textOf(await tool('check_workspace', { fix: true }))).toContain('✅ WORKSPACE MENDED')
  expect(textOf(await tool('check_workspace'))).toContain('✅ WORKSPACE SOUND')
})

it('the tool that an unknown client may not show twice still gives its facts to programs', async () => {
  const { tool } = await serve()
  await tool('create_session', { name: 'one' })
  const result = await tool('read_session_file', { file_path: 'acts/a.md' })
  expect(textOf(result)).toContain('Call me Ishmael.')
  expect(result._meta?.['cowrite/result']).toMatchObject({ file_path: 'acts/a.md', source: 'global' })
})

it.each([
  ['says yes', true],
  ['says no', false],
])('T9: a commit that a person must confirm is asked for, and the person %s', async (_what, confirm) => {
  const { folder, tool, live } = await serve()
  await tool('create_session', { name: 'one' })
  await tool('write_session_file', { file_path: 'acts/a.md', content: 'Changed.\n' })
  const config = join(folder, 'workspace/config.json')
  await writeFile(
    config,
    JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), confirm: 'person' }),
  )

  let asked = ''
  const { client } = await connect({
    operations,
    openWorkspace,
    workspaceOption: folder,
    capabilities: { elicitation: {} },
    prepare: (client) =>
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
        asked = params.message
        return { action: 'accept', content: { confirm } }
      }),
  })
  const result = await client.callTool({ name: 'commit_session', arguments: { name: 'one', force: true } })
  expect(asked).toMatch(/one.*1 modified/)
  expect(result.isError ?? false).toBe(!confirm)
  expect(await live('acts/a.md')).toBe(confirm ? 'Changed.\n' : 'Call me Ishmael.\n')
})

it('a commit that the client cancels before its point changes nothing, and the session goes on', async () => {
  const { client, tool, live } = await serve()
  await tool('create_session', { name: 'one' })
  for (let number = 0; number < 40; number++) {
    await tool('write_session_file', { file_path: `acts/n-${number}.md`, content: `${number}\n` })
  }
  await tool('write_session_file', { file_path: 'acts/a.md', content: 'Changed.\n' })

  const stop = new AbortController()
  const commit = client.callTool({ name: 'commit_session', arguments: { force: true } }, undefined, {
    signal: stop.signal,
    onprogress: () => stop.abort('enough'), // The first news comes while files are staged.
  })
  await expect(commit).rejects.toThrow()
  // The lock is let go of when the commit has been withdrawn.
  await expect
    .poll(async () => (await client.callTool({ name: 'commit_session', arguments: {} })).isError, {
      timeout: 5_000,
    })
    .toBeUndefined()
  expect(await live('acts/a.md')).toBe('Call me Ishmael.\n')
  await tool('commit_session', { force: true })
  expect(await live('acts/a.md')).toBe('Changed.\n')
})

it('long commits tell how far they are', async () => {
  const { client, tool } = await serve()
  await tool('create_session', { name: 'one' })
  for (let number = 0; number < 10; number++) {
    await tool('write_session_file', { file_path: `acts/n-${number}.md`, content: `${number}\n` })
  }
  const steps: string[] = []
  await client.callTool({ name: 'commit_session', arguments: { force: true } }, undefined, {
    onprogress: ({ message }) => void steps.push(message ?? ''),
  })
  expect(steps).toContainEqual('staging: 10 of 10')
  expect(steps.at(-1)).toBe('applying: 10 of 10')
})

it('a call that is refused for its input is in the log of the open session that it names', async () => {
  const { client, tool, folder } = await serve()
  await tool('create_session', { name: 'one' })
  const refused = [
    { session: 'one', file_path: 'acts/a.md' },
    { session: 'one', file_path: 7, content: 'x' },
    { session: 'nobody', file_path: 'acts/a.md' },
    { session: '../one', file_path: 'acts/a.md' },
    { file_path: 'acts/a.md' },
    'no object',
  ]
  for (const given of refused) {
    const call = client.callTool({ name: 'write_session_file', arguments: given as Record<string, unknown> })
    expect((await call.catch(() => ({ isError: true }))).isError).toBe(true)
  }
  const workspace = await openWorkspace(folder)
  onTestFinished(() => workspace.close())
  const logged = (await workspace.records.operations()).filter(({ outcome }) => outcome !== 'ok')
  expect(
    logged.map(({ operation, session, paths, outcome }) => [operation, session, paths, outcome]),
  ).toEqual([
    ['write_session_file', 'one', ['acts/a.md'], 'INVALID_INPUT'],
    ['write_session_file', 'one', [], 'INVALID_INPUT'],
  ])
  expect(await workspace.records.operations('one')).toHaveLength(3)
})
