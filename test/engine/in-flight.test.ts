/** What goes on at once in a commit, and what comes of it where a part of it fails. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { atMost, forEachInFlight } from '../../lib/engine/concurrency.js'
import { FolderSyncs } from '../../lib/engine/folder-syncs.js'
import type { IntentTarget } from '../../lib/engine/intent.js'
import { interceptedPort } from '../support/faulty-port.js'
import { allFileSystems, type FileSystem } from '../support/file-systems.js'

describe.each(allFileSystems)('what goes on at once, on %s', (_name, open) => {
  const opened: FileSystem[] = []
  afterEach(() => {
    for (const system of opened.splice(0)) system.dispose()
  })

  function make() {
    const system = open()
    opened.push(system)
    for (const folder of ['one', 'other']) system.fs.mkdirSync(`${system.root}/${folder}`)
    return system
  }

  it('does all, in order, and never more than some at a time', async () => {
    const { port } = make()
    const begun: number[] = []
    let [running, most] = [0, 0]
    await forEachInFlight(port, [...Array(100).keys()], async (item) => {
      begun.push(item)
      most = Math.max(most, ++running)
      await setTimeout(1)
      running--
    })
    expect(begun).toEqual([...Array(100).keys()])
    expect([running, most]).toEqual([0, 32])
  })

  it('T2: begins nothing after a failure, and throws it when all that was begun has ended', async () => {
    const { port } = make()
    let [begun, running] = [0, 0]
    const work = forEachInFlight(port, [...Array(100).keys()], async (item) => {
      begun++
      running++
      await setTimeout(item === 3 ? 1 : 10)
      running--
      if (item === 3) throw new Error('no room')
    })
    await expect(work).rejects.toThrow('no room')
    expect(running).toBe(0)
    expect(begun).toBeLessThan(100)
  })

  it('lets no more of what is large run than are wanted, also after one that failed', async () => {
    const inTurn = atMost(2)
    let [running, most] = [0, 0]
    const results = await Promise.allSettled(
      [...Array(9).keys()].map((item) =>
        inTurn(async () => {
          most = Math.max(most, ++running)
          await setTimeout(1)
          running--
          if (item % 3 === 0) throw new Error('failed')
        }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(6)
    expect(most).toBe(2)
  })

  const targets = ['one/a', 'one/b', 'other/c'].map(
    (path) => ({ path, expected: null, next: null, kept: null }) as IntentTarget,
  )

  it('T2: syncs a folder once all in it is in place, and no sooner', async () => {
    const synced: string[] = []
    const port = interceptedPort(make().port, {
      before: ({ name, paths }) => void (name === 'syncFolder' && synced.push(paths[0] as string)),
    })
    const syncs = new FolderSyncs(port, targets)
    syncs.done(targets[0] as IntentTarget)
    await syncs.finished()
    expect([synced, syncs.isDurable('one')]).toEqual([[], false])
    syncs.done(targets[1] as IntentTarget)
    await syncs.finished()
    expect([synced, syncs.isDurable('one'), syncs.isDurable('other')]).toEqual([['one'], true, false])
  })

  it('T2: throws a sync that failed, and does not count the folder as durable', async () => {
    const port = interceptedPort(make().port, {
      before: ({ name }) => {
        if (name === 'syncFolder') throw Object.assign(new Error('EIO'), { code: 'EIO' })
      },
    })
    const syncs = new FolderSyncs(port, targets)
    for (const target of targets) syncs.done(target)
    await expect(syncs.finished()).rejects.toThrow('EIO')
    expect(syncs.isDurable('one')).toBe(false)
  })
})
