import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { FilePort } from '../../lib/port/port.js'
import type { Session } from '../../lib/session.js'
import { reboot } from '../engine/book.js'
import { Crash, faultyPort } from '../support/faulty-port.js'
import { quickFileSystems } from '../support/file-systems.js'
import { type Place, places } from './support/places.js'

/** Too large for a base to be kept of it, and for being read without need. */
const size = 8 * 1024 * 1024 + 100
const text = `${'x'.repeat(99)}\n`.repeat(size / 100)
const line = 'One more line.\n'

describe.each(quickFileSystems.slice(0, 1))('large files, on %s', (_name, open) => {
  const make = places(open)

  /** Old enough that its times tell whether it is written to again. */
  async function started() {
    const place = make({ 'large.txt': text })
    await setTimeout(40)
    return { place, session: await place.start() }
  }

  it('C3: one that is written back to what it was leaves no change', async () => {
    const { session } = await started()
    await session.fs.appendFile('large.txt', line)
    expect((await session.status()).changes.modified).toHaveLength(1)
    await session.fs.truncate('large.txt', text.length)
    expect((await session.status()).changes.modified).toEqual([])
  })

  it('C3: one of the same size and another content is a change', async () => {
    const { place, session } = await started()
    await session.fs.appendFile('large.txt', line)
    await session.fs.truncate('large.txt', text.length)
    const handle = await session.fs.open('large.txt', 'r+')
    await handle.write('y', 0)
    await handle.close()
    expect((await session.status()).changes.modified).toHaveLength(1)
    await session.commit()
    expect(place.read('large.txt')).toBe(`y${text.slice(1)}`)
  })

  it('T1: what was written after the preview is not committed under its digest', async () => {
    const { place, session } = await started()
    await session.fs.appendFile('large.txt', line)
    const { digest } = await session.preview()
    expect((await session.preview()).digest).toBe(digest)
    const handle = await session.fs.open('large.txt', 'r+')
    await handle.write('y', 0)
    await handle.close()
    await expect(session.commit({ expect: digest })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(place.read('large.txt')).toBe(text)
  })

  it('T3: one that changed in the live files too is a conflict', async () => {
    const { place, session } = await started()
    await session.fs.appendFile('large.txt', line)
    place.put('large.txt', `y${text.slice(1)}`)
    await expect(session.commit()).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('T5: a commit of one can be undone', async () => {
    const { place, session } = await started()
    await session.fs.appendFile('large.txt', line)
    await session.commit()
    expect(place.read('large.txt')).toBe(text + line)
    const workspace = await place.open()
    await workspace.undo()
    expect(place.read('large.txt')).toBe(text)
  })

  it('T5: an edit of the same size in one, made since the commit, keeps the undo away', async () => {
    const { place, session } = await started()
    await session.fs.appendFile('large.txt', line)
    await session.commit()
    const live = place.fs.openSync(place.port.absolute('large.txt'), 'r+')
    place.fs.writeSync(live, 'y', 0)
    place.fs.closeSync(live)
    await expect((await place.open()).undo()).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(place.read('large.txt')).toBe(`y${(text + line).slice(1)}`)
  })

  /** As a disk does it that shares blocks between files. */
  function sharing(place: Place, shared: string[] = []): FilePort {
    const share = (from: string, to: string): void => {
      shared.push(to)
      place.fs.copyFileSync(place.port.absolute(from), place.port.absolute(to), 1)
    }
    return {
      ...place.port,
      reflink: (from, to) => {
        share(from, to)
        return true
      },
      duplicate: async (from, to) => share(from, to),
    }
  }

  it('T2, T5: one is committed, put back and brought again where files share blocks, too', async () => {
    const place = make({ 'large.txt': text })
    await setTimeout(40)
    const shared: string[] = []
    const workspace = new Workspace(sharing(place, shared), {})
    const session = (await workspace.start('first')) as Session
    await session.fs.appendFile('large.txt', line)
    await session.commit()
    expect(place.read('large.txt')).toBe(text + line)
    const { undoId } = await workspace.undo()
    expect(place.read('large.txt')).toBe(text)
    await workspace.undo(undoId)
    expect(place.read('large.txt')).toBe(text + line)
    expect(shared.filter((path) => path.includes('/journal/'))).toHaveLength(3)
    await workspace.close()
  })

  it('T2: where files share blocks, what a crash has put in place already is known without being read', async () => {
    const place = make({ 'large.txt': text })
    await setTimeout(40)
    const isInPlace = (step: string): boolean => /^rename .*new\/0 -> large\.txt$/.test(step)
    const faulty = faultyPort(sharing(place), isInPlace, { how: 'crash after' })
    const dying = new Workspace(faulty.port, {})
    const session = (await dying.start('first')) as Session
    await session.fs.appendFile('large.txt', line)
    await expect(session.commit()).rejects.toThrow(Crash)
    // Its timers go with a process that dies.
    await expect(dying.close()).rejects.toThrow(Crash)
    reboot(place)
    const workspace = new Workspace(sharing(place), {})
    const { finished, findings } = await workspace.recover('first')
    expect([finished.length, findings]).toEqual([1, []])
    expect(place.read('large.txt')).toBe(text + line)
    await workspace.undo()
    expect(place.read('large.txt')).toBe(text)
    await workspace.close()
  })
})
