import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import { interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { runChildren } from './support/children.js'
import { codeOf, places, scene, thrownBy } from './support/places.js'

const folder = 'workspace/sessions/first/human-retries'

describe.each(fileSystems)('retries, on %s', (_name, open) => {
  const make = places(open)

  it("R1: the rejected version is kept with its reason, the session's before global's, numbered per file", async () => {
    const place = make()
    const session = await place.start()
    const global = place.read(scene)
    expect(await session.retry('scene-0101.md', 'Too much exposition')).toEqual({
      filePath: scene,
      retry: 1,
      reason: 'Too much exposition',
      source: 'user',
      savedTo: `${folder}/scene-0101.md-retry-1.md`,
      reasonSavedTo: `${folder}/scene-0101.md-retry-1.md.reason.txt`,
      previousReasons: [],
    })
    await session.write(scene, 'second try')
    const second = await session.retry(scene, '  Character voice off \n', { autoDetected: true })
    expect(second).toMatchObject({
      retry: 2,
      source: 'auto',
      reason: 'Character voice off',
      previousReasons: ['Too much exposition'],
    })
    expect((await session.retry('scene-0102.md', 'another file')).retry).toBe(1)
    expect(place.read(`${folder}/scene-0101.md-retry-1.md`)).toBe(global)
    expect(place.read(`${folder}/scene-0101.md-retry-1.md.reason.txt`)).toBe('Too much exposition\n')
    expect(place.read(`${folder}/scene-0101.md-retry-2.md`)).toBe('second try')
    expect((await session.read(scene)).content, 'the present version stays').toBe('second try')
    await session.status()
    expect(
      (place.json('workspace/sessions/first/session.json') as { human_retries: unknown[] }).human_retries,
    ).toHaveLength(3)
  })

  it("R1: two files of one base name never write over each other's retries", async () => {
    const place = make({
      'a/scene.md': 'A',
      'b/scene.md': 'B',
      'b/a/scene.md': 'BA',
      'scene.md': 'root',
      plain: 'p',
      'x/plain': 'xp',
    })
    const session = await place.start()
    const kept = new Map<string, string>()
    for (let round = 1; round <= 2; round++) {
      for (const path of ['a/scene.md', 'b/scene.md', 'b/a/scene.md', 'scene.md', 'plain', 'x/plain']) {
        const { retry, savedTo, reasonSavedTo } = await session.retry(path, `${path} ${round}`)
        expect(retry).toBe(round)
        expect(kept.has(savedTo)).toBe(false)
        kept.set(savedTo, path)
        expect(place.read(reasonSavedTo)).toBe(`${path} ${round}\n`)
      }
    }
    const content: Record<string, string> = {
      'a/scene.md': 'A',
      'b/scene.md': 'B',
      'b/a/scene.md': 'BA',
      'scene.md': 'root',
      plain: 'p',
      'x/plain': 'xp',
    }
    for (const [savedTo, path] of kept) expect(place.read(savedTo)).toBe(content[path])
    expect(await session.retries('b/scene.md')).toMatchObject([
      { reason: 'b/scene.md 1' },
      { reason: 'b/scene.md 2' },
    ])
  })

  it('R1: a long name, bytes that are no text, and a mode', async () => {
    const long = `${'long'.repeat(60)}.md`
    const place = make({ [long]: 'x' })
    place.put('image.png', Uint8Array.of(0, 255, 1, 254))
    const session = await place.start()
    expect((await session.retry(long, 'r')).retry).toBe(1)
    expect((await session.retry(long, 'r')).retry).toBe(2)
    await session.retry('image.png', 'too blue')
    expect([...(await session.readRetry('image.png', 1))]).toEqual([0, 255, 1, 254])
  })

  it('R1: a retry without a reason, or of nothing, is refused, and leaves nothing', async () => {
    const place = make()
    const session = await place.start()
    for (const reason of ['', '   \n', undefined as never, 7 as never, 'x'.repeat(10_001)])
      expect(await codeOf(session.retry(scene, reason))).toBe('INVALID_INPUT')
    expect(await codeOf(session.retry('absent.md', 'x'))).toBe('NOT_FOUND')
    expect(await codeOf(session.retry('acts', 'x'))).toBe('WRONG_KIND')
    expect(place.names(folder)).toEqual([])
    expect(place.names('workspace/sessions/first/.cowrite/tmp')).toEqual([])
    expect(await session.retries()).toEqual([])
  })

  it('R1: a file that a hand put into the session is found by its bare name', async () => {
    const place = make()
    const session = await place.start()
    place.put('workspace/sessions/first/acts/by-hand.md', 'by hand')
    expect(await session.retry('by-hand.md', 'no')).toMatchObject({ filePath: 'acts/by-hand.md', retry: 1 })
  })

  it('R1: several handles that reject one file at once come to different numbers', async () => {
    const place = make()
    const handles = await Promise.all([place.open(), place.open(), place.open()])
    await handles[0]?.start('first')
    const sessions = await Promise.all(handles.map((handle) => handle.session('first')))
    const results = await Promise.all(
      sessions.flatMap((session) => [session.retry(scene, 'a'), session.retry(scene, 'b')]),
    )
    expect(results.map(({ retry }) => retry).sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(new Set(results.map(({ savedTo }) => savedTo)).size).toBe(6)
  })

  it('R2: what is brought back from the archive is of the very file, and what it replaces is kept', async () => {
    const place = make({ 'a.md': 'A\n', 'x/a.md': 'X\n' })
    const workspace = await place.open()
    const first = await workspace.start('first')
    await first.write('a.md', 'rejected A\n')
    await first.write('x/a.md', 'rejected X\n')
    await first.retry('a.md', 'too short')
    await first.retry('x/a.md', 'too long')
    await first.cancel()
    const second = await workspace.start('second')
    await second.write('a.md', 'an evening of new text\n')
    const restore = (file_path: string) =>
      runOperation(
        findOperation('restore_retry') as never,
        { workspace, session: (name) => workspace.session(name) },
        { file_path, retry: 1 },
      )
    await restore('a.md')
    expect((await second.read('a.md')).content).toBe('rejected A\n')
    expect((await second.read('x/a.md')).content).toBe('X\n')
    expect((await second.retries()).map(({ filePath }) => filePath)).toEqual(['a.md'])
    expect((await second.readRetry('a.md', 1)).toString()).toBe('an evening of new text\n')
  })

  it('R2: a bare name that archived versions of several files could mean restores none of them', async () => {
    const place = make({ 'y/b.md': 'Y\n', 'z/b.md': 'Z\n' })
    const workspace = await place.open()
    const first = await workspace.start('first')
    await first.retry('y/b.md', 'one')
    await first.retry('z/b.md', 'other')
    await first.cancel()
    await workspace.start('second')
    const context = { workspace, session: (name?: string) => workspace.session(name) }
    const refused = runOperation(findOperation('restore_retry') as never, context, {
      file_path: 'b.md',
      retry: 1,
    })
    expect(await thrownBy(refused)).toMatchObject({
      code: 'NOT_FOUND',
      data: { candidates: ['y/b.md', 'z/b.md'] },
    })
  })

  it('R2: retries are listed per file with their reasons, compared with the present version, and restored', async () => {
    const place = make()
    const session = await place.start()
    await session.write(scene, 'first try')
    await session.retry(scene, 'one')
    await session.write(scene, 'second try')
    await session.retry(scene, 'two')
    await session.retry('scene-0102.md', 'other')
    expect(await session.retries('scene-0101.md')).toMatchObject([
      { retry: 1, reason: 'one', autoDetected: false, session: 'first', filePath: scene },
      { retry: 2, reason: 'two' },
    ])
    expect(await session.retries()).toHaveLength(3)
    expect((await session.readRetry(scene, 1)).toString()).toBe('first try')
    expect((await session.read(scene)).content).not.toBe('first try')
    expect(await session.restoreRetry('scene-0101.md', 1)).toMatchObject({
      filePath: scene,
      change: 'modified',
    })
    expect((await session.read(scene)).content).toBe('first try')
    expect(await codeOf(session.readRetry(scene, 3))).toBe('NOT_FOUND')
    await session.remove(scene)
    expect((await session.readRetry('scene-0101.md', 2)).toString(), 'though the file is gone').toBe(
      'second try',
    )
    await session.restoreRetry(scene, 2)
    expect((await session.read(scene)).content).toBe('second try')
  })

  it('R2: a bare name that several retried files bear lists them', async () => {
    const session = await make({ 'a/x.md': 'a', 'b/x.md': 'b' }).start()
    await session.retry('a/x.md', 'a')
    await session.retry('b/x.md', 'b')
    const error = await thrownBy(session.retries('x.md'))
    expect(error).toMatchObject({ code: 'NOT_FOUND', data: { candidates: ['a/x.md', 'b/x.md'] } })
  })

  it('R2: they survive commit and cancel in the archive, and are read from there', async () => {
    const place = make()
    const workspace = await place.open()
    const first = await workspace.start('first')
    await first.write(scene, 'first try')
    await first.retry(scene, 'committed')
    await first.commit()
    const second = await workspace.start('second')
    await second.retry(scene, 'cancelled', { autoDetected: true })
    await second.cancel()
    const third = await workspace.start('third')
    await third.retry(scene, 'open')
    const all = await workspace.retries(scene)
    expect(all).toMatchObject([
      {
        reason: 'committed',
        archivedIn: 'first',
        session: 'first',
        retry: 1,
        savedTo: 'scene-0101.md-retry-1.md',
      },
      {
        reason: 'cancelled',
        archivedIn: expect.stringMatching(/^second-cancelled-/),
        session: 'second',
        autoDetected: true,
      },
      { reason: 'open', session: 'third' },
    ])
    expect(all[2]).not.toHaveProperty('archivedIn')
    expect(place.read(`workspace/retries-archive/${all[0]?.archivedIn}/${all[0]?.savedTo}`)).toBe('first try')
    expect((await workspace.readArchivedRetry('first', 'scene-0101.md-retry-1.md')).toString()).toBe(
      'first try',
    )
    expect(await workspace.retries('scene-0101.md')).toHaveLength(3)
    expect(await workspace.retries('absent.md')).toEqual([])
  })

  it('R2: an archive holds what was rejected alone: nothing is built where a kill would leave it among that', async () => {
    const place = make()
    const created: string[] = []
    const port = interceptedPort(place.port, {
      before: ({ name, paths }) => {
        if (name === 'create') created.push(...paths)
      },
    })
    const workspace = new Workspace(port, {})
    const session = await workspace.start('first')
    await session.retry(scene, 'too dark')
    created.length = 0
    await session.commit()
    await workspace.close()
    expect(place.names('workspace/retries-archive/first')).toContain('retries.json')
    expect(created.filter((path) => path.includes('/human-retries/'))).toEqual([])
  })

  it('R2: an archive whose list is lost or damaged is still read, by its names', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.retry(scene, 'too dark')
    await session.commit()
    for (const damage of ['{ "cut', null]) {
      if (damage === null) place.fs.unlinkSync(`${place.root}/workspace/retries-archive/first/retries.json`)
      else place.put('workspace/retries-archive/first/retries.json', damage)
      expect(await workspace.retries()).toMatchObject([
        { filePath: 'scene-0101.md', retry: 1, reason: 'too dark', archivedIn: 'first' },
      ])
    }
  })
})

describe('retries of several processes', () => {
  const make = places(fileSystems[0]?.[1] as never)

  it('R1: processes that reject one file at once come to different numbers', async () => {
    const place = make()
    await (await place.start()).close()
    const body = `
      const session = await workspace.session('first')
      for (let at = 0; at < 8; at++) print((await session.retry('${scene}', 'r')).retry)`
    const outputs = await runChildren(place.root, [body, body])
    const numbers = outputs.flatMap((output) => output.trim().split('\n').map(Number))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1))
  })
})
