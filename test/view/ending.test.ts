/** What becomes of an open view, and of what lies in it, when its session ends. */
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CowriteError, type WorkspaceOptions } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { standingProvider } from '../../lib/view/providers.js'
import { startChild } from '../rules/support/children.js'
import { type Place, paths, places, plan } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { canMount, here } from './support/mounts.js'
import { sh } from './support/shell.js'
import { keepViewsTogether, standingWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]
const outside = 'outside of what the session may write'
keepViewsTogether()
afterEach(() => void vi.restoreAllMocks())

/** A session that may write below `acts/` alone, opened by a handle of its own. */
async function limited({ open }: Place, options: WorkspaceOptions = {}): Promise<Session> {
  return (await (await open(options)).start('first', { allowedPaths: ['acts/**'] })) as Session
}

async function refusals({ open }: Place): Promise<string[][]> {
  const { history } = await (await open()).records.show('first', { withHistory: true })
  return (history ?? []).filter(({ outcome }) => outcome === 'PATH_PROTECTED').map((one) => one.paths)
}

describe.each(standingWays)('the end of a session with a view, by %s', (_name, { isHere, name }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const place = places(onDisk)
  const provider = name as 'copy'

  async function changedInView(session: Session): Promise<string> {
    const { folder } = await session.view({ provider })
    fs.appendFileSync(join(folder, plan), 'more\n')
    fs.writeFileSync(join(folder, 'acts', 'new.md'), 'x')
    return folder
  }

  it('V7, T6: cancel counts what lies in the view, throws that away with it, and no session comes of it', async () => {
    const where = place()
    const folder = await changedInView(await where.start())
    const workspace = await where.open()
    const result = await workspace.cancel('first')
    expect(result.discarded).toMatchObject({ modified: 1, created: 1, deleted: 0 })
    expect(result.view).toEqual({ folder, provider, leftOut: [], became: 'closed', processes: [] })
    expect(fs.existsSync(dirname(folder))).toBe(false)
    expect([await workspace.views(), (await workspace.list()).count]).toEqual([[], 0])
  })

  it('V7, T6: so does deleting a session, which tells beforehand what would go', async () => {
    const where = place()
    const folder = await changedInView(await where.start())
    const { records, views, list } = await where.open().then((workspace) => ({
      records: workspace.records,
      views: () => workspace.views(),
      list: () => workspace.list(),
    }))
    const view = { folder, provider, leftOut: [] }
    expect(await records.remove('first')).toMatchObject({ deleted: false, changes: 2, view })
    fs.writeFileSync(join(folder, 'late'), 'x')
    const gone = await records.remove('first', { force: true })
    expect(gone).toMatchObject({ deleted: true, changes: 3, view: { ...view, became: 'closed' } })
    expect(fs.existsSync(dirname(folder))).toBe(false)
    expect([await views(), (await list()).count]).toEqual([[], 0])
  })

  it('V7: a commit tells of the view, before and afterwards', async () => {
    const where = place()
    const session = await where.start()
    const folder = await changedInView(session)
    const seen = { folder, provider, leftOut: [] }
    expect([(await session.status()).view, (await session.preview()).view]).toEqual([seen, seen])
    const part = await session.commit({ files: ['acts/new.md'] })
    expect(part).toMatchObject({ closed: false, view: { ...seen, became: 'open' } })
    const whole = await session.commit()
    expect(whole).toMatchObject({ closed: true, view: { ...seen, became: 'closed', processes: [] } })
    expect(fs.existsSync(dirname(folder))).toBe(false)
  })

  it('V3, P3: what does not come in is told while the view is open, and kept and logged when it ends', async () => {
    const where = place()
    const session = await limited(where)
    const view = await session.view({ provider })
    fs.writeFileSync(join(view.folder, 'acts', 'new.md'), 'x')
    fs.appendFileSync(join(view.folder, 'notes.txt'), 'more\n')
    fs.mkdirSync(join(view.folder, 'deep'))
    fs.writeFileSync(join(view.folder, 'deep', 'file'), 'd')
    const told = ['deep', 'notes.txt'].map((path) => ({ path, reason: outside, code: 'PATH_PROTECTED' }))
    const byPath = (all: readonly { path: string }[] = []) =>
      [...all].sort((a, b) => (a.path < b.path ? -1 : 1))
    expect(byPath((await session.status()).view?.leftOut)).toEqual(told)
    expect(byPath((await view.sync()).leftOut)).toEqual(told)
    const { leftOut } = await view.close()
    const places = byPath(leftOut).map((one) => (one as (typeof leftOut)[0]).savedTo as string)
    expect(where.read(`${places[0]}/file`)).toBe('d')
    expect(where.read(places[1] as string)).toBe('remember the lamp\nmore\n')
    const status = await session.status()
    const folder = 'workspace/sessions/first/human-retries/left-out/'
    expect(status.leftOutKept).toEqual({ folder, files: 2 })
    expect([status.view, paths(status.changes.created)]).toEqual([undefined, ['acts/new.md']])

    const again = await session.view({ provider })
    fs.writeFileSync(join(again.folder, 'notes.txt'), 'twice\n')
    const result = await session.commit()
    const archive = 'workspace/retries-archive/first/left-out/'
    expect(result).toMatchObject({ archive: null, leftOutKept: { folder: archive, files: 3 } })
    expect(result).toMatchObject({ view: { leftOut: [{ path: 'notes.txt', reason: outside }] } })
    const kept = where.names(archive).filter((one) => !one.endsWith('.reasons.txt'))
    expect(kept.map((one) => where.read(`${archive}${one}/notes.txt`)).sort()).toEqual([
      'remember the lamp\nmore\n',
      'twice\n',
    ])
    expect(where.read(`${archive}${kept[0]}.reasons.txt`)).toContain(`"notes.txt": ${outside}`)
    expect(where.read('notes.txt')).toBe('remember the lamp\n')
    expect(await refusals(where)).toContainEqual(['notes.txt'])
    expect((await (await where.open()).doctor()).findings).toEqual([])
  })

  it('V3, T6: cancel keeps what did not come in as it keeps retries, and drops it where those are dropped', async () => {
    for (const backupRetries of [true, false]) {
      const where = place()
      const session = await limited(where)
      const { folder } = await session.view({ provider })
      fs.writeFileSync(join(folder, 'out'), 'x')
      const { leftOutKept, archive } = await session.cancel({ backupRetries })
      expect([archive, leftOutKept?.files]).toEqual([null, 1])
      expect(where.names('workspace/retries-archive')).toHaveLength(backupRetries ? 1 : 0)
      if (!backupRetries) expect(leftOutKept?.folder).toBe(null)
      else {
        const kept = leftOutKept?.folder as string
        const [one] = where.names(kept)
        expect(where.read(`${kept}${one}/out`)).toBe('x')
      }
      expect(await refusals(where)).toEqual([['out']])
    }
  })

  it.runIf(fs.existsSync('/proc/self/fd'))(
    'V3, V7: a view in use stays; what had been thrown away stays away, and the limits go on',
    async () => {
      const where = place()
      const session = await limited(where)
      const folder = await changedInView(session)
      fs.writeFileSync(join(folder, 'out'), 'x')
      const child = spawn('sh', ['-c', 'echo ready; read go'], {
        cwd: folder,
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      await new Promise((resolve) => child.stdout.once('data', resolve))
      const workspace = await where.open()
      const { view, discarded } = await workspace.cancel('first')
      expect([discarded.modified, view]).toMatchObject([1, { became: 'in_use', processes: [child.pid] }])
      child.stdin.end('go\n')
      await new Promise((resolve) => child.once('close', resolve))
      expect(await (await workspace.view(folder))?.sync()).toMatchObject({ session: null })
      fs.writeFileSync(join(folder, 'acts', 'after'), 'x')
      fs.writeFileSync(join(folder, 'refused'), 'x')
      const closed = await (await workspace.view(folder))?.close()
      expect(closed).toMatchObject({ session: 'first-2', leftOut: [{ path: 'refused', reason: outside }] })
      const next = await (await workspace.session('first-2')).status()
      expect([paths(next.changes.created), next.leftOutKept?.files]).toEqual([['acts/after'], 1])
    },
  )

  it('V7: what is written there while its session is committed keeps it, and comes into a session of its own', async () => {
    const where = place()
    const session = await limited(where)
    const folder = await changedInView(session)
    fs.writeFileSync(join(folder, 'out'), 'x')
    const provided = standingProvider(provider)
    const look = provided.processesIn
    vi.spyOn(provided, 'processesIn').mockImplementationOnce((...words) => {
      fs.writeFileSync(join(folder, 'acts', 'late'), 'x')
      return look(...words)
    })
    expect(await session.commit()).toMatchObject({
      leftOutKept: { files: 1 },
      view: { became: 'in_use', processes: [], leftOut: [{ path: 'out' }] },
    })
    const workspace = await where.open()
    expect(await (await workspace.view(folder))?.close()).toEqual({ session: 'first-2', leftOut: [] })
    const { changes } = await (await workspace.session('first-2')).status()
    expect([paths(changes.created), changes.modified, where.has('out')]).toEqual([['acts/late'], [], false])
  })

  it('V7: one that cannot be taken down is told of, and can be taken down later', async () => {
    const how = provider === 'copy' ? 'commit' : 'cancel'
    const where = place()
    const session = await where.start()
    const folder = await changedInView(session)
    const failing = vi.spyOn(standingProvider(provider), 'end')
    failing.mockRejectedValueOnce(new CowriteError('IO', 'it is busy', { path: folder }))
    const { view } = (await session[how]()) as { view?: unknown }
    expect(view).toMatchObject({ folder, became: 'stuck', reason: 'it is busy' })
    const workspace = await where.open()
    expect((await workspace.doctor()).findings).toMatchObject([{ kind: 'view_ended' }])
    expect(await (await workspace.view(folder))?.close()).toEqual({ session: null, leftOut: [] })
    expect(fs.existsSync(dirname(folder))).toBe(false)
  })

  it('V7, T6: a crashed session with a view is thrown away uncounted, and that is said', async () => {
    const where = place()
    const session = await where.start()
    const folder = await changedInView(session)
    await session.close()
    fs.writeFileSync(`${where.root}/workspace/sessions/first/.cowrite/record`, 'nonsense\n')
    const { discarded, view } = await (await where.open()).cancel('first')
    expect(discarded.modified).toBe(null)
    expect(view).toMatchObject({ folder, became: 'closed', uncounted: expect.stringContaining('first') })
    expect(fs.existsSync(dirname(folder))).toBe(false)
  })
})

describe.runIf(canMount)(`the end of a command in a view, ${here}`, () => {
  const place = places(onDisk)

  it('V3, P3: what does not come in is kept in the session, and logged', async () => {
    const where = place()
    const { leftOut } = await sh(
      await limited(where),
      'echo x > acts/in; echo y > out; rm notes.txt; mkfifo acts/pipe',
    )
    const out = leftOut.find(({ path }) => path === 'out')
    expect(where.read(out?.savedTo as string)).toBe('y\n')
    expect(leftOut.filter(({ savedTo }) => savedTo === null).map(({ path }) => path)).toEqual([
      'notes.txt',
      'acts/pipe',
    ])
    expect((await refusals(where)).flat().sort()).toEqual(['notes.txt', 'out'])
  })

  it('V3, V5: so is what a command had written that was killed together with cowrite', async () => {
    const where = place()
    await (await limited(where)).close()
    const child = await startChild(
      where.root,
      `const session = await workspace.session('first')
       const running = await session.run('sh', ['-c', 'echo x > acts/in; echo y > out; echo ready; sleep 60'], { stdio: 'pipe' })
       for await (const text of running.stdout) print(text.toString().trim())`,
    )
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdout?.once('data', () => child.kill('SIGKILL'))
    await closed
    const status = await vi.waitFor(async () => (await (await where.open()).session('first')).status(), 5_000)
    expect([paths(status.changes.created), status.leftOutKept?.files]).toEqual([['acts/in'], 1])
    expect(await refusals(where)).toEqual([['out']])
  })
})
