import { describe, expect, it } from 'vitest'
import type { CommitResult } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { fileSystems } from '../support/file-systems.js'
import { readTree } from '../support/trees.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene } from './support/places.js'

const text = async (session: Session, path: string) => (await session.read(path)).content
const changesOf = async (session: Session) => {
  const { modified, created, deleted } = (await session.status()).changes
  return { modified: paths(modified), created: paths(created), deleted: paths(deleted) }
}
const nothing = { modified: [], created: [], deleted: [] }
const commit = async (session: Session) => (await session.commit()) as CommitResult

/** A session with a change of each kind, and a fork of it. */
async function forked(place: Place): Promise<{ parent: Session; fork: Session }> {
  const workspace = await place.open()
  const parent = (await workspace.start('parent')) as Session
  await parent.write(plan, 'The plan, by the parent.\n\nThey meet.\n')
  await parent.write('made.md', 'made by the parent\n')
  await parent.remove('notes.txt')
  const fork = (await workspace.start('fork', { from: 'parent' })) as Session
  return { parent, fork }
}

describe.each(fileSystems)('a fork, on %s', (_name, open) => {
  const make = places(open)

  it('S6: shows all that its parent shows, and says whose fork it is', async () => {
    const place = make()
    const before = lowerOf(place)
    const { fork } = await forked(place)
    expect(await text(fork, plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
    expect(await text(fork, 'made.md')).toBe('made by the parent\n')
    expect(await codeOf(fork.read('notes.txt'))).toBe('NOT_FOUND')
    expect(await changesOf(fork)).toEqual({ modified: [plan], created: ['made.md'], deleted: ['notes.txt'] })
    expect(place.json('workspace/sessions/fork/session.json')).toMatchObject({
      parent: 'parent',
      cow_files: expect.arrayContaining([
        expect.objectContaining({ path: 'made.md', change: 'created', inherited: true }),
      ]),
    })
    expect((await (await place.open()).list()).sessions).toMatchObject([
      { name: 'fork', changes: 3 },
      { name: 'parent', changes: 3 },
    ])
    expect(lowerOf(place)).toEqual(before)
  })

  it('S6: what the parent writes, deletes, moves, or has a hand write into its files never reaches the fork', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await parent.write(plan, 'another\n')
    await parent.remove('made.md')
    await parent.write('notes.txt', 'again\n')
    await parent.move('acts', 'scenes')
    place.fs.appendFileSync(`${place.root}/workspace/sessions/parent/scenes/act-1/plan.md`, 'by hand\n')
    expect(await text(fork, plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
    expect(await text(fork, 'made.md')).toBe('made by the parent\n')
    expect(await codeOf(fork.read('notes.txt'))).toBe('NOT_FOUND')
    await fork.write('made.md', 'by the fork\n')
    expect(await codeOf(parent.read('made.md'))).toBe('NOT_FOUND')
  })

  it('S6: a hand that writes in place into the parent’s own copy does not write into the fork', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    place.fs.appendFileSync(`${place.root}/workspace/sessions/parent/made.md`, 'by hand\n')
    expect(await text(parent, 'made.md')).toBe('made by the parent\nby hand\n')
    expect(await text(fork, 'made.md')).toBe('made by the parent\n')
  })

  it('S6: brings files of every size and mode, links and empty folders, a great many at once', async () => {
    const place = make()
    const parent = (await (await place.open()).start('parent')) as Session
    await parent.fs.mkdir('made/empty', { recursive: true })
    await parent.fs.symlink('0.md', 'made/link.md')
    const sizes = [0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 1024 * 1024 + 1]
    for (const [at, size] of sizes.entries()) {
      await parent.write(`made/${at}.md`, 'x'.repeat(size))
      await parent.fs.chmod(`made/${at}.md`, [0o644, 0o755, 0o600, 0o666, 0o664, 0o640][at] as number)
    }
    for (let at = 0; at < 70; at++) await parent.write(`many/${at}.md`, `file ${at}\n`)
    const fork = (await (await place.open()).start('fork', { from: 'parent' })) as Session
    const seen = (session: Session) =>
      Promise.all(
        [...sizes.keys()].map(async (at) => {
          const { mode, size } = await session.fs.stat(`made/${at}.md`)
          return [mode & 0o777, size]
        }),
      )
    expect(await seen(fork)).toEqual(await seen(parent))
    expect((await seen(fork)).map(([mode]) => mode)).toEqual([0o644, 0o755, 0o600, 0o666, 0o664, 0o640])
    expect(await fork.fs.readlink('made/link.md')).toBe('0.md')
    expect(await fork.fs.readdir('made/empty')).toEqual([])
    for (let at = 0; at < 70; at++) expect(await text(fork, `many/${at}.md`)).toBe(`file ${at}\n`)
    expect(await fork.fs.readFile('made/3.md', 'utf8')).toBe('x'.repeat(64 * 1024))
  })

  it('S6: large files are shared, and neither an open handle nor an append of the parent reaches the fork', async () => {
    const place = make()
    const parent = await place.start('parent')
    const large = Buffer.alloc(1024 * 1024 + 1, 'a')
    for (const name of ['shared.bin', 'appended.bin', 'open.bin']) await parent.write(name, large)
    const fs = parent.fs as unknown as {
      open(
        path: string,
        flags: string,
      ): Promise<{ write(text: string): Promise<unknown>; close(): Promise<void> }>
      appendFile(path: string, text: string): Promise<void>
      chmod(path: string, mode: number): Promise<void>
    }
    const handle = await fs.open('open.bin', 'r+')
    const fork = (await (await place.open()).start('fork', { from: 'parent' })) as Session
    await (await place.open()).start('another', { from: 'parent' })
    const links = (name: string) => place.fs.statSync(`${place.root}/workspace/sessions/parent/${name}`).nlink
    expect([links('shared.bin'), links('open.bin')]).toEqual([3, 1])
    await handle.write('written through the handle')
    await handle.close()
    await fs.appendFile('appended.bin', 'appended')
    await fs.chmod('shared.bin', 0o755)
    for (const name of ['shared.bin', 'appended.bin', 'open.bin']) {
      const at = `${place.root}/${(await fork.place(name, 'read')).at?.slice(place.root.length + 1)}`
      expect(place.fs.readFileSync(at).equals(large), name).toBe(true)
      expect(place.fs.statSync(at).mode & 0o777, name).toBe(0o644)
    }
    expect(place.fs.readdirSync(`${place.root}/workspace/sessions/parent/.cowrite/writing`)).toEqual([])
  })

  it('S6: ending the parent leaves the fork whole', async () => {
    for (const end of ['commit', 'cancel'] as const) {
      const place = make()
      const { parent, fork } = await forked(place)
      await parent[end]()
      expect(await text(fork, 'made.md')).toBe('made by the parent\n')
      expect(await text(fork, plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
      const report = await (await place.open({ recover: false })).doctor()
      expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    }
  })

  it('S6: commits all that it shows, and the parent keeps what it had', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await fork.write('fork.md', 'by the fork\n')
    expect(paths((await commit(fork)).files).sort()).toEqual([plan, 'fork.md', 'made.md', 'notes.txt'].sort())
    expect(place.read(plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
    expect(place.read('made.md')).toBe('made by the parent\n')
    expect(place.has('notes.txt')).toBe(false)
    expect(await text(parent, 'made.md')).toBe('made by the parent\n')
    expect(await changesOf(parent)).toEqual(nothing)
  })

  it('S6, T3: what the parent committed is no change of the fork any more, and comes back when that is undone', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await parent.commit()
    expect(await changesOf(fork)).toEqual(nothing)
    await (await place.open()).undo()
    expect(await changesOf(fork)).toEqual({ modified: [plan], created: ['made.md'], deleted: ['notes.txt'] })
  })

  it('S6, T3: changes that a fork made to what its parent committed go on from there', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await fork.write(plan, 'The plan, by the fork.\n\nThey meet.\n')
    await fork.write('notes.txt', 'made again by the fork\n')
    await fork.remove('made.md')
    expect(await changesOf(fork)).toEqual({ modified: [plan, 'notes.txt'], created: [], deleted: [] })
    await parent.commit()
    expect(await changesOf(fork)).toEqual({ modified: [plan], created: ['notes.txt'], deleted: ['made.md'] })
    const [diff] = await fork.diff({ files: [plan], words: false })
    expect(diff?.patch).toContain('-The plan, by the parent.')
    expect((await fork.status()).conflicts).toEqual([])
    await commit(fork)
    expect(place.read(plan)).toBe('The plan, by the fork.\n\nThey meet.\n')
    expect(place.read('notes.txt')).toBe('made again by the fork\n')
    expect(place.has('made.md')).toBe(false)
  })

  it('S6, C8: folders that a fork deleted or made anew over its parent’s are so after the parent’s commit', async () => {
    const place = make()
    const workspace = await place.open()
    const parent = (await workspace.start('parent')) as Session
    await parent.write('new/one.md', 'one\n')
    await parent.write('new/deep/two.md', 'two\n')
    await parent.write('other/one.md', 'one\n')
    const fork = (await workspace.start('fork', { from: 'parent' })) as Session
    await fork.remove('new')
    await fork.remove('other')
    await fork.write('other/fresh.md', 'fresh\n')
    await parent.commit()
    expect((await fork.status()).conflicts).toEqual([])
    await commit(fork)
    expect(place.has('new')).toBe(false)
    expect(place.names('other')).toEqual(['fresh.md'])
  })

  it('S6, T4: a part of a fork is committed after its parent was, and the rest stays what it is', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await fork.remove('made.md')
    await fork.write(plan, 'The plan, by the fork.\n\nThey meet.\n')
    await parent.commit()
    await fork.commit({ files: [plan] })
    expect(place.read(plan)).toBe('The plan, by the fork.\n\nThey meet.\n')
    expect(await changesOf(fork)).toEqual({ modified: [], created: [], deleted: ['made.md'] })
    await commit(fork)
    expect(place.has('made.md')).toBe(false)
  })

  it('S6: a layer goes once neither the fork nor a checkpoint of it reads through it', async () => {
    const layersOf = (place: Place, name: string) => place.names(`workspace/sessions/${name}/.cowrite/layers`)
    for (const isKept of [false, true]) {
      const place = make()
      const { fork } = await forked(place)
      if (isKept) await fork.checkpoints.create('good')
      expect(layersOf(place, 'fork')).toHaveLength(1)
      await fork.commit({ files: ['made.md'] })
      expect(layersOf(place, 'fork')).toHaveLength(isKept ? 1 : 0)
      expect(await text(fork, plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
      if (isKept) await fork.checkpoints.restore('good')
      await commit(fork)
      expect(place.has('notes.txt')).toBe(false)
    }
  })

  it('S6: a fork of a fork outlives both, and retries stay where they were recorded', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    await parent.retry(plan, 'Too long')
    await fork.write(scene, 'scene of the fork\n')
    const workspace = await place.open()
    const third = (await workspace.start('third', { from: 'fork' })) as Session
    await third.write('third.md', 'third\n')
    const before = readTree(place.fs, place.root)
    await parent.cancel()
    await fork.cancel()
    expect(readTree(place.fs, place.root)).toEqual(before)
    expect(await third.retries()).toEqual([])
    expect(await text(third, plan)).toBe('The plan, by the parent.\n\nThey meet.\n')
    await commit(third)
    expect(place.read(scene)).toBe('scene of the fork\n')
    expect(place.read('third.md')).toBe('third\n')
    expect(place.has('notes.txt')).toBe(false)
  })

  it('S6: a fork that cannot be made leaves neither a session nor a trace in its parent', async () => {
    const place = make()
    const { parent, fork } = await forked(place)
    const workspace = await place.open()
    expect(await codeOf(workspace.start('fork', { from: 'parent' }))).toBe('ALREADY_EXISTS')
    expect(await codeOf(workspace.start('another', { from: 'nobody' }))).toBe('SESSION_NOT_FOUND')
    expect(await codeOf(workspace.start('no name', { from: 'parent' }))).toBe('INVALID_INPUT')
    expect(place.names('workspace/sessions')).toEqual(['fork', 'parent'])
    expect(await changesOf(parent)).toEqual(await changesOf(fork))
  })
})
