import { describe, expect, it } from 'vitest'
import type { CommitPreview, CommitResult } from '../../lib/index.js'
import { fileSystems } from '../support/file-systems.js'
import { book, codeOf, lowerOf, type Place, paths, places, plan, scene, thrownBy } from './support/places.js'

const conflictsOf = (error: { data: Record<string, unknown> }) =>
  error.data.conflicts as { path: string; reason: string }[]

describe.each(fileSystems)('commit, on %s', (_name, open) => {
  const make = places(open)
  const configured = async (config: object, files?: Record<string, string>): Promise<Place> => {
    const place = make(files)
    await (await place.open()).initialize()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, ...config }))
    return place
  }

  it('T1: a preview tells everything, and writes nothing', async () => {
    const place = make({ ...book, '.gitignore': '*.log\n', 'merged.md': 'a\nb\nc\nd\ne\n' })
    const session = await place.start()
    await session.write(plan, 'modified')
    await session.write('created.md', 'created')
    await session.remove('notes.txt')
    await session.write('merged.md', 'A\nb\nc\nd\ne\n')
    await session.write('ignored.log', 'x')
    await session.write('artifacts/scratch', 'x')
    await session.write('CLAUDE.md', 'be kind')
    await session.retry(scene, 'too dark')
    await session.write(scene, 'mine')
    place.put('merged.md', 'a\nb\nc\nd\nE\n')
    place.put(scene, 'theirs')
    const before = lowerOf(place, 'nothing')
    const preview = await session.preview()
    expect(preview).toMatchObject({
      session: 'first',
      committed: false,
      merged: ['merged.md'],
      conflicts: [{ path: scene, reason: expect.any(String) }],
      ignored: 1,
      scratch: 1,
      needsPerson: false,
      digest: expect.stringMatching(/^[0-9a-f]{16,}$/),
    } satisfies Partial<CommitPreview>)
    expect(paths(preview.modified).sort()).toEqual([plan, scene, 'merged.md'].sort())
    expect(paths(preview.created)).toEqual(['CLAUDE.md', 'created.md'])
    expect(paths(preview.deleted)).toEqual(['notes.txt'])
    expect(preview.sensitive.map(({ path }) => path)).toEqual(['CLAUDE.md'])
    expect(preview.humanRetries).toMatchObject([{ filePath: scene, reason: 'too dark' }])
    const strip = (tree: Record<string, string>) =>
      Object.entries(tree).filter(
        ([path]) => !/(first(\/session\.json|\/\.cowrite\/(tmp|record))?|operations\.jsonl)$/.test(path),
      )
    expect(strip(lowerOf(place, 'nothing'))).toEqual(strip(before))
    expect((await session.preview()).digest, 'the same for the same').toBe(preview.digest)
  })

  it.each<[string, (place: Place, session: Awaited<ReturnType<Place['start']>>) => unknown]>([
    ['a write to the session', (_place, session) => session.write(plan, 'another')],
    ['a further file', (_place, session) => session.write('further.md', 'x')],
    ['a live file edited under a change', (place) => place.put(plan, 'edited since the preview\n')],
    ['a live file made where one is created', (place) => place.put('created.md', 'by hand')],
    ['a live file gone', (place) => place.fs.unlinkSync(`${place.root}/${plan}`)],
    ['a retry', (_place, session) => session.retry(plan, 'again')],
    ['a mode', (place) => place.fs.chmodSync(`${place.root}/${plan}`, 0o600)],
    ['a scratch file', (_place, session) => session.write('artifacts/x', 'x')],
  ])('T1: with expect, %s since the preview is refused, and nothing is written', async (_what, drift) => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'modified')
    await session.write('created.md', 'created')
    const { digest } = await session.preview()
    await drift(place, session)
    const before = lowerOf(place)
    const error = await thrownBy(session.commit({ expect: digest }))
    expect(error.code).toBe('CONFLICT')
    expect(error.data.digest).not.toBe(digest)
    expect(lowerOf(place)).toEqual(before)
    expect((await session.read('created.md')).content, 'the session goes on').toBe('created')
  })

  it('T1: with expect, only what was previewed is committed', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'modified')
    const { digest } = await session.preview()
    place.put('notes.txt', 'somebody works on something else')
    expect(await session.commit({ expect: digest })).toMatchObject({ committed: true, closed: true })
    expect(place.read(plan)).toBe('modified')
  })

  it('T3: the same change on both sides is no conflict', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'the same')
    await session.write('new.md', 'the same')
    await session.remove('notes.txt')
    place.put(plan, 'the same')
    place.put('new.md', 'the same')
    place.fs.unlinkSync(`${place.root}/notes.txt`)
    expect((await session.preview()).conflicts).toEqual([])
    expect(await session.commit()).toMatchObject({ committed: true, files: [] })
  })

  it('T3: texts that go together are merged, line ends kept, and shown as merged', async () => {
    const lines = ['one', 'two', 'three', 'four', 'five', 'six']
    const place = make({ 'unix.md': `${lines.join('\n')}\n`, 'windows.md': `${lines.join('\r\n')}\r\n` })
    const session = await place.start()
    for (const path of ['unix.md', 'windows.md']) {
      await session.edit(path, 'one', 'ONE')
      place.put(path, place.read(path).replace('six', 'SIX'))
    }
    const preview = await session.preview()
    expect(preview.merged).toEqual(['unix.md', 'windows.md'])
    const result = (await session.commit({ expect: preview.digest })) as CommitResult
    expect(result.merged).toEqual(['unix.md', 'windows.md'])
    expect(place.read('unix.md')).toBe('ONE\ntwo\nthree\nfour\nfive\nSIX\n')
    expect(place.read('windows.md')).toBe('ONE\r\ntwo\r\nthree\r\nfour\r\nfive\r\nSIX\r\n')
  })

  it('T3: all else is a conflict, every one is listed, and nothing is committed', async () => {
    const place = make({ a: 'text\n', b: '\0binary', c: 'c', d: 'd', 'e/f': 'f', g: 'g', h: 'h' })
    const session = await place.start()
    await session.write('a', 'mine\n')
    await session.write('b', '\0mine')
    await session.write('c', 'mine')
    await session.remove('d')
    await session.write('new', 'mine')
    await session.write('folder-there', 'a file here')
    await session.write('clean', 'no conflict')
    place.put('a', 'theirs\n')
    place.put('b', '\0theirs')
    place.fs.unlinkSync(`${place.root}/c`)
    place.put('d', 'theirs')
    place.put('new', 'theirs')
    place.put('folder-there/x', 'a folder there')
    const before = lowerOf(place)
    const error = await thrownBy(session.commit())
    expect(error.code).toBe('CONFLICT')
    expect(conflictsOf(error).map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd', 'folder-there', 'new'])
    for (const { reason } of conflictsOf(error)) expect(reason).not.toBe('')
    expect(lowerOf(place)).toEqual(before)
    expect((await session.status()).conflicts).toHaveLength(6)
  })

  it('T3: a file that was put into the session by hand beside a younger live file has an unknown base, and asks', async () => {
    const place = make()
    const session = await place.start()
    // Older than the session, it would be what the hand began with.
    place.put(plan, 'younger than the session')
    place.put(`workspace/sessions/first/${plan}`, 'by hand')
    place.put('workspace/sessions/first/acts/by-hand.md', 'new by hand')
    expect(conflictsOf(await thrownBy(session.commit())).map(({ path }) => path)).toEqual([plan])
    const { digest } = await session.preview({ onConflict: 'keep_session' })
    await session.commit({ onConflict: 'keep_session', expect: digest })
    expect(place.read(plan)).toBe('by hand')
    expect(place.read('acts/by-hand.md')).toBe('new by hand')
  })

  it('T3: keep_session needs the digest of a preview that listed the conflicts, and lets the session win', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'mine')
    await session.remove('notes.txt')
    place.put(plan, 'theirs')
    place.put('notes.txt', 'theirs')
    expect(await codeOf(session.commit({ onConflict: 'keep_session' }))).toBe('INVALID_INPUT')
    const { digest } = await session.preview({ onConflict: 'keep_session' })
    place.put(plan, 'theirs again')
    expect(await codeOf(session.commit({ onConflict: 'keep_session', expect: digest }))).toBe('CONFLICT')
    const again = await session.preview({ onConflict: 'keep_session' })
    await session.commit({ onConflict: 'keep_session', expect: again.digest })
    expect(place.read(plan)).toBe('mine')
    expect(place.has('notes.txt')).toBe(false)
    await (await place.open()).undo()
    expect(place.read(plan)).toBe('theirs again')
    expect(place.read('notes.txt')).toBe('theirs')
  })

  it('T3: keep_global drops the changes in conflict, and commits the rest', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'mine')
    await session.write(scene, 'mine')
    place.put(plan, 'theirs')
    await session.commit({ onConflict: 'keep_global' })
    expect(place.read(plan)).toBe('theirs')
    expect(place.read(scene)).toBe('mine')
  })

  it('T3: a diff of a conflict shows both sides, each against what the session began with', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'The plan.\n\nThey part.\n')
    await session.write('b.bin', '\0mine')
    await session.write('both.json', 'mine\n')
    await session.remove('notes.txt')
    await session.write(scene, 'fine\n')
    place.put(plan, 'The plan.\n\nThey quarrel.\n')
    place.put('b.bin', '\0theirs')
    place.put('both.json', 'theirs\n')
    place.put('notes.txt', 'remember the door\n')
    const diffs = new Map((await session.diff({ words: false })).map((diff) => [diff.filePath, diff]))
    expect(diffs.get(plan)).toMatchObject({
      conflict: 'changed on both sides, in the same place',
      patch: expect.stringContaining('-They meet.\n+They part.\n'),
      globalPatch: expect.stringContaining('-They meet.\n+They quarrel.\n'),
    })
    expect(diffs.get('notes.txt')).toMatchObject({
      change: 'deleted',
      conflict: 'changed in the live files since, deleted in the session',
      patch: expect.stringContaining('-remember the door\n'),
    })
    expect(diffs.get('both.json')?.globalPatch).toContain('+theirs\n')
    expect(diffs.get('b.bin')).toMatchObject({
      conflict: 'created in the session and in the live files, or changed in both at the same time',
    })
    expect(diffs.get('b.bin')).not.toHaveProperty('globalPatch')
    expect(diffs.get(scene)).not.toHaveProperty('conflict')
  })

  it('P2, T3: a link that points out is refused as that, and nobody is said to have changed a live file', async () => {
    const place = make()
    const session = await place.start()
    place.fs.symlinkSync('/elsewhere', `${place.root}/workspace/sessions/first/out`)
    expect((await thrownBy(session.commit())).message).toBe(
      '1 link out of the workspace; nothing was committed.',
    )
    await session.write(plan, 'mine')
    place.put(plan, 'theirs')
    expect((await thrownBy(session.commit())).message).toBe(
      '1 file changed in the live files too, and 1 link out of the workspace; nothing was committed.',
    )
  })

  it("T3: markers go into the session's copy, its base becomes the present lower, and nothing is committed", async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'The plan.\n\nThey part.\n')
    await session.write('b.bin', '\0mine')
    place.put(plan, 'The plan.\n\nThey quarrel.\n')
    place.put('b.bin', '\0theirs')
    const before = lowerOf(place)
    expect(await session.commit({ onConflict: 'markers' })).toMatchObject({
      committed: false,
      marked: [plan],
      conflicts: [{ path: 'b.bin' }],
    })
    expect(lowerOf(place)).toEqual(before)
    const { content } = await session.read(plan)
    for (const part of [
      '<<<<<<< session first\n',
      '|||||||',
      '=======',
      '>>>>>>> global\n',
      'They part.',
      'They quarrel.',
      'They meet.',
    ])
      expect(content).toContain(part)
    await session.remove('b.bin')
    await session.write(plan, 'The plan.\n\nThey part, quarrelling.\n')
    await session.commit({ onConflict: 'keep_global' })
    expect(place.read(plan)).toBe('The plan.\n\nThey part, quarrelling.\n')
  })

  it('T4: files commits a part, and the rest stays in the session, which stays open', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write(plan, 'one')
    await session.write(scene, 'two')
    await session.write('acts/new/deep/file.md', 'three')
    const preview = await session.preview({ files: ['plan.md'] })
    expect(paths(preview.modified)).toEqual([plan])
    expect(preview.remaining).toEqual(expect.arrayContaining([scene, 'acts/new/deep/file.md']))
    const result = (await session.commit({ files: ['plan.md'] })) as CommitResult
    expect(result).toMatchObject({ committed: true, closed: false, archive: null })
    expect(place.read(plan)).toBe('one')
    expect(place.read(scene)).toContain('It was dark.')
    expect((await session.read(scene)).content).toBe('two')
    expect((await workspace.session()).name).toBe('first')
    expect(paths((await session.status()).changes.modified)).toEqual([scene])
    await session.write(scene, 'two again')
    const last = (await session.commit({ files: ['acts'] })) as CommitResult
    expect(last.closed).toBe(true)
    expect(place.read(scene)).toBe('two again')
    expect(await codeOf(workspace.session('first'))).toBe('SESSION_NOT_FOUND')
  })

  it('T4: naming one part of a unit takes all of it, and the preview says so', async () => {
    const place = make({ 'a.md': 'a', 'folder/x.md': 'x', 'folder/y.md': 'y', 'other.md': 'o' })
    const session = await place.start()
    await session.move('a.md', 'b.md')
    await session.remove('folder')
    await session.write('folder', 'now a file')
    await session.write('new/deep/c.md', 'c')
    await session.write('other.md', 'stays')
    const moved = await session.preview({ files: ['b.md'] })
    expect(paths(moved.deleted)).toEqual(['a.md'])
    expect(moved.alsoTaken).toEqual(['a.md'])
    expect((await session.preview({ files: ['a.md'] })).alsoTaken).toEqual(['b.md'])
    const replaced = await session.preview({ files: ['folder'] })
    expect(replaced.alsoTaken.sort()).toEqual([])
    expect(paths(replaced.deleted)).toEqual(['folder/x.md', 'folder/y.md'])
    expect((await session.preview({ files: ['folder/x.md'] })).alsoTaken).toEqual(
      expect.arrayContaining(['folder', 'folder/y.md']),
    )
    expect((await session.preview({ files: ['c.md'] })).alsoTaken).toEqual(['new', 'new/deep'])
    await session.commit({ files: ['folder/x.md', 'c.md', 'a.md'] })
    expect(place.read('folder')).toBe('now a file')
    expect(place.read('new/deep/c.md')).toBe('c')
    expect(place.read('b.md')).toBe('a')
    expect(place.has('a.md')).toBe(false)
    expect(place.read('other.md')).toBe('o')
    expect(await codeOf(session.commit({ files: ['unchanged.md'] }))).toBe('NOT_FOUND')
  })

  it('T8: every deletion, conflict and sensitive path is shown, however many additions there are', async () => {
    const many: Record<string, string> = {}
    for (let at = 0; at < 120; at++) many[`old/f${at}.md`] = `${at}`
    const place = make(many)
    const session = await place.start()
    for (let at = 0; at < 250; at++) await session.write(`new/f${at}.md`, 'x')
    for (let at = 0; at < 60; at++) await session.remove(`old/f${at}.md`)
    for (let at = 60; at < 120; at++) {
      await session.write(`old/f${at}.md`, 'mine')
      place.put(`old/f${at}.md`, 'theirs')
    }
    for (let at = 0; at < 30; at++) await session.write(`pack-${at}/package.json`, '{}')
    const preview = await session.preview()
    expect(preview.deleted).toHaveLength(60)
    expect(preview.conflicts).toHaveLength(60)
    expect(preview.sensitive).toHaveLength(30)
    expect(preview.created).toHaveLength(280)
  })

  it('T8: what runs code or steers an agent is pointed out, at any depth, ignoring case, on resolved paths', async () => {
    const sensitive = [
      '.mcp.json',
      'deep/er/.mcp.json',
      '.claude/settings.json',
      'x/.CLAUDE/commands/a.md',
      'CLAUDE.md',
      'x/claude.md',
      'AGENTS.md',
      'x/agents.MD',
      'skill/SKILL.md',
      '.vscode/tasks.json',
      'x/.github/workflows/ci.yml',
      '.husky/pre-commit',
      'hooks/pre-commit',
      '.envrc',
      'package.json',
      'packages/a/Package.JSON',
      'secret-plans/x.md',
    ]
    const place = await configured({ sensitive: ['secret-plans/**'] })
    place.fs.mkdirSync(`${place.root}/.cursor`)
    place.fs.symlinkSync('.cursor', `${place.root}/harmless`)
    for (const folder of ['agent', 'ci']) place.fs.mkdirSync(`${place.root}/${folder}`)
    place.fs.mkdirSync(`${place.root}/.github`)
    place.fs.symlinkSync('agent', `${place.root}/.claude-plugin`)
    place.fs.symlinkSync('../ci', `${place.root}/.github/workflows`)
    const session = await place.start()
    for (const path of sensitive) await session.write(path, 'x')
    await session.write('harmless/mcp.json', 'x')
    await session.write('acts/claudette.md', 'x')
    await session.write('.claude-plugin/settings.json', 'x')
    await session.write('ci/build.yml', 'x')
    await session.fs.mkdir('ed')
    await session.write('ed/tasks.json', 'x')
    await session.write('ed/readme.md', 'x')
    await session.fs.symlink('../ed', 'x/.vscode')
    const found = (await session.preview()).sensitive
    const behindLinks = [
      '.cursor/mcp.json',
      'agent/settings.json',
      'ci/build.yml',
      'ed/tasks.json',
      'x/.vscode',
    ]
    expect(found.map(({ path }) => path).sort()).toEqual([...sensitive, ...behindLinks].sort())
    expect(found.find(({ path }) => path === 'ci/build.yml')?.reason).toContain('.github/workflows/build.yml')
    for (const { reason } of found) expect(reason).not.toBe('')
  })

  it('T8: an added executable bit is pointed out', async () => {
    const place = make()
    const session = await place.start()
    const fs = session.fs as unknown as typeof import('node:fs/promises')
    await session.write('run.sh', '#!/bin/sh')
    await fs.chmod('run.sh', 0o755)
    await fs.chmod('notes.txt', 0o755)
    expect((await session.preview()).sensitive).toEqual([
      { path: 'notes.txt', reason: 'becomes executable' },
      { path: 'run.sh', reason: 'becomes executable' },
    ])
    await session.commit()
    expect(place.fs.statSync(`${place.root}/run.sh`).mode & 0o777).toBe(0o755)
  })

  it("T9: with the config's confirm: person, force alone does not do", async () => {
    const place = await configured({ confirm: 'person' })
    const session = await place.start()
    await session.write(plan, 'modified')
    const preview = await session.preview()
    expect(preview.needsPerson).toBe(true)
    const before = lowerOf(place)
    expect(await codeOf(session.commit())).toBe('CANCELLED')
    expect(await codeOf(session.commit({ expect: preview.digest }))).toBe('CANCELLED')
    expect(await codeOf(session.commit({ confirmedByPerson: false }))).toBe('CANCELLED')
    expect(lowerOf(place)).toEqual(before)
    expect((await session.read(plan)).content, 'the session goes on').toBe('modified')
    await session.write(scene, 'takes writes')
    await session.commit({ confirmedByPerson: true })
    expect(place.read(plan)).toBe('modified')
  })

  it('T9: by default force is enough', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'modified')
    expect((await session.preview()).needsPerson).toBe(false)
    expect(await session.commit()).toMatchObject({ committed: true })
  })
  it('P3: leaves alone what has been protected since', async () => {
    const place = make()
    const session = await place.start()
    await session.write('notes.txt', 'changed')
    await session.close()
    place.put('workspace/config.json', JSON.stringify({ cowrite: 1, read_only: ['notes.txt'] }))
    const again = await (await place.open()).session('first')
    expect(await codeOf(again.commit())).toBe('PATH_PROTECTED')
    expect(place.read('notes.txt')).toBe('remember the lamp\n')
  })
})
