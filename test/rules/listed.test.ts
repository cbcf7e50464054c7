/** A list of many sessions is quick by what it kept of them, and tells the same as if it had read them all. */
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { fileSystems } from '../support/file-systems.js'
import { type Place, places, plan, scene } from './support/places.js'
import { countingPort } from './support/ports.js'

const folder = 'workspace/sessions/first'

describe.each(fileSystems)('what a list keeps, on %s', (_name, open) => {
  const make = places(open)

  /** A session of which a list has kept what it tells. */
  async function prepared(): Promise<Place> {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'written\n')
    await session.write('acts/new/a.md', 'new\n')
    await session.retry(scene, 'too dark')
    await session.close()
    await settle(place)
    return place
  }

  async function list(place: Place) {
    const workspace = await place.open()
    const { sessions } = await workspace.list()
    await workspace.close()
    return sessions
  }

  /** Lists until what is told is kept: times must be older than the disk's can be told apart by. */
  async function settle(place: Place): Promise<void> {
    for (let round = 0; round < 100; round++) {
      await list(place)
      if (place.has(`${folder}/.cowrite/listed.json`)) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('nothing was kept')
  }

  it('is all that is read of a session in which nothing has changed', async () => {
    const place = await prepared()
    const before = await list(place)
    const counted = countingPort(place.port)
    const workspace = new Workspace(counted.port, {})
    counted.reset()
    expect((await workspace.list()).sessions).toEqual(before)
    const read = counted.opened.filter((path) => path.startsWith(folder))
    await workspace.close()
    expect(read).toEqual([`${folder}/.cowrite/listed.json`])
  })

  const changes: [string, (place: Place) => unknown, object][] = [
    [
      'a write of a new path',
      (place) => work(place, (session) => session.write('b.md', 'b')),
      { changes: 3 },
    ],
    ['a retry', (place) => work(place, (session) => session.retry(plan, 'too long')), { humanRetries: 2 }],
    [
      'a copy that is gone',
      (place) => place.fs.rmSync(`${place.root}/${folder}/${plan}`),
      { status: 'CRASHED' },
    ],
    [
      'a folder of copies that is gone',
      (place) => place.fs.rmSync(`${place.root}/${folder}/acts`, { recursive: true }),
      { status: 'CRASHED' },
    ],
    [
      'a kept version that is gone',
      ({ fs, root }) => fs.rmSync(`${root}/${folder}/human-retries/scene-0101.md-retry-1.md`),
      { status: 'CRASHED' },
    ],
    [
      'session.json overwritten in place',
      (place) => place.fs.writeFileSync(`${place.root}/${folder}/session.json`, '{'),
      { status: 'CRASHED' },
    ],
    [
      'a record with a byte flipped',
      ({ fs, root }) => {
        const bytes = fs.readFileSync(`${root}/${folder}/.cowrite/record`)
        bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
        fs.writeFileSync(`${root}/${folder}/.cowrite/record`, bytes)
      },
      { status: 'CRASHED' },
    ],
    [
      'a cache that is torn',
      (place) => place.fs.writeFileSync(`${place.root}/${folder}/.cowrite/listed.json`, '{"version":1,'),
      { changes: 2, humanRetries: 1 },
    ],
  ]

  async function work(place: Place, act: (session: Session) => Promise<unknown>): Promise<void> {
    const workspace = await place.open()
    await act((await workspace.session('first')) as Session)
    await workspace.close()
  }

  it.each(changes)('S3, D3: does not outlast %s', async (_what, change, expected) => {
    const place = await prepared()
    await change(place)
    expect(await list(place)).toMatchObject([expected])
  })

  it('does not outlast that what was moved is another text', async () => {
    const place = make()
    const session = await place.start()
    await session.write('moved.txt', place.read('notes.txt'))
    await session.remove('notes.txt')
    await session.close()
    await settle(place)
    expect(await list(place)).toMatchObject([{ changes: 1 }])
    // In place: no folder's times tell of it.
    place.fs.appendFileSync(`${place.root}/${folder}/moved.txt`, 'more\n')
    expect(await list(place)).toMatchObject([{ changes: 2 }])
  })

  it('tells which session is active, whichever was when it was kept', async () => {
    const place = await prepared()
    expect(await list(place)).toMatchObject([{ name: 'first', status: 'ACTIVE' }])
    await (await place.open()).start('second')
    expect(await list(place)).toMatchObject([{ status: 'ACTIVE' }, { name: 'first', status: 'INACTIVE' }])
  })
})
