import { describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { changeMode } from '../../lib/store/making.js'
import { storeOf } from '../engine/book.js'
import { fileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene } from './support/places.js'

const text = async (session: Session, path: string) => (await session.read(path)).content
const changesOf = async (session: Session) => {
  const { modified, created, deleted } = (await session.status()).changes
  return { modified: paths(modified), created: paths(created), deleted: paths(deleted) }
}

/** All that the session shows: contents, modes and where links point. */
async function shown(session: Session): Promise<Record<string, string>> {
  const fs = session.fs as unknown as {
    readFile(path: string, encoding: string): Promise<string>
    stat(path: string): Promise<{ mode: number }>
  }
  const { entries } = await session.files({ recursive: true, limit: 1_000 })
  const all = entries.map(async ({ filePath, kind }) => {
    const { mode } = await fs.stat(filePath)
    return [filePath, `${mode.toString(8)} ${kind === 'folder' ? '' : await fs.readFile(filePath, 'utf8')}`]
  })
  return Object.fromEntries(await Promise.all(all))
}

async function work(place: Place, session: Session): Promise<void> {
  await session.write(plan, 'A first plan.\n')
  await session.write('made/one.md', 'one\n')
  await session.write('made/two.md', 'two\n')
  await session.remove('notes.txt')
  await session.move('context/characters', 'context/people')
  const store = storeOf(place.port, session.name)
  await changeMode(store, 'made/one.md', 0o755)
  store.record.close()
}

/** Everything else: files where folders were, folders where files were, what was deleted made again. */
async function workOn(session: Session): Promise<void> {
  await session.write(plan, 'A second plan.\n')
  await session.remove('made')
  await session.write('made', 'a file where a folder was\n')
  await session.write('notes.txt/deep.md', 'a folder where a file was\n')
  await session.remove('context')
  await session.write(scene, 'later\n')
}

describe.each(fileSystems)('a checkpoint, on %s', (_name, open) => {
  const make = places(open)

  it('S7: brings the session back to what it held, and what it replaced can be brought back as well', async () => {
    const place = make()
    const before = lowerOf(place)
    const session = await place.start()
    await work(place, session)
    const then = { shown: await shown(session), changes: await changesOf(session) }
    expect(await session.checkpoints.create('good')).toMatchObject({ label: 'good' })
    await workOn(session)
    const later = { shown: await shown(session), changes: await changesOf(session) }
    const { keptAs } = await session.checkpoints.restore('good')
    expect({ shown: await shown(session), changes: await changesOf(session) }).toEqual(then)
    await session.checkpoints.restore(keptAs)
    expect({ shown: await shown(session), changes: await changesOf(session) }).toEqual(later)
    await session.checkpoints.restore('good')
    expect(await shown(session)).toEqual(then.shown)
    expect((await session.checkpoints.list()).map(({ label }) => label)).toEqual(
      expect.arrayContaining([
        'good',
        'before-restoring-good',
        'before-restoring-before-restoring-good',
        'before-restoring-good-2',
      ]),
    )
    expect(lowerOf(place)).toEqual(before)
    await session.commit()
    const folder = place.names('.').filter((name) => name !== 'workspace')
    expect(folder).toEqual(['acts', 'context', 'made'])
    expect(place.names('context')).toEqual(['people'])
    expect(place.read(plan)).toBe('A first plan.\n')
  })

  it('S7: what is written into a copy afterwards, by a call or by a hand, does not reach it', async () => {
    const place = make()
    const session = await place.start()
    const large = 'x'.repeat(1024 * 1024 + 1)
    await session.write('large.txt', large)
    await session.write('small.txt', 'small\n')
    await session.checkpoints.create('good')
    const fs = session.fs as unknown as { appendFile(path: string, text: string): Promise<void> }
    await fs.appendFile('large.txt', 'appended')
    place.fs.appendFileSync(`${place.root}/workspace/sessions/first/small.txt`, 'by hand\n')
    expect(await text(session, 'small.txt')).toBe('small\nby hand\n')
    await session.checkpoints.restore('good')
    expect(await text(session, 'small.txt')).toBe('small\n')
    expect(await text(session, 'large.txt')).toBe(large)
    await fs.appendFile('large.txt', 'appended again')
    await session.checkpoints.restore('good')
    expect(await text(session, 'large.txt')).toBe(large)
  })

  it('S7, R2: no retry is lost by it', async () => {
    const place = make()
    const session = await place.start()
    await session.write(scene, 'A draft.\n')
    await session.checkpoints.create('good')
    await session.retry(scene, 'Too short')
    await session.checkpoints.restore('good')
    expect(await session.retries()).toMatchObject([{ reason: 'Too short', retry: 1 }])
    expect((await session.readRetry(scene, 1)).toString()).toBe('A draft.\n')
  })

  it('S7: after a part was committed it brings back what was there, against lower as it is now', async () => {
    const place = make()
    const session = await place.start()
    await session.write(plan, 'A first plan.\n')
    await session.write('made.md', 'made\n')
    await session.checkpoints.create('good')
    await session.commit({ files: [plan] })
    await session.write('made.md', 'made otherwise\n')
    await session.checkpoints.restore('good')
    expect(await changesOf(session)).toEqual({ modified: [], created: ['made.md'], deleted: [] })
    await session.write(plan, 'A second plan.\n')
    await session.commit()
    expect(place.read(plan)).toBe('A second plan.\n')
    expect(place.read('made.md')).toBe('made\n')
  })

  it('S6, S7: in a fork it brings back what lay in its layers, too', async () => {
    const place = make()
    const workspace = await place.open()
    const parent = (await workspace.start('parent')) as Session
    await parent.write('one.md', 'one\n')
    await parent.write('two.md', 'two\n')
    const fork = (await workspace.start('fork', { from: 'parent' })) as Session
    await fork.checkpoints.create('good')
    await fork.write('one.md', 'another\n')
    await fork.remove('two.md')
    await fork.write('three.md', 'three\n')
    await fork.commit({ files: ['one.md'] })
    await fork.checkpoints.restore('good')
    expect(await text(fork, 'one.md')).toBe('one\n')
    expect(await text(fork, 'two.md')).toBe('two\n')
    const again = (await (await place.open()).session('fork')) as Session
    expect(await text(again, 'two.md')).toBe('two\n')
  })

  it('S7: labels are refused that are taken, unknown or no names', async () => {
    const session = await make().start()
    await session.checkpoints.create('good')
    expect(await codeOf(session.checkpoints.create('good'))).toBe('ALREADY_EXISTS')
    expect(await codeOf(session.checkpoints.create('../out'))).toBe('INVALID_INPUT')
    expect(await codeOf(session.checkpoints.restore('bad'))).toBe('NOT_FOUND')
    expect(await codeOf(session.checkpoints.restore('..'))).toBe('INVALID_INPUT')
    expect((await session.checkpoints.create()).label).toBe('checkpoint-1')
    expect((await session.checkpoints.create()).label).toBe('checkpoint-2')
  })

  it('S7, D3: the doctor finds a session with checkpoints sound', async () => {
    const place = make()
    const session = await place.start()
    await work(place, session)
    await session.checkpoints.create('good')
    await workOn(session)
    await session.checkpoints.restore('good')
    await session.close()
    const { sound, findings } = await (await place.open({ recover: false })).doctor()
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect(sound).toBe(true)
  })
})
