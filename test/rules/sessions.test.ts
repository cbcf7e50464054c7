import { describe, expect, it } from 'vitest'
import { errnoError } from '../../lib/port/faults.js'
import { decodeLines, encodeLine } from '../../lib/store/append-log.js'
import { Workspace } from '../../lib/workspace.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, type Place, places, plan, thrownBy } from './support/places.js'

interface Lock {
  version: number
  active: string | null
  since: string | null
  agent_id: string | null
}
const lockOf = (place: Place) => place.json('workspace/session.lock') as Lock

describe.each(fileSystems)('sessions, on %s', (_name, open) => {
  const make = places(open)

  it('S4: a session that cannot be opened has not been started', async () => {
    const place = make()
    const workspace = await place.open()
    await workspace.start('first')
    let fails = true
    const port = interceptedPort(place.port, {
      before({ name, paths: [path = ''] }) {
        if (!fails || name !== 'openForWriting' || !path.endsWith('/second/.cowrite/record')) return
        fails = false
        throw errnoError('EMFILE', 'open', path)
      },
    })
    const other = new Workspace(port, {})
    await expect(other.start('second')).rejects.toThrow()
    expect(fails).toBe(false)
    expect(place.names('workspace/sessions')).toEqual(['first'])
    expect(lockOf(place).active).toBe('first')
    expect((await other.start('second')).opening).toMatchObject({ resumed: false, previousSession: 'first' })
    await other.close()
  })

  it('S2: session.lock is synced though nobody waits for it, and who lets the workspace go hears where that failed', async () => {
    const place = make()
    const synced: string[] = []
    let fails = false
    const port = interceptedPort(place.port, {
      before({ name, paths: [path = ''] }) {
        if (name !== 'sync' || !path.endsWith('.session.tmp')) return
        expect(lockOf(place).active, 'it is in place by then').toBe(fails ? 'second' : 'first')
        synced.push(path)
        if (fails) throw errnoError('EIO', 'fsync', path)
      },
    })
    const workspace = new Workspace(port, {})
    await workspace.start('first')
    await workspace.close()
    expect(synced).toHaveLength(1)

    fails = true
    const failing = new Workspace(port, {})
    expect((await failing.start('second')).opening).toMatchObject({ previousSession: 'first' })
    expect(await codeOf(failing.close())).toBe('IO')
    expect(synced).toHaveLength(2)
    expect(lockOf(place).active).toBe('second')
    expect(await (await place.open()).list()).toMatchObject({ active: 'second', count: 2 })
  })

  it('S1: a name is letters, digits, - and _, 1 to 64; the error offers one that would do', async () => {
    const workspace = await make().open()
    const offered: Record<string, string | undefined> = {
      'work on chapter 1': 'work-on-chapter-1',
      'é clair!': 'e-clair',
      'a/b': 'a-b',
      '../x': 'x',
      ['x'.repeat(65)]: 'x'.repeat(64),
      CON: 'CON-session',
      nul: 'nul-session',
      LPT1: 'LPT1-session',
      '.hidden': 'hidden',
      '': undefined,
      '***': undefined,
      夜: undefined,
    }
    for (const [name, suggestion] of Object.entries(offered)) {
      const error = await thrownBy(workspace.start(name))
      expect(error, name).toMatchObject({ code: 'INVALID_INPUT' })
      expect(error.data.suggestion, name).toBe(suggestion)
    }
    for (const name of ['a', 'A1_b-c', 'x'.repeat(64), '-', '0'])
      expect((await workspace.start(name)).name).toBe(name)
    for (const call of [
      workspace.session('a b'),
      workspace.switch('a b'),
      workspace.cancel('a b'),
      workspace.recover('a b'),
    ])
      expect(await codeOf(call)).toBe('INVALID_INPUT')
  })

  it('S1: names are unique, ignoring case', async () => {
    const workspace = await make().open()
    await workspace.start('Chapter')
    for (const name of ['Chapter', 'chapter', 'CHAPTER']) {
      const error = await thrownBy(workspace.start(name))
      expect(error).toMatchObject({ code: 'ALREADY_EXISTS', data: { session: 'Chapter' } })
    }
    expect((await workspace.list()).count).toBe(1)
    await workspace.cancel('Chapter')
    expect((await workspace.start('chapter')).name).toBe('chapter')
  })

  it('S1: a description that is no text, or too long, is refused, and nothing is made', async () => {
    const workspace = await make().open()
    expect(await codeOf(workspace.start('a', { description: 'x'.repeat(2_001) }))).toBe('INVALID_INPUT')
    expect(await codeOf(workspace.start('a', { description: 7 as never }))).toBe('INVALID_INPUT')
    expect((await workspace.list()).count).toBe(0)
  })

  it('S2: session.lock is JSON that names the active session, since when, and by which agent', async () => {
    const place = make()
    const workspace = await place.open({ agentId: 'writer' })
    await workspace.start('first')
    expect(lockOf(place)).toMatchObject({ version: 1, active: 'first', agent_id: 'writer' })
    expect(Date.now() - Date.parse(lockOf(place).since as string)).toBeLessThan(60_000)
    await workspace.start('second', { agentId: 'editor' })
    expect(lockOf(place)).toMatchObject({ active: 'second', agent_id: 'editor' })
    await workspace.switch('first')
    expect(lockOf(place)).toMatchObject({ active: 'first', agent_id: 'writer' })
    await workspace.start('third', { activate: false })
    expect(lockOf(place).active).toBe('first')
    await workspace.cancel('third')
    expect(lockOf(place).active).toBe('first')
    await workspace.cancel()
    expect(lockOf(place)).toMatchObject({ active: null, since: null, agent_id: null })
    expect(await codeOf(workspace.session())).toBe('NO_ACTIVE_SESSION')
    expect(await workspace.active()).toBeNull()
  })

  it('a list tells of each session, newest first; a switch where it came from', async () => {
    const workspace = await make().open()
    await (await workspace.start('one', { description: 'The first' })).write(plan, '1')
    await new Promise((resolve) => setTimeout(resolve, 5))
    const two = await workspace.start('two')
    expect(two.opening.previousSession).toBe('one')
    await two.write('a.md', 'a')
    await two.write('b/c.md', 'c')
    await two.retry(plan, 'x')
    const list = await workspace.list()
    expect(list).toMatchObject({ count: 2, active: 'two' })
    expect(list.sessions).toMatchObject([
      { name: 'two', status: 'ACTIVE', changes: 2, humanRetries: 1, agentId: 'default' },
      { name: 'one', status: 'INACTIVE', changes: 1, humanRetries: 0, description: 'The first' },
    ])
    expect(await workspace.switch('one')).toMatchObject({
      from: 'two',
      to: 'one',
      path: 'workspace/sessions/one/',
      changes: { modified: 1, created: 0, deleted: 0 },
      humanRetries: 0,
      recovered: false,
    })
    expect(await codeOf(workspace.switch('three'))).toBe('SESSION_NOT_FOUND')
    expect((await workspace.list()).active).toBe('one')
  })

  it('S5: start --idempotent resumes the session of the agent', async () => {
    const place = make()
    const workspace = await place.open({ agentId: 'writer' })
    const made = await workspace.start(undefined, { idempotent: true })
    expect(made.name).toMatch(/^session-\d{8}-\d{6}$/)
    expect(made.opening).toMatchObject({ resumed: false, staleEnded: [] })
    await made.write(plan, 'kept')
    const resumed = await (await place.open({ agentId: 'writer' })).start(undefined, { idempotent: true })
    expect(resumed.name).toBe(made.name)
    expect(resumed.opening).toMatchObject({ resumed: true, staleEnded: [], previousSession: null })
    expect((await resumed.read(plan)).content).toBe('kept')
    const named = await workspace.start('named', { idempotent: true })
    expect(named.opening).toMatchObject({ resumed: false, previousSession: made.name })
    expect((await workspace.start('named', { idempotent: true })).opening.resumed).toBe(true)
    expect((await workspace.list()).count).toBe(2)
    expect(await codeOf(workspace.start(undefined))).toBe('INVALID_INPUT')
  })

  it("S5: another agent's session makes room, its changes stay", async () => {
    const place = make()
    const first = await (await place.open({ agentId: 'writer' })).start('of-writer')
    await first.write(plan, 'kept')
    const other = await place.open({ agentId: 'editor' })
    const own = await other.start(undefined, { idempotent: true })
    expect(own.name).not.toBe('of-writer')
    expect(own.opening).toMatchObject({ resumed: false, staleEnded: ['of-writer'] })
    expect(lockOf(place)).toMatchObject({ active: own.name, agent_id: 'editor' })
    expect((await (await other.session('of-writer')).read(plan)).content).toBe('kept')
    expect(
      await codeOf(other.start('of-writer', { idempotent: true })),
      'the name is the other agent’s',
    ).toBe('ALREADY_EXISTS')
    expect(lockOf(place).active).toBe(own.name)
  })

  it('S5: a session that has ended is not resumed', async () => {
    const workspace = await make().open()
    const first = await workspace.start('first', { idempotent: true })
    await first.cancel()
    const again = await workspace.start('first', { idempotent: true })
    expect(again.opening.resumed).toBe(false)
  })

  it('S5: starts of one agent at once come to one session', async () => {
    const place = make()
    const handles = await Promise.all([place.open(), place.open(), place.open(), place.open()])
    const sessions = await Promise.all(handles.map((handle) => handle.start('shared', { idempotent: true })))
    expect(new Set(sessions.map(({ name }) => name)).size).toBe(1)
    expect(sessions.filter(({ opening }) => !opening.resumed)).toHaveLength(1)
    const nameless = await Promise.all(handles.map((handle) => handle.start(undefined, { idempotent: true })))
    expect(nameless.map(({ name }) => name)).toEqual(['shared', 'shared', 'shared', 'shared'])
  })

  it('S5: auto-end-stale deactivates what was last written longer ago; its changes stay', async () => {
    const place = make()
    const workspace = await place.open()
    const old = await workspace.start('old')
    await old.write(plan, 'kept')
    await old.close()
    age(place, 'old', 60_000)
    const fresh = await workspace.start('fresh', { autoEndStale: '45s', activate: false })
    expect(fresh.opening.staleEnded).toEqual(['old'])
    expect(lockOf(place).active).toBeNull()
    const again = await workspace.session('old')
    expect((await again.read(plan)).content).toBe('kept')
    expect((await workspace.list()).sessions.find(({ name }) => name === 'old')).toMatchObject({
      status: 'INACTIVE',
      changes: 1,
    })
  })

  it('S5: staleness counts from the last write, also from one in place', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('old')
    await session.write(plan, 'first write')
    await session.close()
    age(place, 'old', 60_000)
    place.put(`workspace/sessions/old/${plan}`, 'written again, in place')
    expect((await workspace.start('fresh', { autoEndStale: '45s' })).opening.staleEnded).toEqual([])
  })

  it.each(['45s', '30m', '24h', '7d'])('S5: %s is a time', async (autoEndStale) => {
    const workspace = await make().open()
    await workspace.start('first')
    const started = await workspace.start('second', { autoEndStale })
    expect(started.opening.staleEnded).toEqual([])
  })

  it.each(['', '5', 'h', '0s', '-5m', '1.5h', '5 m', '5w', '24H', '99999999999d', 'soon'])(
    'S5: %j is none',
    async (autoEndStale) => {
      const place = make()
      const workspace = await place.open()
      await workspace.start('first')
      const error = await thrownBy(workspace.start('second', { autoEndStale }))
      expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { argument: 'auto_end_stale' } })
      expect((await workspace.list()).count, 'nothing was made').toBe(1)
      expect(lockOf(place).active).toBe('first')
    },
  )
})

/** Makes a session's last write lie in the past. */
function age(place: Place, name: string, by: number): void {
  const folder = `workspace/sessions/${name}`
  const record = `${folder}/.cowrite/record`
  const then = new Date(Date.now() - by).toISOString()
  const lines = decodeLines<{ at?: string; header?: { createdAt: string } }>(
    place.fs.readFileSync(`${place.root}/${record}`),
  ).lines
  for (const line of lines) {
    if (line.at !== undefined) line.at = then
    if (line.header) line.header.createdAt = then
  }
  place.put(record, Buffer.concat(lines.map(encodeLine)))
  place.fs.utimesSync(`${place.root}/${folder}/${plan}`, new Date(then), new Date(then))
}
