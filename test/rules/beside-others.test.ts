import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { Workspace } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, paths, places, plan, scene, thrownBy } from './support/places.js'
import { countingPort } from './support/ports.js'

describe.each(fileSystems)('beside others, on %s', (_name, open) => {
  const make = places(open)

  it('C6: a write says which other open sessions changed the path, and status lists them', async () => {
    const place = make()
    const workspace = await place.open()
    const [one, two, three] = [
      await workspace.start('one'),
      await workspace.start('two'),
      await workspace.start('three'),
    ]
    expect((await one.write(plan, '1')).alsoChangedIn).toEqual([])
    expect((await two.write(plan, '2')).alsoChangedIn).toEqual(['one'])
    await three.remove(plan)
    expect((await one.write(plan, '11')).alsoChangedIn.sort()).toEqual(['three', 'two'])
    expect((await one.edit(plan, '11', '111')).alsoChangedIn.sort()).toEqual(['three', 'two'])
    await one.write(scene, 'alone')
    const { alsoChangedIn } = await one.status()
    expect(alsoChangedIn.map(({ path, sessions }) => [path, [...sessions].sort()])).toEqual([
      [plan, ['three', 'two']],
    ])
  })

  it('C6: a change that was taken back, or whose session ended, is nobody else at the file', async () => {
    const place = make()
    const workspace = await place.open()
    const was = place.read(plan)
    const [one, two, three] = [
      await workspace.start('one'),
      await workspace.start('two'),
      await workspace.start('three'),
    ]
    await one.write(plan, '1')
    await two.write(plan, '2')
    await two.write(plan, was)
    await three.write(plan, '3')
    expect((await one.write(plan, '11')).alsoChangedIn).toEqual(['three'])
    await three.cancel()
    expect((await one.write(plan, '111')).alsoChangedIn).toEqual([])
    await workspace.start('three')
    expect((await one.write(plan, '1111')).alsoChangedIn, 'another session of that name').toEqual([])
  })

  it('C6: it costs a look at the index, not at the sessions', async () => {
    const cost = async (others: number): Promise<number> => {
      const place = make()
      const workspace = await place.open()
      for (let at = 0; at < others; at++)
        await (await workspace.start(`other-${at}`)).write(`of-${at}.md`, 'x')
      const counting = countingPort(place.port)
      const own = new Workspace(counting.port, {})
      const session = await own.start('mine')
      await session.write('warm-up.md', 'x')
      await session.status()
      counting.reset()
      await session.write('mine.md', 'x')
      const { total } = counting
      await own.close()
      return total
    }
    expect(await cost(12)).toBe(await cost(1))
  })

  it.each(['missing', 'damaged'])('C6: an index that is %s is made anew from the records', async (how) => {
    const place = make()
    const workspace = await place.open()
    await (await workspace.start('one')).write(plan, '1')
    const two = await workspace.start('two')
    if (how === 'missing') place.fs.unlinkSync(`${place.root}/workspace/index`)
    else {
      const bytes = place.fs.readFileSync(`${place.root}/workspace/index`)
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
      place.put('workspace/index', bytes)
    }
    const other = await place.open()
    expect((await (await other.session('two')).write(plan, '2')).alsoChangedIn).toEqual(['one'])
    expect((await two.write(plan, '22')).alsoChangedIn).toEqual(['one'])
    expect((await (await workspace.session('one')).write(plan, '11')).alsoChangedIn).toEqual(['two'])
  })

  it('C7: what .gitignore ignores stays in the session, is read there, shows as a count, and is committed when asked', async () => {
    const place = make({ '.gitignore': 'node_modules/\n*.log\n!keep.log\n', 'notes.txt': 'n' })
    const session = await place.start()
    for (let at = 0; at < 30; at++) await session.write(`node_modules/dep-${at % 3}/f${at}.js`, 'x')
    await session.write('debug.log', 'x')
    await session.write('keep.log', 'kept')
    await session.write('notes.txt', 'changed')
    expect((await session.read('node_modules/dep-0/f0.js')).content).toBe('x')
    const status = await session.status()
    expect(status.ignored).toBe(31)
    expect(paths([...status.changes.created, ...status.changes.modified])).toEqual(['keep.log', 'notes.txt'])
    const preview = await session.preview()
    expect(preview.ignored).toBe(31)
    expect(paths([...preview.created, ...preview.modified])).toEqual(['keep.log', 'notes.txt'])
    const all = await session.preview({ includeIgnored: true })
    expect(all.ignored).toBe(0)
    expect(all.created).toHaveLength(32)
    await session.commit({ files: ['debug.log'] })
    expect(place.has('debug.log'), 'named by hand').toBe(true)
    expect(place.has('node_modules')).toBe(false)
    await session.commit()
    expect(place.has('node_modules'), 'not even as an empty folder').toBe(false)
    expect(place.read('keep.log')).toBe('kept')
  })

  it('C7: with include_ignored all of it is committed', async () => {
    const place = make({ '.gitignore': 'build' })
    const session = await place.start()
    await session.write('build/deep/a.js', 'x')
    await session.commit({ includeIgnored: true })
    expect(place.read('build/deep/a.js')).toBe('x')
  })

  it('C7: nested .gitignore files count, and those that the session itself writes', async () => {
    const place = make({
      'acts/.gitignore': '/drafts/\n',
      '.gitignore': 'out/\n',
      'acts/one/.gitignore': '*.tmp\n',
    })
    const session = await place.start()
    await session.write('acts/drafts/a.md', 'x')
    await session.write('drafts/a.md', 'x')
    await session.write('acts/one/b.tmp', 'x')
    await session.write('acts/b.tmp', 'x')
    await session.write('out/.gitignore', '!kept.md\n')
    await session.write('out/kept.md', 'inside an ignored folder nothing is taken back in')
    await session.write('context/.gitignore', 'secret.md\n')
    await session.write('context/secret.md', 'x')
    const { created } = (await session.status()).changes
    expect(paths(created)).toEqual(['acts/b.tmp', 'context/.gitignore', 'drafts/a.md'])
  })

  it('C7: rules that no expression can be made of are none, and the others count', async () => {
    const rules = [`a${' '.repeat(100_000)}b`, '[z-a]', '['.repeat(5_000), '*.log', '']
    const session = await make({ '.gitignore': rules.join('\n') }).start()
    await session.write('x.log', 'ignored')
    await session.write('x.md', 'not ignored')
    expect(await session.preview()).toMatchObject({ ignored: 1, created: [{ path: 'x.md' }] })
  })

  it("C7: the config's list takes the place of .gitignore", async () => {
    const place = make({ '.gitignore': '*.md\n' })
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, ignore: ['cache', '**/*.bak'] }))
    const session = await place.start()
    for (const path of ['a.md', 'cache/x', 'deep/a.bak', 'b.bak']) await session.write(path, 'x')
    const status = await session.status()
    expect(paths(status.changes.created)).toEqual(['a.md'])
    expect(status.ignored).toBe(3)
  })

  it("C8: deleting a folder records its entries' fingerprints, not their content", async () => {
    const files: Record<string, string> = {}
    for (let at = 0; at < 40; at++) files[`acts/old/f${at}.md`] = 'x'.repeat(100)
    const place = make(files)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const counting = countingPort(place.port)
    const workspace = new Workspace(counting.port, {})
    const session = await workspace.start('first')
    counting.reset()
    await session.remove('acts/old')
    expect(counting.opened.filter((path) => path.startsWith('acts/'))).toEqual([])
    expect((await session.preview()).deleted).toHaveLength(40)
    await session.commit()
    expect(place.has('acts/old')).toBe(false)
    await workspace.undo()
    expect(place.names('acts/old')).toHaveLength(40)
    await workspace.close()
  })

  it('C8: what appears in lower later, in a deleted folder, is a conflict and no casualty', async () => {
    const place = make()
    const session = await place.start()
    await session.remove('acts')
    place.put('acts/act-1/late.md', 'made by hand')
    place.put('acts/new/deep.md', 'made by hand')
    const error = await thrownBy(session.commit())
    expect(error.code).toBe('CONFLICT')
    expect((error.data.conflicts as { path: string }[]).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['acts/act-1/late.md', 'acts/new/deep.md']),
    )
    expect(place.has(plan)).toBe(true)
    await session.commit({ onConflict: 'keep_global' })
    expect(place.read('acts/act-1/late.md')).toBe('made by hand')
    expect(place.has(plan)).toBe(false)
  })

  it('C8: a changed file in a deleted folder is a conflict too', async () => {
    const place = make()
    const session = await place.start()
    await session.remove('acts')
    place.put(plan, 'edited since, and longer than before\n')
    const error = await thrownBy(session.commit())
    expect((error.data.conflicts as { path: string }[]).map(({ path }) => path)).toEqual([plan])
    expect(place.read(plan)).toBe('edited since, and longer than before\n')
  })

  it('C8: a move is a creation and a deletion that know of each other', async () => {
    const place = make()
    const session = await place.start()
    await session.move('acts/act-1', 'acts/prologue')
    await session.move('acts/prologue', 'acts/act-0')
    const { changes } = await session.status()
    const moved = changes.created.find(({ path }) => path === 'acts/act-0/plan.md')
    expect(moved).toMatchObject({ movedFrom: plan })
    expect(paths(changes.deleted)).toContain(plan)
    expect(changes.created.some(({ path }) => path.includes('prologue'))).toBe(false)
    const text = place.read(plan)
    await session.commit()
    expect(place.read('acts/act-0/plan.md')).toBe(text)
    expect(place.names('acts')).toEqual(['act-0'])
  })
})

describe('a git repository', () => {
  const make = places(fileSystems[0]?.[1] as never)
  const git = (root: string, ...flags: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...flags], {
      cwd: root,
      stdio: 'pipe',
    }).toString()

  it('C7: a file that git follows is not ignored, whatever a rule says', async () => {
    const place = make({ '.gitignore': '*.log\n', 'kept.log': 'followed', 'notes.txt': 'n' })
    git(place.root, 'init', '-q')
    git(place.root, 'add', '-f', '.')
    const session = await place.start()
    await session.write('kept.log', 'changed')
    await session.write('other.log', 'new')
    const status = await session.status()
    expect(paths(status.changes.modified)).toEqual(['kept.log'])
    expect(status.ignored).toBe(1)
  })

  it('C7: a file that git follows is not ignored by a rule of the session either, in a repository within the workspace too', async () => {
    const place = make({ 'kept.log': 'followed', 'sub/kept.log': 'followed', 'notes.txt': 'n' })
    for (const root of [`${place.root}/sub`, place.root]) {
      git(root, 'init', '-q')
      git(root, 'add', root === place.root ? 'kept.log' : '.')
    }
    const session = await place.start()
    await session.write('.gitignore', '*.log\n')
    for (const path of ['kept.log', 'sub/kept.log', 'new.log']) await session.write(path, 'changed')
    const { modified, ignored } = await session.preview()
    expect([paths(modified), ignored]).toEqual([['kept.log', 'sub/kept.log'], 1])
  })

  it('a workspace that is a git repository: git sees the committed files, and nothing of cowrite', async () => {
    const place = make()
    git(place.root, 'init', '-q')
    git(place.root, 'add', '.')
    git(place.root, 'commit', '-qm', 'The book')
    const session = await place.start()
    await session.write(plan, 'changed\n')
    await session.write('acts/new.md', 'new\n')
    expect(git(place.root, 'status', '--porcelain')).toBe('')
    const inGit = lowerOf({ ...place, root: `${place.root}/.git` })
    await session.commit()
    expect(git(place.root, 'status', '--porcelain')).toBe(' M acts/act-1/plan.md\n?? acts/new.md\n')
    expect(lowerOf({ ...place, root: `${place.root}/.git` }).HEAD).toBe(inGit.HEAD)
    expect(await codeOf(session.read('.git/HEAD'))).toBe('SESSION_NOT_FOUND')
    await (await place.open()).undo()
    expect(git(place.root, 'status', '--porcelain')).toBe('')
  })
})
