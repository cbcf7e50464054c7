import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { encodeLine } from '../../lib/store/append-log.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { runChildren } from './support/children.js'
import { places, scene } from './support/places.js'
import { countingPort } from './support/ports.js'

interface Projected {
  name: string
  cow_files: {
    path: string
    change: string
    base: { sha256: string; size: number } | null
    moved_from?: string
  }[]
  human_retries: { file_path: string; retry: number; reason: string; saved_to: string }[]
  updated_at: string
}

const metadata = 'workspace/sessions/first/session.json'
const settled = 2_000

describe.each(fileSystems)('the record, on %s', (_name, open) => {
  const make = places(open)

  it('D3: session.json has the shape that is promised', async () => {
    const place = make()
    const workspace = await place.open({ agentId: 'writer' })
    const session = await workspace.start('first', { description: 'All scenes' })
    await session.write(scene, 'Bright.\n')
    await session.write('acts/act-1/new.md', 'new')
    await session.remove('acts/act-1/plan.md')
    await session.move('notes.txt', 'notes-of-mine.txt')
    await session.retry(scene, 'Too bright')
    await session.status()
    const projected = place.json(metadata) as Projected
    expect(projected).toMatchObject({
      version: 1,
      name: 'first',
      description: 'All scenes',
      agent_id: 'writer',
      parent: null,
      template: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    const byPath = Object.fromEntries(projected.cow_files.map((file) => [file.path, file]))
    expect(byPath[scene]).toMatchObject({
      change: 'modified',
      base: { size: 42, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect(byPath['acts/act-1/new.md']).toMatchObject({ change: 'created', base: null })
    expect(byPath['acts/act-1/plan.md']).toMatchObject({ change: 'deleted', base: { size: 22 } })
    expect(byPath['notes-of-mine.txt']).toMatchObject({ change: 'created', moved_from: 'notes.txt' })
    expect(byPath['notes.txt']).toMatchObject({ change: 'deleted' })
    for (const file of projected.cow_files) expect(file).toHaveProperty('first_write_at')
    expect(projected.human_retries).toMatchObject([
      {
        file_path: scene,
        retry: 1,
        reason: 'Too bright',
        auto_detected: false,
        saved_to: 'human-retries/scene-0101.md-retry-1.md',
      },
    ])
  })

  it.each(['status', 'list', 'commit', 'close'] as const)(
    'D3: session.json is complete after %s',
    async (verb) => {
      const place = make()
      const workspace = await place.open()
      const session = await workspace.start('first')
      await session.write('a.md', 'a')
      await session.write('b.md', 'b')
      if (verb === 'status') await session.status()
      if (verb === 'list') await workspace.list()
      if (verb === 'commit') await session.commit({ files: ['b.md'] })
      if (verb === 'close') await session.close()
      const left = verb === 'commit' ? ['a.md'] : ['a.md', 'b.md']
      expect((place.json(metadata) as Projected).cow_files.map(({ path }) => path)).toEqual(left)
    },
  )

  it("D3: another handle's list finds what this one wrote", async () => {
    const place = make()
    const session = await place.start()
    await session.write('a.md', 'a')
    await (await place.open()).list()
    expect((place.json(metadata) as Projected).cow_files).toHaveLength(1)
  })

  it('D3: session.json is complete at the latest 2 s after the last write, without being asked', async () => {
    const place = make()
    const session = await place.start()
    for (let at = 0; at < 50; at++) await session.write(`f${at}.md`, `${at}`)
    const began = Date.now()
    while ((place.json(metadata) as Projected).cow_files.length < 50 && Date.now() - began < settled)
      await new Promise((resolve) => setTimeout(resolve, 25))
    expect((place.json(metadata) as Projected).cow_files).toHaveLength(50)
  })

  it('D3: session.json is valid JSON after every single step of writing', async () => {
    const place = make()
    let looks = 0
    const look = () => {
      if (!place.has(metadata)) return
      expect((place.json(metadata) as Projected).name).toBe('first')
      looks += 1
    }
    const workspace = new Workspace(interceptedPort(place.port, { before: look, after: look }), {})
    const session = await workspace.start('first')
    for (let at = 0; at < 20; at++) {
      await session.write(`f${at}.md`, 'x'.repeat(at * 10))
      await session.status()
    }
    await workspace.close()
    expect(looks).toBeGreaterThan(200)
  })

  it('D3: session.json is a projection: what reads folds the record, whatever the projection lags', async () => {
    const place = make()
    const session = await place.start()
    const lagging = place.read(metadata)
    await session.write('a.md', 'a')
    await session.status()
    place.put(metadata, lagging)
    const again = await (await place.open()).session('first')
    expect((await again.status()).changes.created.map(({ path }) => path)).toEqual(['a.md'])
    expect((place.json(metadata) as Projected).cow_files).toHaveLength(1)
  })

  it('D3: the 10,000th first write asks no more of the disk than the first', async () => {
    const cost = async (changes: number): Promise<Record<string, number>> => {
      const place = make()
      await (await place.start()).close()
      const gone = { kind: 'file', size: 1, mode: 0o644, sha256: 'x', identity: '1:1:1:1' }
      const lines = Array.from({ length: changes }, (_, at) =>
        encodeLine({
          set: [{ path: `acts/f${at}.md`, kind: 'whiteout', base: gone, kept: null, firstWriteAt: '' }],
          at: new Date().toISOString(),
        }),
      )
      place.fs.appendFileSync(`${place.root}/workspace/sessions/first/.cowrite/record`, Buffer.concat(lines))
      const counting = countingPort(place.port)
      const workspace = new Workspace(counting.port, {})
      const session = await workspace.session('first')
      await session.write('warm-up.md', 'x')
      counting.reset()
      await session.write('acts/counted.md', 'x')
      const counts = counting.byName()
      await workspace.close()
      expect((place.json(metadata) as Projected).cow_files).toHaveLength(changes + 2)
      return counts
    }
    expect(await cost(9_999)).toEqual(await cost(0))
  })
})

describe('the record, with several processes', () => {
  const make = places(fileSystems[0]?.[1] as never)

  it('D3: two processes write 500 files each into one session at once, and all 1,000 are committed', {
    timeout: 60_000,
  }, async () => {
    const place = make()
    await (await place.start()).close()
    const writer = (letter: string) => `
      const session = await workspace.session('first')
      for (let at = 0; at < 500; at++) await session.write('acts/${letter}/file-' + at + '.md', '${letter}' + at)
      await session.close()`
    await runChildren(place.root, [writer('a'), writer('b')])
    const projected = place.json(metadata) as Projected
    expect(projected.cow_files.filter(({ path }) => path.endsWith('.md'))).toHaveLength(1_000)
    const session = await (await place.open()).session('first')
    const result = await session.commit()
    expect(result).toMatchObject({ committed: true, closed: true, pendingCleanup: false })
    for (const letter of ['a', 'b']) {
      expect(place.names(`acts/${letter}`)).toHaveLength(500)
      for (let at = 0; at < 500; at++)
        expect(place.read(`acts/${letter}/file-${at}.md`)).toBe(`${letter}${at}`)
    }
  })

  it('D3: session.json is valid JSON to another process while two write', async () => {
    const place = make()
    await (await place.start()).close()
    const writer = (letter: string) => `
      const session = await workspace.session('first')
      for (let at = 0; at < 25; at++) { await session.write('${letter}' + at, 'x'); await session.status() }`
    let done = false
    const writing = runChildren(place.root, [writer('a'), writer('b')]).finally(() => {
      done = true
    })
    let reads = 0
    while (!done) {
      expect((place.json(metadata) as Projected).name).toBe('first')
      reads += 1
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await writing
    expect(reads).toBeGreaterThan(20)
    expect((place.json(metadata) as Projected).cow_files).toHaveLength(50)
  })

  it('C4: two processes write one file in turns, and a reader never sees a part nor nothing', async () => {
    const place = make({ 'shared.md': '0'.repeat(5_000) })
    const session = await place.start()
    const writer = (letter: string) => `
      const session = await workspace.session('first')
      for (let at = 0; at < 60; at++) await session.write('shared.md', '${letter}'.repeat(5000))`
    let done = false
    const writing = runChildren(place.root, [writer('a'), writer('b')]).finally(() => {
      done = true
    })
    while (!done) {
      const { content } = await session.read('shared.md')
      expect(content.length).toBe(5_000)
      expect(new Set(content).size, 'one writer at a time').toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writing
  })
})
