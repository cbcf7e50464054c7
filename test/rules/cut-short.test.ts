import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { Workspace } from '../../lib/workspace.js'
import { reboot } from '../engine/book.js'
import { Crash, faultyPort } from '../support/faulty-port.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, type Place, paths, places, thrownBy } from './support/places.js'

const sessions = 'workspace/sessions'
const files = { 'd/x.md': 'x\n', 'd/y.md': 'y\n', 'real/r.md': 'r\n', 'o.md': 'o\n', 'p.md': 'p\n' }

/** Commits a part of the session `s`, and dies right before the session is told what of it was committed. */
async function commitAndDie(place: Place, parts: string[]): Promise<void> {
  const faulty = faultyPort(place.port, (step) => /^write .*record\.sealed$/.test(step), {
    how: 'crash before',
  })
  const session = (await new Workspace(faulty.port, {}).session('s')) as Session
  await expect(session.commit({ files: parts })).rejects.toThrow(Crash)
  reboot(place)
}

function flipNearEnd(place: Place, path: string): void {
  const bytes = Buffer.from(place.fs.readFileSync(`${place.root}/${path}`))
  const at = bytes.length - 20
  bytes[at] = (bytes[at] ?? 0) ^ 1
  place.put(path, bytes)
}

describe.each(fileSystems)('commits that were cut short, on %s', (_name, open) => {
  const make = places(open)

  it('T4, S3: a part that puts a link in the place of a folder leaves a session that goes on', async () => {
    const place = make(files)
    const workspace = await place.open()
    const session = (await workspace.start('s')) as Session
    await session.remove('d')
    await session.fs.symlink('real', 'd')
    await session.write('o.md', 'kept in the session\n')
    expect(await session.commit({ files: ['d'] })).toMatchObject({ pendingCleanup: false, closed: false })
    expect(place.fs.readlinkSync(`${place.root}/d`)).toBe('real')
    expect(place.names('workspace/journal').filter((name) => !name.endsWith('.withdrawn'))).toEqual([])
    expect(paths((await session.status()).changes.modified)).toEqual(['o.md'])
    expect((await session.commit()) as CommitResult).toMatchObject({ closed: true })
    expect(place.read('o.md')).toBe('kept in the session\n')
  })

  it('S3: a session whose record was damaged while its commit was in between is CRASHED, and never the others', async () => {
    const place = make(files)
    const session = await place.start('s')
    await session.write('o.md', 'one')
    await session.write('p.md', 'two')
    await session.close()
    await commitAndDie(place, ['o.md'])
    flipNearEnd(place, `${sessions}/s/.cowrite/record.sealed`)

    const workspace = await place.open()
    expect(place.read('o.md'), 'what was acknowledged is finished').toBe('one')
    expect((await workspace.list()).sessions).toMatchObject([{ name: 's', status: 'CRASHED' }])
    const other = await workspace.start('other')
    await other.write('d/x.md', 'of the other')
    expect(await other.commit()).toMatchObject({ committed: true })
    expect(await codeOf(workspace.session('s'))).toBe('SESSION_CRASHED')
    const { findings } = await workspace.recover('s')
    expect(findings.join()).toMatch(/damaged line/)
    const again = await workspace.session('s')
    const { changes } = await again.status()
    expect(paths(changes.modified), 'what was committed is no change any more').not.toContain('o.md')
    expect((await workspace.doctor({ fix: true })).sound).toBe(true)
    await workspace.cancel('s')
    expect((await workspace.list()).sessions).toEqual([])
  })

  it('S3: what keeps one transaction from its end is that session’s alone, and told; cancel gives a way on', async () => {
    const place = make(files)
    const session = await place.start('s')
    await session.write('o.md', 'one')
    await session.write('p.md', 'two')
    await session.close()
    await commitAndDie(place, ['o.md'])
    // The journal's own folder of what was staged, and what lies there, is no folder any more.
    const journal = `${place.root}/workspace/journal`
    const id = place.names('workspace/journal').find((name) => /^\d+$/.test(name)) as string
    place.fs.renameSync(`${journal}/${id}/old`, `${place.root}/old`)
    place.fs.symlinkSync(`${place.root}/old`, `${journal}/${id}/old`)

    const workspace = await place.open()
    const error = await thrownBy(workspace.session('s'))
    expect(error).toMatchObject({ code: 'SESSION_CRASHED' })
    expect(JSON.stringify(error.data)).toContain(id)
    const other = await workspace.start('other')
    await other.write('d/x.md', 'of the other')
    expect(await other.commit()).toMatchObject({ committed: true })
    expect((await workspace.undo((await workspace.commits())[0]?.commitId)).undone).toBe(true)
    expect(await codeOf(workspace.undo()), 'which commit is the newest cannot be told').toBe(
      'SESSION_CRASHED',
    )
    const report = await workspace.doctor({ fix: true })
    expect(report.sound).toBe(false)
    expect(report.findings.find(({ kind }) => kind === 'transaction_unfinished')).toMatchObject({
      fixed: false,
      failure: expect.stringContaining('old'),
    })
    expect((await workspace.recover('s')).findings.join()).toContain(id)
    expect(await workspace.cancel('s')).toMatchObject({ cancelled: true })
    expect(place.read('o.md')).toBe('one')
  })

  it('T2: what is in place is not done again where only the session’s side was left to do', async () => {
    const place = make(files)
    const first = await place.start('s')
    await first.remove('o.md')
    await first.write('p.md', 'two\n')
    await first.close()
    const faulty = faultyPort(place.port, (step) => /^(write|sync) .*record\.sealed$/.test(step), {
      how: 'error',
      errno: 'EIO',
      once: true,
    })
    const session = await new Workspace(faulty.port, {}).session('s')
    expect(await session.commit({ files: ['o.md'] })).toMatchObject({ pendingCleanup: true })
    expect(place.has('o.md')).toBe(false)
    place.put('o.md', 'o\n')
    const workspace = await place.open()
    expect(place.read('o.md'), 'put there by a person since').toBe('o\n')
    expect(paths((await (await workspace.session('s')).status()).changes.modified)).toEqual(['p.md'])
    expect((await workspace.doctor()).sound).toBe(true)
  })

  it('T2: a folder that cannot be written is found before anything is begun, and named', async () => {
    const place = make(files)
    await (await place.start('s')).write('d/x.md', 'one\n')
    const closed = {
      ...place.port,
      isWritable: (path: string) => path !== 'd' && place.port.isWritable(path),
    }
    const workspace = new Workspace(closed, {})
    const session = await workspace.session('s')
    await session.write('o.md', 'one\n')
    await session.write('d/new/n.md', 'new\n')
    expect(await thrownBy(session.commit())).toMatchObject({ code: 'CANNOT_WRITE', data: { path: 'd' } })
    expect([place.read('o.md'), place.read('d/x.md'), place.has('d/new')]).toEqual(['o\n', 'x\n', false])
    expect(paths((await session.status()).changes.modified)).toEqual(['d/x.md', 'o.md'])
    await session.commit({ files: ['o.md'] })
    expect(place.read('o.md')).toBe('one\n')

    const whole = await (await place.open()).session('s')
    await whole.commit()
    expect(await thrownBy(new Workspace(closed, {}).undo())).toMatchObject({
      code: 'CANNOT_WRITE',
    })
    expect(place.read('d/x.md')).toBe('one\n')
  })

  it('T2: what a failing disk keeps from its place is named as that, and told of when it has come there', async () => {
    const place = make(files)
    const first = await place.start('s')
    for (const path of ['o.md', 'p.md']) await first.write(path, 'one\n')
    await first.close()
    const faulty = faultyPort(place.port, (step) => /^rename .*p\.md$/.test(step), {
      how: 'error',
      errno: 'EIO',
      once: true,
    })
    const session = await new Workspace(faulty.port, {}).session('s')
    const result = (await session.commit()) as CommitResult
    expect(result).toMatchObject({ committed: true, pendingCleanup: true, waiting: { paths: ['p.md'] } })
    expect([place.read('o.md'), place.read('p.md')]).toEqual(['one\n', 'p\n'])
    place.put('p.md', 'by a person\n')
    const { finishedFirst } = await place.open()
    const savedTo = expect.stringMatching(/^workspace\/history\/.*\/new\/1$/)
    expect(finishedFirst).toEqual({ commits: [result.commitId], overtaken: [{ path: 'p.md', savedTo }] })
    expect(place.read(finishedFirst?.overtaken[0]?.savedTo ?? '')).toBe('one\n')
    expect(place.read('p.md')).toBe('by a person\n')
    expect((await place.open()).finishedFirst).toBe(null)
  })

  it('T5: what a hand saves into the session while all of it is committed keeps it open, for that alone', async () => {
    const place = make({ ...files, '.gitignore': '*.log\n', 'keep.log': 'old\n' })
    const workspace = await place.open()
    const session = await workspace.start('s')
    for (const path of ['o.md', 'p.md', 'keep.log']) await session.write(path, 'one\n')
    await session.retry('o.md', 'a reason')
    let saved = false
    const onProgress = (_done: number, _total: number, step: string): void => {
      if (saved || step !== 'applying') return
      saved = true
      place.put(`${sessions}/s/o.md`, 'saved by hand\n')
    }
    const result = await session.commit({ onProgress })
    expect(result).toMatchObject({ closed: false, remaining: ['o.md'], archive: null, pendingCleanup: false })
    expect([place.read('o.md'), place.read('p.md')]).toEqual(['one\n', 'one\n'])
    expect((await session.read('o.md')).content).toBe('saved by hand\n')
    expect(paths((await session.status()).changes.modified)).toEqual(['o.md'])
    expect((await workspace.doctor()).findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect(await session.commit()).toMatchObject({ closed: true, archive: 'workspace/retries-archive/s/' })
    expect(place.read('o.md')).toBe('saved by hand\n')
    expect((await workspace.retries()).map(({ reason }) => reason)).toEqual(['a reason'])
  })

  it('T5: what a hand saves into a session whose commit was cut short is there when it is finished', async () => {
    const place = make(files)
    const session = await place.start('s')
    await session.write('o.md', 'one\n')
    await session.close()
    const faulty = faultyPort(place.port, (step) => / -> workspace\/trash\/session-/.test(step), {
      how: 'crash before',
    })
    await expect((await new Workspace(faulty.port, {}).session('s')).commit()).rejects.toThrow(Crash)
    reboot(place)
    place.put(`${sessions}/s/o.md`, 'saved by hand\n')
    const again = await (await place.open()).session('s')
    expect(place.read('o.md')).toBe('one\n')
    expect((await again.read('o.md')).content).toBe('saved by hand\n')
    await again.commit()
    expect(place.read('o.md')).toBe('saved by hand\n')
  })

  it('T4: what a hand saves into the session while a part of it is committed is a change of its own', async () => {
    const place = make(files)
    const session = await place.start('s')
    await session.write('o.md', 'one\n')
    await session.write('p.md', 'two\n')
    let saved = false
    const onProgress = (_done: number, _total: number, step: string): void => {
      if (saved || step !== 'applying') return
      saved = true
      place.put(`${sessions}/s/o.md`, 'one\nand saved by hand\n')
    }
    await session.commit({ files: ['o.md'], onProgress })
    expect(saved).toBe(true)
    expect(place.read('o.md')).toBe('one\n')
    expect((await session.read('o.md')).content).toBe('one\nand saved by hand\n')
    expect(paths((await session.status()).changes.modified)).toEqual(['o.md', 'p.md'])
    place.put('o.md', 'by a person\none\n')
    const preview = await session.preview()
    expect(preview, 'with what was committed as its base').toMatchObject({ merged: ['o.md'], conflicts: [] })
    await session.commit()
    expect(place.read('o.md')).toBe('by a person\none\nand saved by hand\n')
  })
})
