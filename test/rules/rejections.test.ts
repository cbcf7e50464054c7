/** What is told of a session is what happened in it: who rejected what, how often, and nothing else. */
import { describe, expect, it } from 'vitest'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import type { Workspace } from '../../lib/workspace.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, places, plan, scene } from './support/places.js'

describe.each(fileSystems)('what was rejected, on %s', (_name, open) => {
  const make = places(open)

  async function run(workspace: Workspace, name: string, input: Record<string, unknown>) {
    const operation = findOperation(name)
    if (operation === undefined) throw new Error(`There is no operation ${name}.`)
    const session = (asked?: string) => workspace.session(asked)
    return (await runOperation(operation, { workspace, session }, input)) as Record<string, unknown>
  }

  /** The scene rejected twice, the plan once, and the first scene brought back over a text of the session's own. */
  async function restored() {
    const place = make()
    const workspace = await place.open({ client: 'cli' })
    const session = await workspace.start('tuesday')
    await session.write(scene, 'First.\n')
    await session.retry(scene, 'Too dark')
    await session.write(scene, 'Second.\n')
    await session.retry(scene, 'Still too dark')
    await session.retry(plan, 'A dark plan')
    await session.write(scene, 'Third.\n')
    await session.restoreRetry(scene, 1)
    return { place, workspace, session }
  }

  it('R1: a text that was kept before another took its place is no rejection, in whatever counts them', async () => {
    const { workspace, session } = await restored()
    const kept = { retry: 3, kept: true, autoDetected: false }
    expect((await session.retries(scene)).at(-1)).toMatchObject(kept)
    expect((await session.status()).humanRetries).toHaveLength(3)
    expect((await session.preview()).humanRetries).toHaveLength(3)
    expect((await workspace.records.stats()).humanRetries).toBe(3)
    expect((await workspace.list()).sessions).toMatchObject([{ humanRetries: 3 }])
    const told = (await session.retry(scene, 'No better')).previousReasons
    expect(told).toEqual(['Too dark', 'Still too dark'])
    await session.commit()
    expect(await workspace.records.list({ all: true })).toMatchObject({ sessions: [{ humanRetries: 4 }] })
    const { retries, history } = await workspace.records.show('tuesday', { withHistory: true })
    expect(retries).toHaveLength(5)
    const line = (history ?? []).filter(({ kind }) => kind === 'kept')
    expect(line, 'the doing of whoever brought another back').toMatchObject([
      { who: 'cli', what: 'Version 3 kept: Replaced by retry 1, which was brought back', paths: [scene] },
    ])
  })

  it('a search tells how often each file that it finds was rejected', async () => {
    const { workspace } = await restored()
    const [found] = (await workspace.records.search('scene-0101')).sessions
    expect(found).toMatchObject({ humanRetries: 3, files: [{ path: scene, rejections: 2 }] })
    const [dark] = (await workspace.records.search('dark')).sessions
    expect(dark?.files).toEqual([
      { path: scene, rejections: 2 },
      { path: plan, rejections: 1 },
    ])
    expect((await workspace.records.search('brought back')).count).toBe(0)
  })

  it('search and list take sessions since a time', async () => {
    const { workspace } = await restored()
    expect((await workspace.records.search('dark', { since: '7d' })).count).toBe(1)
    expect((await workspace.records.search('dark', { since: '2999-01-01' })).count).toBe(0)
    expect(await run(workspace, 'list_sessions', { since: '7d' })).toMatchObject({ count: 1 })
    expect(await run(workspace, 'list_sessions', { since: '2999-01-01' })).toMatchObject({ count: 0 })
    expect(await codeOf(run(workspace, 'list_sessions', { since: 'lately' }))).toBe('INVALID_INPUT')
  })

  it('history has one line for what was done once, and none for what was not done', async () => {
    const { workspace, session } = await restored()
    await workspace.start('other')
    await run(workspace, 'diff_session', { name: 'tuesday', other: 'other' })
    await workspace.between.preview('other', 'tuesday')
    await run(workspace, 'record_human_retry', { file_path: scene, reason: 'Once more', session: 'tuesday' })
    await run(workspace, 'record_human_retry', { file_path: scene, reason: 'Once more', session: 'tuesday' })
    expect((await session.retries(scene)).filter(({ reason }) => reason === 'Once more')).toHaveLength(1)
    const operations = await workspace.records.operations('tuesday')
    const since = operations.slice(operations.findIndex(({ operation }) => operation === 'diff_session'))
    expect(since.map(({ operation, note }) => [operation, note])).toEqual([
      ['diff_session', undefined],
      ['merge_sessions', 'preview'],
      ['record_human_retry', undefined],
      ['record_human_retry', undefined],
      ['list_retries', undefined],
    ])
  })

  it('a version that is brought back from the archive is one operation, which succeeded', async () => {
    const { workspace, session } = await restored()
    await session.commit()
    const next = await workspace.start('wednesday')
    await run(workspace, 'restore_retry', { file_path: scene, retry: 2 })
    expect((await next.read(scene)).content).toBe('Second.\n')
    const { history, refusedCount } = await workspace.records.show('wednesday', { withHistory: true })
    expect(refusedCount).toBe(0)
    expect(history).toMatchObject([
      { what: 'create_session' },
      { what: 'restore_retry', paths: [scene], outcome: 'ok' },
    ])
  })

  it('retries are to be had of one session, also of one that has ended, and tell it from others of its name', async () => {
    const { workspace, session } = await restored()
    const createdAt = session.createdAt
    await session.commit()
    const reasons = async (name: string) =>
      (await workspace.retries(scene, { session: name })).map(({ reason }) => reason)
    expect((await reasons('tuesday')).slice(0, 2)).toEqual(['Too dark', 'Still too dark'])
    const again = await workspace.start('tuesday')
    await again.retry(scene, 'Another one')
    expect(await reasons('tuesday')).toEqual(['Another one'])
    expect((await reasons(`tuesday@${createdAt}`)).slice(0, 1)).toEqual(['Too dark'])
    const ids = (await workspace.retries(scene)).map(({ sessionId }) => sessionId)
    expect(new Set(ids)).toEqual(new Set([`tuesday@${createdAt}`, 'tuesday']))
    expect(await codeOf(workspace.retries(scene, { session: 'nowhere' }))).toBe('SESSION_NOT_FOUND')
  })

  it('a commit of some files tells of their retries alone', async () => {
    const { session } = await restored()
    await session.write(plan, 'Another plan.\n')
    const { humanRetries } = await session.preview({ files: [plan] })
    expect(humanRetries.map(({ filePath }) => filePath)).toEqual([plan])
  })

  it('an export tells where each rejected text lies, and what was only kept', async () => {
    const { place, workspace } = await restored()
    const { content } = await workspace.records.export('tuesday', 'json')
    const { human_retries: retries } = JSON.parse(content) as {
      human_retries: { saved_to: string; kept?: true }[]
    }
    expect(retries.map(({ kept }) => kept)).toEqual([undefined, undefined, undefined, true])
    expect(place.read(retries[1]?.saved_to ?? '')).toBe('Second.\n')
    const page = (await workspace.records.export('tuesday', 'markdown')).content
    for (const text of ['kept version 3', 'scene-0101.md-retry-2.md']) expect(page).toContain(text)
  })

  it('an undo of a move counts the file once, as the commit does', async () => {
    const place = make()
    const workspace = await place.open({ client: 'cli' })
    const session = await workspace.start('mover')
    await session.move(scene, 'acts/moved.md')
    const listed = async () =>
      (await workspace.records.list({ all: true })).sessions.map((one) => one.changes)
    expect(await listed()).toEqual([1])
    await session.commit()
    expect(await listed()).toEqual([1])
    await workspace.undo()
    const commits = await workspace.commits()
    expect(commits.map(({ kind, files, moved = [] }) => [kind, files.length - moved.length])).toEqual([
      ['undo', 1],
      ['commit', 1],
    ])
  })
})
