import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { FilePort } from '../../lib/port/port.js'
import type { Session } from '../../lib/session.js'
import { quickFileSystems } from '../support/file-systems.js'
import { places } from './support/places.js'

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

  it('T2: one is committed and put back where files share blocks, too', async () => {
    const place = make({ 'large.txt': text })
    await setTimeout(40)
    const shared: string[] = []
    const port: FilePort = {
      ...place.port,
      reflink(from, to) {
        shared.push(to)
        place.fs.copyFileSync(place.port.absolute(from), place.port.absolute(to), 1)
        return true
      },
    }
    const workspace = new Workspace(port, {})
    const session = (await workspace.start('first')) as Session
    await session.fs.appendFile('large.txt', line)
    await session.commit()
    expect(place.read('large.txt')).toBe(text + line)
    await workspace.undo()
    expect(place.read('large.txt')).toBe(text)
    expect(shared.filter((path) => path.includes('/journal/'))).toHaveLength(2)
    await workspace.close()
  })
})
