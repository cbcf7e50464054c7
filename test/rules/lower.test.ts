import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { openWorkspace, Workspace } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { fileSystems, quickFileSystems } from '../support/file-systems.js'
import { codeOf, lowerOf, type Place, paths, places, plan, scene } from './support/places.js'
import { readOnlyPort } from './support/ports.js'

type Step = (session: Session, workspace: Workspace, place: Place) => Promise<unknown>

/** Everything that a handle can do but commit and undo; each runs on a session that has changes of every kind. */
const harmless: Record<string, Step> = {
  'session.status': (session) => session.status(),
  'session.diff': (session) => session.diff(),
  'session.preview': (session) => session.preview(),
  'session.preview of all': (session) =>
    session.preview({ includeIgnored: true, onConflict: 'keep_session' }),
  'session.cancel': (session) => session.cancel(),
  'session.cancel without retries': (session) => session.cancel({ backupRetries: false }),
  'session.retry': (session) => session.retry('notes.txt', 'a reason'),
  'session.retries': (session) => session.retries(),
  'session.readRetry': (session) => session.readRetry(plan, 1),
  'session.restoreRetry': (session) => session.restoreRetry(plan, 1),
  'session.read': (session) => session.read(scene),
  'session.write': (session) => session.write(scene, 'written'),
  'session.write of a new file': (session) => session.write('a/b/c/d.md', 'new'),
  'session.edit': (session) => session.edit(scene, 'It was', 'It is'),
  'session.remove': (session) => session.remove(scene),
  'session.remove of a folder': (session) => session.remove('acts'),
  'session.move': (session) => session.move('acts', 'parts'),
  'session.files': (session) => session.files({ recursive: true }),
  'session.search': (session) => session.search('the'),
  'session.close': (session) => session.close(),
  'workspace.initialize': (_session, workspace) => workspace.initialize(),
  'workspace.start': (_session, workspace) => workspace.start('another'),
  'workspace.session': (_session, workspace) => workspace.session('first'),
  'workspace.active': (_session, workspace) => workspace.active(),
  'workspace.list': (_session, workspace) => workspace.list(),
  'workspace.switch': (_session, workspace) => workspace.switch('first'),
  'workspace.cancel': (_session, workspace) => workspace.cancel('first'),
  'workspace.beginChat': (_session, workspace) => workspace.beginChat({ inherits: true }),
  'workspace.runObstacles': (_session, workspace) => workspace.runObstacles(),
  'workspace.views': (_session, workspace) => workspace.views(),
  'workspace.view': (_session, workspace) => workspace.view('first'),
  'session.bypasses': (session) => session.bypasses.list(),
  'workspace.commits': (_session, workspace) => workspace.commits(),
  'workspace.recover': (_session, workspace) => workspace.recover('first'),
  'workspace.doctor': (_session, workspace) => workspace.doctor(),
  'workspace.doctor with fix': (_session, workspace) => workspace.doctor({ fix: true }),
  'workspace.retries': (_session, workspace) => workspace.retries(),
  'workspace.readArchivedRetry': (_session, workspace) => codeOf(workspace.readArchivedRetry('none', 'none')),
  'workspace.close': (_session, workspace) => workspace.close(),
  'opening again': (_session, _workspace, place) => place.open(),
}

/** What no entry above speaks of, and why. */
const elsewhere = [
  'session.commit',
  'workspace.undo',
  'workspace.watch',
  'workspace.recoverDead',
  'session.isUsable',
]

async function prepare(place: Place): Promise<{ session: Session; workspace: Workspace }> {
  const workspace = await place.open()
  const session = (await workspace.start('first')) as Session
  await session.write(plan, 'modified')
  await session.retry(plan, 'a reason')
  await session.write('created.md', 'created')
  await session.remove('context/characters/alexa.json')
  return { session, workspace }
}

describe.each(fileSystems)('lower, on %s', (_name, open) => {
  const make = places(open)

  it('C2: the table below speaks of every method there is', () => {
    const methodsOf = (name: string, prototype: object) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype))
        .filter(([method, { value }]) => typeof value === 'function' && method !== 'constructor')
        .map(([method]) => `${name}.${method}`)
    const all = [...methodsOf('workspace', Workspace.prototype)]
    const tested = Object.keys(harmless).map((step) => step.split(' ')[0])
    for (const method of all) expect([...tested, ...elsewhere]).toContain(method)
  })

  it.each(Object.entries(harmless))(
    'C2: is the same byte for byte, and in its times, after %s',
    async (_step, run) => {
      const place = make()
      const { session, workspace } = await prepare(place)
      const before = lowerOf(place)
      await run(session, workspace, place)
      expect(lowerOf(place)).toEqual(before)
    },
  )

  it('C2: is the same after a commit that was refused, and changed by one in the named paths alone', async () => {
    const place = make()
    const { session } = await prepare(place)
    place.put(plan, 'changed by hand\n')
    const before = lowerOf(place)
    expect(await codeOf(session.commit())).toBe('CONFLICT')
    expect(await session.commit({ onConflict: 'markers' })).toMatchObject({ committed: false })
    expect(lowerOf(place)).toEqual(before)
    await session.write(plan, 'decided')
    await session.commit()
    const after = lowerOf(place)
    const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (path) => before[path] !== after[path],
    )
    expect(differing.sort()).toEqual([
      'acts/act-1',
      plan,
      'context/characters',
      'context/characters/alexa.json',
      'created.md',
    ])
  })

  it('a workspace on a path with spaces and letters of other alphabets', async () => {
    const place = make({
      'глава 1/сцена №1 — ночь.md': 'темно\n',
      '第一章/場面.md': '夜\n',
      ['été/ça.md'.normalize('NFD')]: 'a',
    })
    expect(place.root).toContain('a book, été')
    const session = await place.start()
    await session.write('глава 1/сцена №1 — ночь.md', 'светло\n')
    await session.write('第一章/新しい.md', '朝\n')
    expect((await session.retry('сцена №1 — ночь.md', 'слишком темно')).savedTo).toContain(
      'сцена №1 — ночь.md-retry-1.md',
    )
    await session.commit()
    expect(place.read('глава 1/сцена №1 — ночь.md')).toBe('светло\n')
    expect(place.read('第一章/新しい.md')).toBe('朝\n')
    expect(place.read('été/ça.md'.normalize('NFD'))).toBe('a')
  })

  it('a workspace that can only be read: all reading goes on, all writing is refused with its code', async () => {
    const place = make()
    const { session: prepared, workspace: writable } = await prepare(place)
    await prepared.close()
    await writable.close()
    const before = lowerOf(place, 'nothing')
    await expectReadOnly(new Workspace(readOnlyPort(place.port), {}))
    await expectReadOnly(new Workspace(readOnlyPort(place.port), { chat: 'a chat' }))
    expect(lowerOf(place, 'nothing')).toEqual(before)
    const fresh = make()
    expect(await codeOf(new Workspace(readOnlyPort(fresh.port), {}).start('first'))).toBe('CANNOT_WRITE')
    expect(await new Workspace(readOnlyPort(fresh.port), {}).list()).toMatchObject({ count: 0 })
  })
})

async function expectReadOnly(workspace: Workspace): Promise<void> {
  expect((await workspace.list()).sessions).toMatchObject([{ name: 'first', status: 'ACTIVE', changes: 3 }])
  const session = await workspace.session()
  expect((await session.read(plan)).content).toBe('modified')
  expect((await session.status()).changes.modified).toHaveLength(1)
  expect(await session.diff()).toHaveLength(3)
  expect((await session.preview()).created).toHaveLength(1)
  expect(await session.retries()).toHaveLength(1)
  expect((await session.files({ recursive: true })).total).toBeGreaterThan(3)
  expect(await workspace.retries()).toHaveLength(1)
  expect(await workspace.commits()).toEqual([])
  for (const refused of [
    () => session.write(plan, 'x'),
    () => session.edit(scene, 'It was', 'x'),
    () => session.remove(scene),
    () => session.move(scene, 'elsewhere.md'),
    () => session.retry(plan, 'a reason'),
    () => session.commit(),
    () => session.cancel(),
    () => workspace.start('another'),
    () => workspace.switch('first'),
  ])
    expect(await codeOf(refused()), refused.toString()).toBe('CANNOT_WRITE')
  await workspace.close()
}

describe('a disk that is mounted read-only', () => {
  const make = places(fileSystems[0]?.[1] as never)

  function remountable(root: string): { readOnly(): void; unmount(): void } | null {
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', root], { stdio: 'pipe' })
    } catch {
      return null // Not ours to mount here; the same is tried with a port that answers so.
    }
    return {
      readOnly: () => execFileSync('mount', ['-o', 'remount,ro', root]),
      unmount: () => execFileSync('umount', ['-l', root]),
    }
  }

  it('a workspace on it is read, and every write refused, where this system lets us mount one', async ({
    skip,
  }) => {
    const place = make({})
    const disk = remountable(place.root)
    if (disk === null) return skip('no leave to mount')
    try {
      for (const [path, content] of [
        [plan, 'plan'],
        [scene, 'It was dark.\n'],
        ['context/characters/alexa.json', '{}'],
      ])
        place.put(path as string, content as string)
      const workspace = await openWorkspace(place.root)
      const { session } = await prepare({ ...place, open: async () => workspace })
      await session.close()
      await workspace.close()
      disk.readOnly()
      await expectReadOnly(await openWorkspace(place.root))
    } finally {
      disk.unmount()
    }
  })
})

// They are many to make, and which disk they lie on is nothing to the session.
describe.each(quickFileSystems)('a large lower, on %s', (_name, open) => {
  const make = places(open)

  it('a workspace of 10,000 files: a session does what a small one does', { timeout: 60_000 }, async () => {
    const place = make({ 'notes.txt': 'n' })
    for (let folder = 0; folder < 100; folder++) {
      place.fs.mkdirSync(`${place.root}/f${folder}`)
      for (let at = 0; at < 100; at++)
        place.fs.writeFileSync(`${place.root}/f${folder}/${at}.md`, `${folder} ${at}`)
    }
    const session = await place.start()
    await session.write('f7/7.md', 'changed')
    await session.remove('f8')
    await session.move('f9/9.md', 'f10/nine.md')
    const status = await session.status()
    expect(paths(status.changes.modified)).toEqual(['f7/7.md'])
    expect(status.changes.deleted).toHaveLength(101)
    expect((await session.files({ glob: 'nine.md' })).total).toBe(1)
    expect((await session.retry('nine.md', 'by its bare name')).filePath).toBe('f10/nine.md')
    await session.commit()
    expect(place.names('')).toHaveLength(101)
    await (await place.open()).undo()
    expect(place.names('f8')).toHaveLength(100)
  })
})
