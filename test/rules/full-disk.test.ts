import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/workspace.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, places, plan, scene } from './support/places.js'
import { fullPort } from './support/ports.js'

const inTrash = (path: string): boolean => path.startsWith('workspace/trash/')

async function withRetry(place: Place): Promise<void> {
  const workspace = await place.open()
  const session = await workspace.start('first')
  await session.write(plan, 'modified')
  await session.retry(scene, 'too dark')
  await workspace.close()
}

describe.each(fileSystems)('a full disk, on %s', (_name, open) => {
  const make = places(open)

  it('T6: a session is cancelled without one free block, and its retries are kept as ever', async () => {
    const place = make()
    await withRetry(place)
    const before = lowerOf(place)
    const workspace = new Workspace(fullPort(place.port, inTrash), {})
    const result = await workspace.cancel('first')
    expect(result).toMatchObject({
      cancelled: true,
      discarded: { modified: 1, created: 0, deleted: 0, humanRetries: 1 },
    })
    expect(result.archive).toMatch(/^workspace\/retries-archive\/first-cancelled-\d{8}-\d{6}\/$/)
    await workspace.close()
    const next = await place.open()
    expect(await next.list()).toEqual({ sessions: [], count: 0, active: null })
    expect(await next.retries()).toMatchObject([{ filePath: scene, reason: 'too dark', session: 'first' }])
    expect(lowerOf(place)).toEqual(before)
    expect(place.names('workspace/trash')).toEqual([])
  })

  it('T6: even where what it held gives no room, its retries are there under its own archive', async () => {
    const place = make()
    await withRetry(place)
    const workspace = new Workspace(fullPort(place.port), {})
    const { archive } = await workspace.cancel('first')
    await workspace.close()
    const next = await place.open()
    expect(await next.list()).toMatchObject({ count: 0 })
    const [retry, ...others] = await next.retries()
    expect(others).toEqual([])
    expect(retry).toMatchObject({ reason: 'too dark', session: 'first' })
    expect(`workspace/retries-archive/${retry?.archivedIn}/`).toBe(archive)
  })

  it('T6: what was backed up by nobody takes no room', async () => {
    const place = make()
    await withRetry(place)
    const workspace = new Workspace(fullPort(place.port, inTrash), {})
    expect(await workspace.cancel('first', { backupRetries: false })).toMatchObject({ archive: null })
    await workspace.close()
    const next = await place.open()
    expect(await next.retries()).toEqual([])
    expect(await next.list()).toMatchObject({ count: 0, active: null })
  })

  it('S4: an open session can be read there, after a death in it too', async () => {
    const place = make()
    await withRetry(place)
    const note = { kind: 'library', process: { host: '', boot: null, pid: 0, start: null } }
    place.put('workspace/sessions/first/.cowrite/holders/00000000-1', JSON.stringify(note))
    const workspace = new Workspace(fullPort(place.port), {})
    const session = await workspace.session('first')
    expect((await session.read(plan)).content).toBe('modified')
    expect((await session.status()).changes.modified).toHaveLength(1)
    expect(await codeOf(session.write(plan, 'more'))).toBe('CANNOT_WRITE')
    await workspace.close()
  })

  it('S4: a session that cannot be made the active one has not been started', async () => {
    const place = make()
    await (await place.open()).start('first')
    let isMade = false
    const full = fullPort(place.port)
    const port = {
      ...place.port,
      makeFolder: (path: string, mode?: number) =>
        (isMade && path.includes('/locks/') ? full : place.port).makeFolder(path, mode),
      rename(from: string, to: string) {
        place.port.rename(from, to)
        isMade ||= to === 'workspace/sessions/second'
      },
      create: (path: string, mode?: number) => (isMade ? full : place.port).create(path, mode),
    }
    const workspace = new Workspace(port, {})
    expect(await codeOf(workspace.start('second'))).toBe('CANNOT_WRITE')
    await workspace.close()
    expect(place.names('workspace/sessions')).toEqual(['first'])
    expect(await (await place.open()).list()).toMatchObject({ count: 1, active: 'first' })
  })
})
