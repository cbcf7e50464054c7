import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, paths, places, thrownBy } from './support/places.js'

const conflictsOf = (error: { data: Record<string, unknown> }) =>
  error.data.conflicts as { path: string; reason: string }[]

describe.each(fileSystems)('what cannot be parted, on %s', (_name, open) => {
  const make = places(open)

  it('C7: a move into or out of an ignored name goes whole', async () => {
    const place = make({ '.gitignore': '*.log\nbuild/\n', 'a.md': 'a', 'b.log': 'b', 'drafts/x.md': 'x' })
    const session = await place.start()
    await session.move('a.md', 'a.log')
    await session.move('b.log', 'b.md')
    await session.move('drafts', 'build')
    expect((await session.status()).ignored).toBe(0)
    const preview = await session.preview()
    expect(preview.ignored).toBe(0)
    expect(paths(preview.created)).toEqual(['a.log', 'b.md', 'build/x.md'])
    await session.commit()
    expect(place.names('')).toEqual(['.gitignore', 'a.log', 'b.md', 'build', 'workspace'])
    expect(place.read('a.log')).toBe('a')
    expect(place.read('build/x.md')).toBe('x')
  })

  it.each<[string, (session: Awaited<ReturnType<ReturnType<typeof make>['start']>>) => Promise<unknown>]>([
    ['deleted', (session) => session.remove('old')],
    ['moved', (session) => session.move('old', 'new')],
  ])(
    'C3, C7: a folder that is %s takes along what is ignored in it, and an undo brings it back',
    async (_how, act) => {
      const place = make({ '.gitignore': '.DS_Store\n', 'old/a.md': 'a', 'old/.DS_Store': 'finder' })
      const session = await place.start()
      await act(session)
      const result = (await session.commit()) as CommitResult
      expect(result.overtaken).toEqual([])
      expect(place.has('old')).toBe(false)
      await (await place.open()).undo()
      expect(place.read('old/.DS_Store')).toBe('finder')
      expect(place.has('new')).toBe(false)
    },
  )

  it('T4: naming a folder does not commit what is ignored in it; naming the file does', async () => {
    const place = make({ '.gitignore': '*.log\n', 'acts/a.md': 'a' })
    const session = await place.start()
    await session.write('acts/a.md', 'A')
    await session.write('acts/debug.log', 'noise')
    await session.write('acts/trace.log', 'noise')
    const preview = await session.preview({ files: ['acts'] })
    expect(paths(preview.created)).toEqual([])
    expect(preview.remaining).toEqual(['acts/debug.log', 'acts/trace.log'])
    await session.commit({ files: ['acts'] })
    expect(place.names('acts')).toEqual(['a.md'])
    await session.commit({ files: ['trace.log'] })
    expect(place.names('acts')).toEqual(['a.md', 'trace.log'])
  })

  it('C7: what would have changed ignored live files is archived, and named; what the session made is dropped, and counted', async () => {
    const place = make({
      '.gitignore': '.env\nprivate/\n*.log\n',
      'a.md': 'a',
      '.env': 'K=1',
      'private/diary.md': 'dear diary',
      'private/old.md': 'old',
    })
    const session = await place.start()
    await session.write('a.md', 'A')
    await session.write('.env', 'K=2')
    await session.write('private/diary.md', 'dear reader')
    await session.remove('private/old.md')
    await session.write('build.log', 'noise')
    const preview = await session.preview()
    expect(preview).toMatchObject({
      ignored: 4,
      ignoredChanges: ['.env', 'private/diary.md', 'private/old.md'],
    })
    expect(place.has('workspace/sessions/first/human-retries/ignored')).toBe(false)
    const result = (await session.commit()) as CommitResult
    expect(result).toMatchObject({
      archive: null,
      ignoredChanges: ['.env', 'private/diary.md', 'private/old.md'],
      ignoredKeptIn: 'workspace/retries-archive/first/ignored/',
      ignoredDropped: 1,
    })
    expect(place.read('.env')).toBe('K=1')
    expect(place.read(`${result.ignoredKeptIn}.env`)).toBe('K=2')
    expect(place.read(`${result.ignoredKeptIn}private/diary.md`)).toBe('dear reader')
    const workspace = await place.open()
    expect((await workspace.doctor()).findings).toEqual([])
    expect(await workspace.retries()).toEqual([])
  })

  it('C7: a commit that is refused keeps no copies of ignored files', async () => {
    const place = make({ '.gitignore': '.env\n', '.env': 'K=1', 'a.md': 'a' })
    const session = await place.start()
    await session.write('.env', 'K=2')
    await session.write('a.md', 'A')
    const abort = new AbortController()
    const onProgress = () => abort.abort()
    await expect(session.commit({ signal: abort.signal, onProgress })).rejects.toThrow()
    expect(place.names('workspace/sessions/first/human-retries')).not.toContain('ignored')
    expect((await session.read('.env')).content).toBe('K=2')
  })

  it.each<[string, (session: Awaited<ReturnType<ReturnType<typeof make>['start']>>) => Promise<unknown>]>([
    ['a deletion', async () => {}],
    ['a file', (session) => session.write('d', 'I am a file')],
    ['a link', (session) => session.fs.symlink('elsewhere', 'd')],
  ])(
    'C8: what appears in a folder that gives way to %s is a conflict, and both of its ends stay',
    async (_what, act) => {
      const place = make({ 'd/x.md': 'x', 'd/y.md': 'y', 'o.md': 'o' })
      const session = await place.start()
      await session.remove('d')
      await act(session)
      await session.write('o.md', 'O')
      place.put('d/sub/person.md', 'mine')
      const before = lowerOf(place)
      const error = await thrownBy(session.commit())
      expect(conflictsOf(error).map(({ path }) => path)).toEqual(['d/sub', 'd/sub/person.md'])
      expect(lowerOf(place)).toEqual(before)
      const result = (await session.commit({ onConflict: 'keep_global' })) as CommitResult
      expect(result.overtaken).toEqual([])
      expect(place.read('d/sub/person.md')).toBe('mine')
      expect(place.read('o.md')).toBe('O')
      const workspace = await place.open()
      await workspace.undo()
      expect(place.read('o.md')).toBe('o')
      expect(place.read('d/x.md')).toBe('x')
    },
  )

  it('T3: keep_global gives up a file that replaces a folder whole, where one file of the folder was edited', async () => {
    const place = make({ 'd/x.md': 'x', 'd/y.md': 'y' })
    const session = await place.start()
    await session.remove('d')
    await session.write('d', 'now a file')
    place.put('d/x.md', 'edited by a person')
    const preview = await session.preview({ onConflict: 'keep_global' })
    expect(paths(preview.deleted)).toEqual([])
    expect(preview.decided?.map(({ path }) => path)).toEqual(['d', 'd/x.md', 'd/y.md'])
    const result = (await session.commit({ onConflict: 'keep_global' })) as CommitResult
    expect(result).toMatchObject({ commitId: null, dropped: ['d'], overtaken: [] })
    expect(place.names('d')).toEqual(['x.md', 'y.md'])
    const [kept] = await (await place.open()).retries()
    expect(place.read(`workspace/retries-archive/first/${kept?.savedTo}`)).toBe('now a file')
  })

  it('T3: keep_global gives up both ends of a move, or none', async () => {
    const place = make({ 'a.md': 'the only copy', 'dir/one.md': '1', 'dir/two.md': '2', 'o.md': 'o' })
    const session = await place.start()
    await session.move('a.md', 'b.md')
    await session.move('dir', 'new')
    await session.write('new/two.md', 'two, edited')
    await session.write('o.md', 'O')
    place.put('b.md', 'a person wrote b')
    place.put('new/one.md', 'a person wrote one')
    const result = (await session.commit({ onConflict: 'keep_global' })) as CommitResult
    expect(paths(result.files)).toEqual(['o.md'])
    expect(place.read('a.md')).toBe('the only copy')
    expect(place.read('b.md')).toBe('a person wrote b')
    expect(place.names('dir')).toEqual(['one.md', 'two.md'])
    expect(place.names('new')).toEqual(['one.md'])
    expect(result.dropped, 'what was only moved is still where it was').toEqual(['new/two.md'])
    expect(result.givenUp).toEqual(expect.arrayContaining(['a.md', 'b.md', 'dir/one.md', 'new/one.md']))
  })

  it('T3: a file where a folder is needed is a conflict, listed once, that keep_global decides', async () => {
    const place = make({ 'o.md': 'o' })
    const session = await place.start()
    await session.write('d/x.md', 'x')
    await session.write('o.md', 'O')
    place.put('d', 'a person made a file')
    const error = await thrownBy(session.commit())
    expect(
      conflictsOf(error)
        .map(({ path }) => path)
        .filter((path) => path === 'd/x.md'),
    ).toHaveLength(1)
    expect(error.data.ways).toEqual(['keep_global'])
    const preview = await session.preview()
    expect(paths(preview.created).filter((path) => path === 'd/x.md')).toHaveLength(1)
    await session.commit({ onConflict: 'keep_global' })
    expect(place.read('d')).toBe('a person made a file')
    expect(place.read('o.md')).toBe('O')
  })

  it('T3: only ways that can decide a conflict are offered', async () => {
    const place = make({ 'a.md': 'one\n', b: 'b' })
    const session = await place.start()
    await session.write('a.md', 'mine\n')
    place.put('a.md', 'theirs\n')
    expect((await session.preview()).ways).toEqual(['keep_session', 'keep_global', 'markers'])
    await session.write('b', 'mine')
    place.fs.unlinkSync(`${place.root}/b`)
    place.put('b/person.md', 'theirs')
    const { ways, digest } = await session.preview()
    expect(ways).toEqual(['keep_global', 'markers'])
    expect(await codeOf(session.commit({ onConflict: 'keep_session', expect: digest }))).toBe('CONFLICT')
  })

  it('T3: a commit that was called off, or a copy of the whole, makes no deletion a conflict', async () => {
    const place = make({ 'd/x.md': 'x', 'd/y.md': 'y' })
    // Older than what the clock can tell apart, so that nobody reads them.
    await new Promise((resolve) => setTimeout(resolve, 40))
    const session = await place.start()
    await session.remove('d')
    for (const name of ['x.md', 'y.md']) {
      place.fs.linkSync(`${place.root}/d/${name}`, `${place.root}/second-${name}`)
      place.fs.unlinkSync(`${place.root}/second-${name}`)
    }
    expect((await session.preview()).conflicts).toEqual([])
    place.put('d/y.md', 'Y')
    expect((await session.preview()).conflicts.map(({ path }) => path)).toEqual(['d/y.md'])
  })

  it('T8: an executable that was made on both sides is pointed out', async () => {
    const place = make({})
    const session = await place.start()
    await session.fs.writeFile('run.sh', '#!/bin/sh\nmine\n', { mode: 0o755 })
    place.put('run.sh', 'harmless\n')
    expect((await session.preview()).sensitive).toEqual([{ path: 'run.sh', reason: 'becomes executable' }])
  })

  it('T1: a file that is there again was copied, not moved', async () => {
    const place = make({ 'a.md': 'a' })
    const session = await place.start()
    await session.move('a.md', 'b.md')
    expect((await session.preview()).created[0]?.movedFrom).toBe('a.md')
    await session.write('a.md', 'a')
    const preview = await session.preview()
    expect(paths(preview.created)).toEqual(['b.md'])
    expect(preview.created[0]?.movedFrom).toBeUndefined()
    expect((await session.diff())[0]?.movedFrom).toBeUndefined()
    await session.status()
    expect(place.read('workspace/sessions/first/session.json')).not.toContain('moved_from')
    expect((await session.preview({ files: ['b.md'] })).alsoTaken).toEqual([])
  })
})

describe('what no commit can carry out', () => {
  const [, open] = fileSystems.find(([name]) => name === 'a real disk') as (typeof fileSystems)[number]
  const make = places(open)

  it('T3, P6: a pipe at a target, or in a folder that goes, is a conflict before anything is put', async () => {
    const place = make({ 'd/x.md': 'x', 'a.md': 'a', 'o.md': 'o' })
    const session = await place.start()
    await session.remove('d')
    await session.write('p', 'new')
    await session.write('a.md', 'A')
    await session.write('o.md', 'O')
    nodeFs.unlinkSync(`${place.root}/a.md`)
    for (const path of ['p', 'a.md', 'd/pipe']) execFileSync('mkfifo', [`${place.root}/${path}`])
    const error = await thrownBy(session.commit())
    expect(conflictsOf(error).map(({ path }) => path)).toEqual(['a.md', 'd/pipe', 'p'])
    expect(error.data.ways).toEqual(['keep_global'])
    const result = (await session.commit({ onConflict: 'keep_global' })) as CommitResult
    expect(result).toMatchObject({ overtaken: [] })
    expect(place.names('d')).toEqual(['pipe'])
    await (await place.open()).undo()
    expect(place.names('d')).toEqual(['pipe', 'x.md'])
  })

  it('T3, C8: a name that is no Unicode, or what is protected, in a folder that goes is a conflict', async () => {
    const place = make({ 'd/x.md': 'x', 'e/x.md': 'x' })
    const session = await place.start()
    await session.remove('d')
    await session.remove('e')
    nodeFs.writeFileSync(Buffer.concat([Buffer.from(`${place.root}/d/caf`), Buffer.from([0xe9])]), 'latin1')
    place.put('e/.git/config', '[core]\n')
    const error = await thrownBy(session.commit())
    expect(conflictsOf(error).map(({ path }) => path)).toEqual(['d/caf\udce9', 'e/.git'])
    expect(error.data.ways).toEqual(['keep_global'])
    expect(place.has('d/x.md')).toBe(true)
    await session.commit({ onConflict: 'keep_global' })
    expect(place.names('d')).toEqual(['caf\ufffd'])
    expect(place.names('e')).toEqual(['.git'])
  })
})
