/** Views that stand in a folder of their own until they are closed. */
import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findViewAround, findWorkspace, type ViewCost } from '../../lib/index.js'
import { book, lowerOf, type Place, paths, places, plan, scene } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { hasFuse } from './support/mounts.js'
import { keepViewsTogether, standingWays } from './support/ways.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]
const standHere = keepViewsTogether()

describe.each(standingWays)('a view that stands, by %s', (_name, { isHere, name }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  const place = places(onDisk)
  const provider = name as 'copy'

  it('V7: what is done there is in the session when somebody looks, and the live files are as they were', async () => {
    const where = place()
    const before = lowerOf(where)
    const session = await where.start()
    const view = await session.view({ provider })
    fs.appendFileSync(join(view.folder, 'notes.txt'), 'more\n')
    fs.rmSync(join(view.folder, plan))
    fs.writeFileSync(join(view.folder, 'new'), 'x')
    const { changes } = await session.status()
    expect([paths(changes.modified), paths(changes.created), paths(changes.deleted)]).toEqual([
      ['notes.txt'],
      ['new'],
      [plan],
    ])
    fs.writeFileSync(join(view.folder, 'new'), 'y')
    expect((await session.read('new')).content).toBe('y')
    expect(lowerOf(where)).toEqual(before)
    expect(fs.existsSync(join(view.folder, 'workspace', 'sessions', 'first'))).toBe(false)
    await session.commit()
    expect(where.read('new')).toBe('y')
    expect(fs.existsSync(dirname(view.folder))).toBe(false)
  })

  it('V7, D6: scratch of the session is there, and what is written to it is in the session, and no change', async () => {
    const { start, root } = place()
    const session = await start()
    const scratch = `${root}/workspace/sessions/first/artifacts`
    fs.writeFileSync(`${scratch}/before`, 'b')
    const view = await session.view({ provider })
    expect(fs.readFileSync(join(view.folder, 'artifacts/before'), 'utf8')).toBe('b')
    fs.mkdirSync(join(view.folder, 'artifacts/deep'))
    fs.writeFileSync(join(view.folder, 'artifacts/deep/file'), 'f')
    fs.writeFileSync(join(view.folder, 'artifacts/before'), 'after')
    const { leftOut } = await view.close()
    expect([leftOut, (await session.status()).changes.created]).toEqual([[], []])
    expect(fs.readFileSync(`${scratch}/deep/file`, 'utf8')).toBe('f')
    expect(fs.readFileSync(`${scratch}/before`, 'utf8')).toBe('after')
  })

  it('V7: it shows what others write in the session, and in the live files, from then on', async () => {
    const where = place({ ...book, gone: 'x', 'd/e/f': 'f' })
    const session = await where.start()
    const view = await session.view({ provider })
    const read = (path: string): string => fs.readFileSync(join(view.folder, path), 'utf8')
    await session.write('notes.txt', 'by a call\n')
    await session.edit(scene, 'rained', 'snowed')
    await session.remove('d/e/f')
    expect([read('notes.txt'), read(scene).includes('snowed')]).toEqual(['by a call\n', true])
    expect(fs.existsSync(join(view.folder, 'd/e/f'))).toBe(false)
    await session.fs.writeFile('through-fs', 'z')
    where.put(plan, 'by a person\n')
    where.put('theirs/new', 'by a person\n')
    fs.rmSync(`${where.root}/gone`)
    await view.sync()
    expect([read('through-fs'), read(plan), read('theirs/new')]).toEqual([
      'z',
      'by a person\n',
      'by a person\n',
    ])
    expect(fs.existsSync(join(view.folder, 'gone'))).toBe(false)
    fs.appendFileSync(join(view.folder, plan), 'and more\n')
    const { conflicts, changes } = await session.status()
    expect([conflicts, paths(changes.modified).sort()]).toEqual([[], [scene, plan, 'notes.txt'].sort()])
  })

  it('V7: what a call writes a moment after a program is not taken for older than what the program wrote', async () => {
    const session = await place().start()
    const view = await session.view({ provider })
    const own = join(view.folder, 'notes.txt')
    for (let round = 1; round <= 3; round++) {
      fs.writeFileSync(own, `program ${round}\n`)
      expect((await session.read('notes.txt')).content).toBe(`program ${round}\n`)
      await session.fs.writeFile('notes.txt', `library ${round}\n`)
      await session.fs.writeFile('notes.txt', `session ${round}\n`)
      await view.sync()
      expect([fs.readFileSync(own, 'utf8'), await session.fs.readFile('notes.txt', 'utf8')]).toEqual([
        `session ${round}\n`,
        `session ${round}\n`,
      ])
    }
    await view.close()
  })

  it('V7: a session has one view, whoever asks for it, and no command runs beside it', async () => {
    const where = place()
    const session = await where.start()
    const view = await session.view({ provider })
    const workspace = await where.open()
    const other = (await workspace.session('first')) as typeof session
    expect((await other.view()).folder).toBe(view.folder)
    expect(await workspace.views()).toMatchObject([
      { session: 'first', folder: view.folder, provider, isOpen: true },
    ])
    await expect(session.run('true')).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(view.folder),
    })
    fs.writeFileSync(join(view.folder, 'last'), 'x')
    expect(await (await other.view()).close()).toEqual({ session: 'first', leftOut: [] })
    expect(fs.existsSync(dirname(view.folder))).toBe(false)
    expect(await workspace.views()).toEqual([])
    expect(paths((await session.status()).changes.created)).toEqual(['last'])
  })

  it.runIf(fs.existsSync('/proc/self/fd'))(
    'V7: whoever is at work in it keeps it open, and goes on after a commit, in a session of its own',
    async () => {
      const where = place()
      const session = await where.start()
      const view = await session.view({ provider })
      fs.writeFileSync(join(view.folder, 'notes.txt'), 'first\n')
      const child = spawn(
        'sh',
        ['-c', 'echo ready; read go; echo second > notes.txt; echo x > new; echo done; read go'],
        {
          cwd: view.folder,
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      )
      const said = (): Promise<string> =>
        new Promise((resolve) => child.stdout.once('data', (text) => resolve(`${text}`)))
      await said()
      await expect(view.close()).rejects.toMatchObject({ code: 'LOCKED' })
      await session.commit()
      expect(where.read('notes.txt')).toBe('first\n')
      child.stdin.write('go\n')
      await said()
      const workspace = await where.open()
      const [left] = await workspace.views()
      expect(left).toMatchObject({ session: 'first', folder: view.folder, isOpen: false })
      expect((await workspace.doctor()).findings).toMatchObject([
        { kind: 'view_ended', severity: 'info', detail: expect.stringContaining(view.folder) },
      ])
      const ended = await workspace.view(view.folder)
      expect(await ended?.sync()).toEqual({ session: 'first-2', leftOut: [] })
      const next = await workspace.session('first-2')
      const { changes, conflicts } = await next.status()
      expect([paths(changes.modified), paths(changes.created), conflicts]).toEqual([
        ['notes.txt'],
        ['new'],
        [],
      ])
      child.stdin.end('go\n')
      await new Promise((resolve) => child.once('close', resolve))
      const again = await next.view()
      expect(again.folder).toBe(view.folder)
      await again.close()
      expect(fs.existsSync(view.folder)).toBe(false)
    },
  )

  it('V7: stands nowhere in the workspace, and is found from inside', async () => {
    const { root, start, open } = place()
    const session = await start()
    for (const inside of [root, `${root}/acts`, 'relative'])
      await expect(session.view({ provider, place: inside })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const view = await session.view({ provider })
    const inside = join(view.folder, 'acts/act-1')
    expect([findWorkspace(inside), findViewAround(inside), findViewAround(root)]).toEqual([
      root,
      view.folder,
      null,
    ])
    const workspace = await open({ cwd: inside })
    await workspace.start('other')
    expect((await workspace.session()).name).toBe('first')
    expect(view.folder.startsWith(`${fs.realpathSync(standHere())}/cowrite/views/first-`)).toBe(true)
    await view.close()
  })

  it('V7: stands where it is asked to, in a folder that is empty, new, or has views alone; nothing else is made', async () => {
    const { root, start, open } = place()
    const session = await start()
    const around = join(dirname(root), 'around')
    fs.mkdirSync(join(around, 'full'), { recursive: true })
    fs.writeFileSync(join(around, 'full', 'notes'), 'x')
    fs.symlinkSync(root, join(around, 'link'))
    const refused: [string, string][] = [
      ['no/such', 'there is no folder'],
      ['full', 'it holds other things, such as notes'],
      ['full/notes', 'it is no folder'],
      ['link/new', 'it lies in the workspace'],
    ]
    for (const [where, why] of refused)
      await expect(session.view({ provider, place: join(around, where) })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(why),
      })
    expect([fs.readdirSync(around).sort(), fs.existsSync(`${root}/new`)]).toEqual([['full', 'link'], false])
    const first = await session.view({ provider, place: join(around, 'new') })
    const second = (await (await open()).start('second')) as typeof session
    const inView = second.view({ provider, place: join(first.folder, 'acts') })
    await expect(inView).rejects.toMatchObject({ message: expect.stringContaining('a view stands in') })
    const other = await second.view({ provider, place: join(around, 'new') })
    expect([first, other].map(({ folder }) => dirname(dirname(folder)))).toEqual(
      Array(2).fill(fs.realpathSync(join(around, 'new'))),
    )
    await other.close()
    await first.close()
    expect(fs.readdirSync(around).sort()).toEqual(['full', 'link'])
  })

  it('V5, V7: a state folder from elsewhere makes nobody read or remove a folder that is no view of it', async () => {
    const where: Place = place()
    const session = await where.start()
    const { folder } = await session.view({ provider })
    const note = `${where.root}/workspace/views/first/view.json`
    const foreign = join(dirname(where.root), 'foreign')
    fs.mkdirSync(foreign)
    fs.writeFileSync(join(foreign, 'secret'), 's')
    const { stands, ...rest } = JSON.parse(fs.readFileSync(note, 'utf8'))
    fs.writeFileSync(note, JSON.stringify({ ...rest, stands: { ...stands, folder: foreign } }))
    const other = (await (await where.open()).session('first')) as typeof session
    expect((await other.status()).changes.created).toEqual([])
    expect((await other.view({ provider })).folder).not.toBe(foreign)
    await other.cancel()
    expect(fs.readdirSync(foreign)).toEqual(['secret'])
    expect(fs.existsSync(folder)).toBe(true)
  })
})

describe('a copy that somebody has taken away, or asks for elsewhere', () => {
  const place = places(onDisk)

  it('V7: is not what is given to who names another place', async () => {
    const { root, start } = place()
    const session = await start()
    const view = await session.view({ provider: 'copy' })
    const elsewhere = `${root}-elsewhere`
    await expect(session.view({ place: elsewhere })).rejects.toMatchObject({ code: 'LOCKED' })
    const again = await session.view({ place: dirname(dirname(view.folder)) })
    expect([again.folder, fs.existsSync(elsewhere)]).toEqual([view.folder, false])
    await view.close()
  })

  it('V7: keeps the session waiting where a link stands in its place, by its name, and is known to be gone', async () => {
    const { start, open } = place()
    const session = await start()
    const { folder } = await session.view({ provider: 'copy' })
    fs.renameSync(folder, `${folder}-`)
    fs.symlinkSync(`${folder}-`, folder)
    const workspace = await open()
    await expect(session.status()).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining(`A view stood in ${folder}`),
    })
    expect((await workspace.doctor()).findings).toMatchObject([{ kind: 'view_blocked', path: folder }])
    expect(await workspace.views()).toMatchObject([{ folder, isThere: false }])
    fs.rmSync(folder)
    expect((await session.status()).changes.created).toEqual([])
    expect(await workspace.view('first')).toBeNull()
    expect(await workspace.views()).toEqual([])
    fs.rmSync(dirname(folder), { recursive: true })
  })
})

describe.runIf(hasFuse)('a view where fuse-overlayfs is installed, and may not mount', () => {
  const place = places(onDisk)
  let programs: string
  beforeEach(() => {
    programs = fs.mkdtempSync(join(tmpdir(), 'cowrite-'))
    const refuses = '#!/bin/sh\necho unknown argument ignored: lazytime >&2; echo not permitted >&2; exit 1\n'
    for (const name of ['fuse-overlayfs', 'fusermount3'])
      fs.writeFileSync(join(programs, name), refuses, { mode: 0o755 })
    vi.stubEnv('PATH', `${programs}:${process.env.PATH}`)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    fs.rmSync(programs, { recursive: true })
  })

  it('V7: is a copy, and says why', async () => {
    const session = await place().start()
    const told: ViewCost[] = []
    const view = await session.view({ onBegin: (cost) => told.push(cost) })
    expect(view.provider).toBe('copy')
    expect(told.at(-1)).toMatchObject({
      provider: 'copy',
      because: 'fuse-overlayfs does not mount a view: not permitted',
    })
    await view.close()
    const refusal = await session.view({ provider: 'fuse-overlay' }).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED', data: { what: 'view' } })
  })

  it("V6: has the session's own repository afterwards, as before", async () => {
    const { root, start } = place()
    const git = (folder: string, ...words: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words])
    git(root, 'init', '-q')
    git(root, 'commit', '-q', '--allow-empty', '-m', 'first')
    const session = await start()
    const before = await session.view({ provider: 'copy' })
    git(before.folder, 'commit', '-q', '--allow-empty', '-m', 'second')
    await before.close()
    const view = await session.view()
    expect(git(view.folder, 'log', '--format=%s').toString()).toBe('second\nfirst\n')
    await view.close()
  })
})
