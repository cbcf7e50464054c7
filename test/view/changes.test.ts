/** What `cowrite run` and `session.run()` tell of what a command did. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../lib/session.js'
import { run } from '../cli/fake-io.js'
import { realRooms as rooms } from '../cli/real-rooms.js'
import { book, places, plan, scene } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'
import { canMount, here } from './support/mounts.js'
import { sh } from './support/shell.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]

describe.runIf(canMount)(`what a command has changed, ${here}`, () => {
  const place = places(onDisk)
  const nothing = { modified: [], created: [], deleted: [] }

  it('V2: is told by path, as the command found the files: also what the session had, and what is beneath a folder', async () => {
    const { start } = place({ ...book, 'd/one': '1', 'd/e/two': '2', 'kept.txt': 'k' })
    const session = await start()
    await session.write('ours.txt', 'ours\n')
    await session.write('notes.txt', 'in the session\n')
    const first = await sh(
      session,
      `echo more >> notes.txt; echo x > ${plan}; rm ours.txt; rm -r d; mkdir empty; mkdir full; echo x > full/new
       touch kept.txt; echo x >> kept.txt; echo x > gone; rm gone; ln -s kept.txt link; echo x > artifacts/scratch`,
    )
    expect(first.changes).toEqual({
      modified: [plan, 'kept.txt', 'notes.txt'],
      created: ['empty', 'full/new', 'link'],
      deleted: ['d/e/two', 'd/one', 'ours.txt'],
    })
    expect((await sh(session, 'cat notes.txt; ls -R; : >> context/characters/alexa.json')).changes).toEqual(
      nothing,
    )
    const again = await sh(session, 'rm -r full; mkdir d; echo 1 > d/one; printf k > kept.txt; rmdir empty')
    expect(again.changes).toEqual({
      modified: ['kept.txt'],
      created: ['d/one'],
      deleted: ['empty', 'full/new'],
    })
  })

  it('V2: names what was moved, also a file that only the session has, and into which folder it went', async () => {
    const session = await place({ ...book, 'd/one': '1' }).start()
    await sh(session, 'echo x > ours; mkdir f; echo y > f/in; : > empty; : > void')
    const { changes } = await sh(
      session,
      'mv ours theirs; mv f g; mv d e; rm empty; mv void nil; echo x > new',
    )
    expect(changes).toEqual({
      modified: [],
      created: ['e/one', 'g/in', 'new', 'nil', 'theirs'],
      deleted: ['d/one', 'empty', 'f/in', 'ours', 'void'],
      moved: [
        { from: 'f/in', to: 'g/in' },
        { from: 'void', to: 'nil' },
        { from: 'ours', to: 'theirs' },
      ],
    })
  })

  it('V4: counts what came in while the command ran, and not what a commit had taken by then', async () => {
    const session = await place().start()
    const running = await session.run('sh', ['-c', `echo x > early; read go; echo x > late`], {
      stdio: 'pipe',
    })
    await expect.poll(async () => (await session.status()).changes.created.length).toBe(1)
    running.stdin?.end('go\n')
    expect((await running.done).changes).toEqual({ ...nothing, created: ['early', 'late'] })
    const last = await session.run('sh', ['-c', `echo x > before; read go; rm ${scene}`], { stdio: 'pipe' })
    await expect.poll(async () => (await session.status()).changes.created.length).toBe(3)
    await session.commit()
    last.stdin?.end('go\n')
    expect(await last.done).toMatchObject({ session: 'first-2', changes: { ...nothing, deleted: [scene] } })
  })

  it('stands in the history of its session, which has ended by then, too', async () => {
    const at = place({ ...book, '.gitignore': '*.tmp\n' })
    const workspace = await at.open()
    const session = (await workspace.start('first')) as Session
    await session.write('before.md', 'before\n')
    await sh(session, `mv acts/act-1/chapters there; echo x > x.tmp; echo more >> ${plan}; rm notes.txt`)
    await sh(session, `echo again >> ${plan}`)
    const told = async () => {
      const { history } = await workspace.records.show('first', { withHistory: true })
      const changes = (history ?? []).filter(({ kind }) => kind === 'change')
      return changes.map(({ what, paths }) => [what, ...paths])
    }
    const own = basename(scene)
    const all = [
      ['moved', scene, `there/chapter-01/content/${own}`],
      ['moved', scene.replace('01.md', '02.md'), `there/chapter-01/content/${own.replace('01.md', '02.md')}`],
      ['modified', plan],
      ['created', 'x.tmp'],
      ['deleted', 'notes.txt'],
      ['modified', plan],
    ]
    const open = await told()
    expect(open.slice().sort()).toEqual(expect.arrayContaining(all))
    await session.commit({ files: [plan] })
    await session.commit()
    expect(await told()).toEqual(open)
    const { filesTouched } = await workspace.records.show('first')
    expect(filesTouched).toEqual(expect.arrayContaining(['x.tmp', 'notes.txt', plan, 'before.md']))
  })

  it('counts no change twice where another one did not come in', async () => {
    const workspace = await place().open()
    const session = (await workspace.start('first')) as Session
    await sh(session, 'echo x > came; mkfifo pipe')
    const { history } = await workspace.records.show('first', { withHistory: true })
    const told = (history ?? []).flatMap(({ kind, what, paths }) =>
      kind === 'change' ? [[what, ...paths]] : [],
    )
    expect(told).toEqual([['created', 'came']])
  })

  it('names the first of very many, and says how many there are besides', async () => {
    const at = place()
    const workspace = await at.open()
    const session = (await workspace.start('first')) as Session
    await sh(session, 'mkdir many; cd many; i=0; while [ $i -lt 60 ]; do : > $i; i=$((i+1)); done')
    await session.commit()
    const { history } = await workspace.records.show('first', { withHistory: true })
    const changes = (history ?? []).filter(({ kind }) => kind === 'change')
    expect(changes.map(({ what, paths }) => [what, paths.length])).toEqual([
      ['created', 50],
      ['10 more changes', 0],
    ])
  })
})

describe.runIf(canMount)(`cowrite run at a terminal, ${here}`, () => {
  const env = { PATH: process.env.PATH ?? '' }
  let folder: string
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    for (const name of ['one.txt', 'two.txt']) writeFileSync(join(folder, name), `${name}\n`)
    await typed('session', 'start', 'draft')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const typed = (...words: string[]) => run(words, { rooms, cwd: folder, env })
  const atTerminal = (script: string) =>
    run(['run', '--', 'sh', '-c', script], {
      ...{ rooms, cwd: folder, env, terminal: true },
    })

  it('says in one line on standard error what changed, where, and how to see it', async () => {
    const { stdout, stderr, status } = await atTerminal('echo x >> one.txt; mv two.txt three.txt; exit 3')
    expect([stdout, status]).toEqual(['', 3])
    expect(stderr).toBe('📊 In session draft: 1 modified, 1 moved · 💡 cowrite session diff draft\n')
  })

  it('says of what is ignored that it is', async () => {
    writeFileSync(join(folder, '.gitignore'), '*.tmp\n')
    expect((await atTerminal('echo x > x.tmp; echo y >> one.txt')).stderr).toBe(
      '📊 In session draft: 1 modified, 1 ignored · 💡 cowrite session diff draft\n',
    )
    const { stdout } = await typed('session', 'diff')
    expect(stdout).toContain('(2 files, and 1 ignored)')
    expect(stdout).toContain('📄 x.tmp: 🙈 ignored, not committed: created')
  })

  it('says nothing where nothing changed, nowhere else than at a terminal, and to no program', async () => {
    expect((await atTerminal('cat one.txt > /dev/null')).stderr).toBe('')
    const asked = ['run', '--json', '--', 'sh', '-c', 'echo x > five.txt']
    const { stdout, stderr } = await run(asked, { rooms, cwd: folder, env, terminal: true })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      session: 'draft',
      changes: { created: ['five.txt'] },
      left_out: [],
    })
    expect((await typed('run', '--', 'sh', '-c', 'echo x > four.txt')).stderr).toBe('')
  })

  it('tells a move of what only the session has as one, and what it deletes of it as gone', async () => {
    await typed('run', '--', 'sh', '-c', 'echo x > own.txt; echo y > other.txt')
    expect((await atTerminal('mv own.txt mine.txt; rm other.txt; mkfifo pipe')).stderr).toBe(
      '⚠️  cowrite run: 1 change was not brought into the session:\n   "pipe": a FIFO\n' +
        '📊 In session draft: 1 deleted, 1 moved, 1 left out · 💡 cowrite session diff draft\n',
    )
  })
})
