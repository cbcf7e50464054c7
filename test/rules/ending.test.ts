import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { Workspace } from '../../lib/workspace.js'
import { reboot } from '../engine/book.js'
import { Crash, faultyPort, interceptedPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene, thrownBy } from './support/places.js'

const withoutTimes = (place: Place) =>
  Object.fromEntries(Object.entries(lowerOf(place)).map(([path, what]) => [path, what.replace(/ \d+ /, ' ')]))

describe.each(fileSystems)('the end of a session, on %s', (_name, open) => {
  const make = places(open)

  it('T5: after a full commit retries are archived, the folder is gone, and nothing names the session', async () => {
    const place = make()
    const workspace = await place.open({ chat: 'a chat' })
    const session = await workspace.start('first')
    await session.write(plan, 'modified')
    await session.retry(scene, 'too dark')
    const result = (await session.commit()) as CommitResult
    expect(result).toMatchObject({
      session: 'first',
      committed: true,
      commitId: '0001',
      archive: 'workspace/retries-archive/first/',
      remaining: [],
      closed: true,
      pendingCleanup: false,
      overtaken: [],
    })
    expect(paths(result.files)).toEqual([plan])
    expect(place.names('workspace/sessions')).toEqual([])
    expect(place.names('workspace/journal')).toEqual([])
    await place.open()
    expect(place.names('workspace/trash'), 'swept by whoever opens next').toEqual([])
    expect(place.read('workspace/session.lock')).not.toContain('first')
    expect(place.names('workspace/retries-archive/first')).toEqual([
      'retries.json',
      'scene-0101.md-retry-1.md',
      'scene-0101.md-retry-1.md.reason.txt',
    ])
    expect(await codeOf(session.read(plan))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(session.write(plan, 'x'))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(session.commit())).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(workspace.session())).toBe('NO_ACTIVE_SESSION')
    expect((await workspace.start('first')).opening.resumed).toBe(false)
  })

  it('T5: undo puts back what a commit replaced, and can itself be undone', async () => {
    const place = make()
    place.fs.chmodSync(`${place.root}/notes.txt`, 0o755)
    const before = withoutTimes(place)
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write(plan, 'modified')
    await session.write('new/folder/file.md', 'created')
    await session.remove('notes.txt')
    await session.remove('context')
    await session.move(scene, 'moved.md')
    await session.commit()
    const after = withoutTimes(place)
    const undone = await workspace.undo()
    expect(undone).toMatchObject({ undone: true, commitId: '0001', undoId: '0002', overtaken: [] })
    expect(undone.restored.sort()).toEqual([scene, plan, 'context/characters/alexa.json', 'notes.txt'].sort())
    expect(undone.removed.sort()).toEqual(['moved.md', 'new/folder/file.md'])
    expect(withoutTimes(place)).toEqual(before)
    expect(await workspace.commits()).toMatchObject([
      { commitId: '0002', kind: 'undo', undoes: '0001', undone: false },
      { commitId: '0001', kind: 'commit', undone: true, session: 'first' },
    ])
    await workspace.undo('0002')
    expect(withoutTimes(place)).toEqual(after)
    expect((await workspace.commits()).map(({ undone: isUndone }) => isUndone)).toEqual([false, true, false])
  })

  it('T5: undo is refused with every path where lower is not what the commit left', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    for (const path of [plan, scene, 'created.md']) await session.write(path, 'committed')
    await session.remove('notes.txt')
    await session.commit()
    place.put(plan, 'edited since')
    place.fs.unlinkSync(`${place.root}/created.md`)
    place.put('notes.txt', 'made again')
    const before = lowerOf(place)
    const error = await thrownBy(workspace.undo())
    expect(error.code).toBe('CONFLICT')
    expect((error.data.conflicts as { path: string }[]).map(({ path }) => path).sort()).toEqual(
      [plan, 'created.md', 'notes.txt'].sort(),
    )
    expect(lowerOf(place)).toEqual(before)
    place.put(plan, 'committed')
    place.put('created.md', 'committed')
    place.fs.unlinkSync(`${place.root}/notes.txt`)
    await workspace.undo()
    expect(place.read('notes.txt')).toBe('remember the lamp\n')
  })

  it('T5: what changed since can be left alone, and the rest be undone; what is left, later', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    for (const path of [plan, 'new/one.md', 'new/two.md']) await session.write(path, 'committed')
    await session.remove('notes.txt')
    await session.commit()
    const committed = withoutTimes(place)
    place.put(plan, 'edited since')
    place.put('new/one.md', 'edited since')
    const refused = await thrownBy(workspace.undo())
    expect(refused.data).toMatchObject({ commit: '0001', ways: ['skip_changed'] })
    const part = await workspace.undo(undefined, { skipChanged: true })
    expect(part).toMatchObject({
      commitId: '0001',
      inPart: true,
      restored: ['notes.txt'],
      removed: ['new/two.md'],
    })
    expect(part.skipped).toEqual([
      { path: plan, reason: 'changed since the commit' },
      { path: 'new/one.md', reason: 'changed since the commit' },
    ])
    expect([place.read(plan), place.read('new/one.md')]).toEqual(['edited since', 'edited since'])
    expect(place.names('new')).toEqual(['one.md'])
    const [, first] = await workspace.commits()
    expect(first).toMatchObject({ commitId: '0001', undone: false, undoneInPart: true })
    expect((await thrownBy(workspace.undo('0001', { skipChanged: true }))).data.ways).toBeUndefined()

    for (const path of [plan, 'new/one.md']) place.put(path, 'committed')
    const rest = await workspace.undo('0001')
    expect(rest).toMatchObject({ inPart: false, restored: [plan], removed: ['new/one.md'], skipped: [] })
    expect(place.has('new')).toBe(false)
    expect((await workspace.commits()).at(-1)).toMatchObject({ commitId: '0001', undone: true })
    await workspace.undo(rest.undoId)
    expect((await workspace.commits()).at(-1)).toMatchObject({ undone: false, undoneInPart: true })
    await workspace.undo(part.undoId)
    expect(withoutTimes(place)).toEqual(committed)
    expect((await workspace.commits()).at(-1)).not.toHaveProperty('undoneInPart')
  })

  it('T5: some files of a commit can be undone by themselves, with the folder that was made for them', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    for (const path of [plan, scene, 'new/folder/one.md', 'new/two.md'])
      await session.write(path, 'committed')
    await session.commit()
    place.put(plan, 'edited since')
    expect(await workspace.undo(undefined, { files: ['scene-0101.md', 'new/folder/one.md'] })).toMatchObject({
      ...{ inPart: true, restored: [scene], removed: ['new/folder/one.md'], skipped: [] },
    })
    expect(place.names('new')).toEqual(['two.md'])
    expect(place.read(plan)).toBe('edited since')
    expect(await codeOf(workspace.undo('0001', { files: ['new/folder/one.md'] }))).toBe('NOT_FOUND')
    expect(await codeOf(workspace.undo('0001', { files: ['acts'] }))).toBe('CONFLICT')
    expect(await workspace.undo('0001', { files: ['new'] })).toMatchObject({ removed: ['new/two.md'] })
    expect(place.has('new')).toBe(false)
  })

  it('T5: what cannot come back because of something that is left alone stays away, and that is told', async () => {
    const place = make({ b: 'the old file\n', c: 'c\n' })
    const workspace = await place.open()
    const session = (await workspace.start('first')) as Session
    await session.remove('b')
    await session.fs.mkdir('b')
    await session.write('b/in.md', '1\n')
    await session.write('c', 'C\n')
    await session.commit()
    place.put('b/in.md', 'mine\n')
    const part = await workspace.undo('0001', { skipChanged: true })
    expect(part).toMatchObject({ inPart: true, restored: ['c'], removed: [] })
    expect(part.skipped).toEqual([
      { path: 'b/in.md', reason: 'changed since the commit' },
      { path: 'b', reason: 'b/in.md stands where it must come back' },
    ])
    expect(place.read('b/in.md')).toBe('mine\n')
    place.put('b/in.md', '1\n')
    await workspace.undo('0001')
    expect(place.read('b')).toBe('the old file\n')
  })

  it('T5: undo makes the folders again that what comes back needs, and that can be undone too', async () => {
    const place = make({ 'd/e/x.md': 'A\n', 'o.md': 'o\n' })
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.remove('d/e/x.md')
    await session.commit()
    place.fs.rmSync(`${place.root}/d`, { recursive: true })
    const undone = await workspace.undo()
    expect(undone).toMatchObject({ restored: ['d/e/x.md'], overtaken: [] })
    expect(place.read('d/e/x.md')).toBe('A\n')
    await workspace.undo(undone.undoId)
    expect(place.has('d')).toBe(false)
    expect(place.read('o.md')).toBe('o\n')
  })

  it('T5: undo is refused where a file must come back and a folder holds what others put there', async () => {
    const place = make({ b: 'the old file\n' })
    const workspace = await place.open()
    const session = (await workspace.start('first')) as Session
    await session.remove('b')
    await session.fs.mkdir('b')
    await session.write('b/in.md', '1\n')
    await session.commit()
    place.put('b/deep/person.md', 'mine\n')
    const error = await thrownBy(workspace.undo())
    expect(error).toMatchObject({ code: 'CONFLICT', data: { conflicts: [{ path: 'b/deep' }] } })
    expect(place.read('b/in.md')).toBe('1\n')
    expect(place.read('b/deep/person.md')).toBe('mine\n')
    place.fs.rmSync(`${place.root}/b/deep`, { recursive: true })
    await workspace.undo()
    expect(place.read('b')).toBe('the old file\n')
  })

  it('T5: undo puts a folder back where the commit left a link', async () => {
    const place = make({ 'd/x.md': 'x\n', 'd/y.md': 'y\n', 'real/r.md': 'r\n' })
    place.fs.symlinkSync('real', `${place.root}/ln`)
    const workspace = await place.open()
    const session = (await workspace.start('first')) as Session
    await session.remove('d')
    await session.move('ln', 'd')
    await session.commit()
    expect(place.fs.readlinkSync(`${place.root}/d`)).toBe('real')
    await workspace.undo()
    expect(place.read('d/y.md')).toBe('y\n')
    expect(place.fs.readlinkSync(`${place.root}/ln`)).toBe('real')
    expect(place.names('real')).toEqual(['r.md'])
  })

  it('T5, P2: undo is refused where a person made a link of the folder, and what it leads to keeps every byte', async () => {
    const place = make({ 'd/x.md': 'x\n', 'd/gone.md': 'gone\n', 'o.md': 'o\n' })
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write('d/x.md', 'new\n')
    await session.commit()
    const second = await workspace.start('second')
    await second.remove('d/gone.md')
    await second.commit()
    place.fs.renameSync(`${place.root}/d`, `${place.root}/d2`)
    place.fs.symlinkSync('d2', `${place.root}/d`)
    const before = lowerOf(place)
    for (const { commitId } of await workspace.commits()) {
      const error = await thrownBy(workspace.undo(commitId))
      expect(error.code).toBe('CONFLICT')
      expect(JSON.stringify(error.data.conflicts)).toMatch(/d is (a link|no folder)/)
    }
    expect(lowerOf(place)).toEqual(before)
  })

  it('T5: what a commit replaced stays what it was, though a second name of it is written to', async () => {
    const place = make({ 'a.md': 'the original\n', 'gone.md': 'deleted\n' })
    place.fs.mkdirSync(`${place.root}/keep`)
    for (const name of ['a.md', 'gone.md'])
      place.fs.linkSync(`${place.root}/${name}`, `${place.root}/keep/${name}`)
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write('a.md', 'committed\n')
    await session.remove('gone.md')
    expect(await session.commit()).toMatchObject({ overtaken: [] })
    for (const name of ['a.md', 'gone.md'])
      place.fs.writeFileSync(`${place.root}/keep/${name}`, 'written on, in place\n')
    expect((await workspace.doctor()).findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    await workspace.undo()
    expect(place.read('a.md')).toBe('the original\n')
    expect(place.read('gone.md')).toBe('deleted\n')
    expect(place.read('keep/a.md')).toBe('written on, in place\n')
  })

  it('T5: an older commit can be undone where nothing since touched its paths', async () => {
    const place = make()
    const workspace = await place.open()
    for (const [name, path] of [
      ['one', plan],
      ['two', 'notes.txt'],
      ['three', plan],
    ] as const) {
      const session = await workspace.start(name)
      await session.write(path, `of ${name}`)
      await session.commit()
    }
    expect(await codeOf(workspace.undo('0001'))).toBe('CONFLICT')
    await workspace.undo('0002')
    expect(place.read('notes.txt')).toBe('remember the lamp\n')
    expect(place.read(plan)).toBe('of three')
    await workspace.undo()
    expect(place.read(plan)).toBe('of one')
    expect(await codeOf(workspace.undo('0002')), 'twice').toBe('CONFLICT')
    expect(await codeOf(workspace.undo('9999'))).toBe('NOT_FOUND')
  })

  it('T5: a commit whose history is damaged is told from one that never was', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.write(plan, 'written')
    const { commitId } = (await session.commit()) as CommitResult
    place.put(`workspace/history/${commitId}/intent.json`, '{')
    expect(await codeOf(workspace.undo(commitId ?? ''))).toBe('CORRUPT')
    expect(await codeOf(workspace.undo('0099'))).toBe('NOT_FOUND')
    expect(place.read(plan)).toBe('written')
  })

  it('T5: where there is no commit there is nothing to undo', async () => {
    const workspace = await make().open()
    expect(await codeOf(workspace.undo())).toBe('NOT_FOUND')
    await workspace.initialize()
    expect(await codeOf(workspace.undo())).toBe('NOT_FOUND')
  })

  it('T6, R2: where a power cut empties the note of a cancelled session, its retries come to the same archive', async () => {
    const place = make()
    const session = await place.start('first')
    await session.retry(scene, 'too dark')
    await session.close()
    const faulty = faultyPort(place.port, (step) => / -> workspace\/trash\/session-/.test(step), {
      how: 'crash after',
    })
    await expect(new Workspace(faulty.port, {}).cancel('first')).rejects.toThrow(Crash)
    const [gone] = place.names('workspace/trash')
    place.put(`workspace/trash/${gone}/.cowrite/closing.json`, '')
    reboot(place)
    const [archive, ...others] = (await (await place.open()).retries()).map(({ archivedIn }) => archivedIn)
    expect(archive).toMatch(/^first-cancelled-\d{8}-\d{6}$/)
    expect(others).toEqual([])
  })

  it('T6: cancel keeps lower and the retries, tells what it threw away, and leaves no session', async () => {
    const place = make()
    const workspace = await place.open({ chat: 'a chat' })
    const session = await workspace.start('first')
    await session.write(plan, 'modified')
    await session.write('created.md', 'created')
    await session.remove('notes.txt')
    await session.retry(scene, 'too dark')
    const before = lowerOf(place)
    const result = await session.cancel()
    expect(result).toMatchObject({
      session: 'first',
      cancelled: true,
      discarded: { modified: 1, created: 1, deleted: 1, humanRetries: 1 },
      archive: expect.stringMatching(/^workspace\/retries-archive\/first-cancelled-\d{8}-\d{6}\/$/),
    })
    expect(lowerOf(place)).toEqual(before)
    expect(place.names(result.archive as string)).toContain('scene-0101.md-retry-1.md')
    expect(place.names('workspace/sessions')).toEqual([])
    expect(place.read('workspace/session.lock')).not.toContain('first')
    expect(await codeOf(session.write(plan, 'x'))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(workspace.cancel('first'))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(workspace.cancel())).toBe('NO_ACTIVE_SESSION')
  })

  it('T6: a session that could not be renamed away is as it was, with no note that it is about to go', async () => {
    const place = make()
    const refuse = { once: true }
    const port = interceptedPort(place.port, {
      before({ name, paths: [from] }) {
        if (name !== 'rename' || from !== 'workspace/sessions/first' || !refuse.once) return
        refuse.once = false
        throw Object.assign(new Error('EXDEV: cross-device link not permitted'), { code: 'EXDEV' })
      },
    })
    const workspace = new Workspace(port, {})
    const session = await workspace.start('first')
    await session.write(plan, 'modified')
    expect(await codeOf(session.cancel())).toBe('IO')
    expect(place.names('workspace/sessions/first/.cowrite')).not.toContain('closing.json')
    await session.write(scene, 'goes on')
    expect(await session.cancel()).toMatchObject({ discarded: { modified: 2 } })
    await workspace.close()
  })

  it('T6: retries are not backed up where that is not wanted, or there are none', async () => {
    const place = make()
    const workspace = await place.open()
    const session = await workspace.start('first')
    await session.retry(scene, 'too dark')
    expect(await session.cancel({ backupRetries: false })).toMatchObject({
      archive: null,
      discarded: { humanRetries: 1 },
    })
    expect(await (await workspace.start('second')).cancel()).toMatchObject({
      archive: null,
      discarded: { humanRetries: 0 },
    })
    expect(place.names('workspace/retries-archive')).toEqual([])
  })

  it('T6: cancel seals: a write that it does not see is refused', async () => {
    const place = make()
    const [one, two] = [await place.open(), await place.open()]
    await one.start('first')
    const writer = await two.session('first')
    await writer.write(plan, 'x')
    await one.cancel('first')
    expect(await codeOf(writer.write(plan, 'late'))).toMatch(/LOCKED|SESSION_NOT_FOUND/)
    expect(place.names('workspace/sessions')).toEqual([])
    expect(place.read(plan)).toContain('The plan.')
  })

  it.each([
    ['count', { max_commits: 2 }, ['0003', '0004']],
    ['bytes', { max_bytes: 0 }, ['0004']],
  ])(
    'T7: history is bounded by %s, and the newest entry is never dropped unasked',
    async (_what, history, kept) => {
      const place = make()
      const workspace = await place.open()
      await workspace.initialize()
      place.put('workspace/config.json', JSON.stringify({ cowrite: 1, history }))
      const bounded = await place.open()
      for (let at = 1; at <= 4; at++) {
        const session = await bounded.start('again')
        await session.write(plan, `version ${at}`)
        await session.commit()
      }
      expect(place.names('workspace/history')).toEqual(kept)
      expect((await bounded.commits()).map(({ commitId }) => commitId)).toEqual([...kept].reverse())
      await bounded.undo()
      expect(place.read(plan)).toBe('version 3')
      const next = await bounded.start('next')
      await next.write('notes.txt', 'numbers go on')
      expect(await next.commit()).toMatchObject({ commitId: '0006' })
    },
  )
})
