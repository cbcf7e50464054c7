import { afterEach, describe, expect, it } from 'vitest'
import { errnoOf } from '../../lib/errors.js'
import { ensureFolder } from '../../lib/store/files.js'
import { layoutOf } from '../../lib/store/layout.js'
import { lockNames, lockPath, withLock } from '../../lib/store/locks.js'
import { interceptedPort } from '../support/faulty-port.js'
import { type FileSystem, fileSystems } from '../support/file-systems.js'

const layout = layoutOf('workspace')

describe.each(fileSystems)('locks, on %s', (_name, open) => {
  let place: FileSystem
  afterEach(() => place.dispose())

  function make(): FileSystem {
    place = open()
    ensureFolder(place.port, layout.locks)
    return place
  }

  /** What a process does that takes a lock for an old one: after a pause of its holder, or by its own clock. */
  function takeAway(path: string): void {
    try {
      place.port.removeFolder(path)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
  }

  it.each(lockNames)(
    'of %s: whoever takes it for nobody’s all the same waits for the one at work',
    async (name) => {
      const { port } = make()
      const order: string[] = []
      let second: Promise<void> | undefined
      await withLock(port, layout, name, async () => {
        takeAway(lockPath(layout, name))
        second = withLock(port, layout, name, () => void order.push('second'))
        // The second one has the lock, and nothing is left to do for it but to wait.
        while (port.stat(lockPath(layout, name)) === null) await new Promise(setImmediate)
        for (let again = 0; again < 200; again++) await new Promise(setImmediate)
        order.push('first')
      })
      await second
      expect(order).toEqual(['first', 'second'])
    },
  )

  it.each(lockNames)('of %s: one that goes while it is taken is taken again', async (name) => {
    const { port } = make()
    let times = 2
    const watched = interceptedPort(port, {
      after({ name: verb, paths }) {
        if (verb === 'makeFolder' && paths[0] === lockPath(layout, name) && times-- > 0)
          takeAway(lockPath(layout, name))
      },
    })
    expect(await withLock(watched, layout, name, () => 'had')).toBe('had')
    expect(times).toBe(-1)
  })

  it('are not waited for where the state folder has gone', async () => {
    const { port } = make()
    const watched = interceptedPort(port, {
      after({ name, paths }) {
        if (name !== 'makeFolder' || paths[0] !== lockPath(layout, 'commit')) return
        takeAway(lockPath(layout, 'commit'))
        place.port.removeFolder(layout.locks)
      },
    })
    await expect(withLock(watched, layout, 'commit', () => {})).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
