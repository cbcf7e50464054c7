/** A book goes through a session: the real library behind the command line, and the built program as its user has it. */
import { spawn } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { built } from '../support/built.js'
import { run, type World } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

const scene = 'acts/act-1/chapters/chapter-01/content/scene-0101.md'
const before = 'Call me Ismael. Some years ago, never mind how long.\n'
const after = 'Call me Ishmael. Some years ago, never mind how long.\n'

let book: string
beforeEach(() => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite book ä-')))
  mkdirSync(join(book, scene, '..'), { recursive: true })
  mkdirSync(join(book, 'context'))
  writeFileSync(join(book, scene), before)
  writeFileSync(join(book, 'context', 'old.json'), '{}\n')
})
afterEach(() => rmSync(book, { recursive: true, force: true }))

const live = (path: string) => readFileSync(join(book, path), 'utf8')

type Run = (
  line: string[],
  world?: Partial<World>,
) => Promise<{ status: number; stdout: string; stderr: string; bytes: Buffer }>

/** The same story, told to the command line in this process and to the built program. */
function tellsTheStory(cowrite: Run): void {
  it('start, write, status, preview, force, undo', async () => {
    expect(await cowrite(['session', 'start', 'chapter-01', 'All of it'])).toMatchObject({ status: 0 })
    const written = await cowrite(['file', 'write', scene], { input: after })
    expect(written).toMatchObject({ status: 0, stderr: '' })
    await cowrite(['file', 'rm', 'context/old.json'])
    await cowrite(['file', 'write', 'notes.md', 'new'])

    const status = await cowrite(['session', 'status', '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({
      name: 'chapter-01',
      changes: { modified: [scene], created: ['notes.md'], deleted: ['context/old.json'] },
    })
    const preview = await cowrite(['session', 'commit'])
    expect(preview.status).toBe(0)
    expect(preview.stdout).toContain(`• ${scene}`)
    expect(live(scene)).toBe(before)

    const committed = await cowrite(['session', 'commit', '--force'])
    expect(committed).toMatchObject({ status: 0, stderr: '' })
    expect(committed.stdout).toContain('✅ SESSION COMMITTED')
    expect(live(scene)).toBe(after)
    expect(readdirSync(join(book, 'context'))).toEqual([])

    const undone = await cowrite(['session', 'undo'])
    expect(undone).toMatchObject({ status: 0, stderr: '' })
    expect(live(scene)).toBe(before)
    expect(live('context/old.json')).toBe('{}\n')
    expect(readdirSync(book).sort()).toEqual(['acts', 'context', 'workspace'])
  })

  it('retry, look at the reasons, bring it back, cancel', async () => {
    await cowrite(['session', 'start', 'dark'])
    await cowrite(['file', 'write', scene, 'It was a dark night.\n'])
    expect(await cowrite(['retry', 'scene-0101.md', 'Too dark'])).toMatchObject({ status: 0 })
    await cowrite(['file', 'write', scene, 'It was a bright day.\n'])
    const { stdout } = await cowrite(['retries', '--json'])
    expect(JSON.parse(stdout).retries).toMatchObject([{ file_path: scene, retry: 1, reason: 'Too dark' }])
    expect(await cowrite(['restore', scene, '1'])).toMatchObject({ status: 0 })

    const cancelled = await cowrite(['session', 'cancel', '--json'])
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ session: 'dark', cancelled: true })
    expect(live(scene)).toBe(before)
    expect(await cowrite(['session', 'status'])).toMatchObject({ status: 7, stdout: '' })
  })

  it('C5: reads a file byte for byte, whatever it holds', async () => {
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7) % 256))
    writeFileSync(join(book, 'picture.bin'), bytes)
    await cowrite(['session', 'start', 'look'])
    const read = await cowrite(['file', 'read', 'picture.bin'])
    expect(read.status).toBe(0)
    expect(read.bytes.equals(bytes)).toBe(true)
    expect((await cowrite(['file', 'read', scene])).stdout).toBe(before)
    expect(await cowrite(['file', 'read', 'nowhere.md'])).toMatchObject({ status: 7, stdout: '' })
    expect(await cowrite(['file', 'read', '../outside.md'])).toMatchObject({ status: 1, stdout: '' })
  })
}

describe('in this process', () => {
  const cowrite: Run = (line, world = {}) => run(line, { rooms, cwd: book, ...world })

  tellsTheStory(cowrite)

  it('a person reads the preview and says yes', async () => {
    await cowrite(['session', 'start', 'chapter-01'])
    await cowrite(['file', 'edit', scene, 'Ismael', 'Ishmael'])
    const no = await cowrite(['session', 'commit'], {
      terminal: true,
      keys: [{ when: 'Commit session', press: 'n\r' }],
    })
    expect(no.status).toBe(1)
    expect(live(scene)).toBe(before)
    const yes = await cowrite(['session', 'commit'], {
      terminal: true,
      keys: [{ when: 'Commit session', press: 'y\r' }],
    })
    expect(yes.status).toBe(0)
    expect(live(scene)).toBe(after)
  })

  it('T3: what a person chooses about a conflict is done', async () => {
    await cowrite(['session', 'start', 'chapter-01'])
    await cowrite(['file', 'write', scene, 'The session says this.\n'])
    writeFileSync(join(book, scene), 'A person says that.\n')
    expect((await cowrite(['session', 'commit', '--force'])).status).toBe(3)
    expect(live(scene)).toBe('A person says that.\n')
    const down = { press: '\u001b[B' }
    const kept = await cowrite(['session', 'commit'], {
      terminal: true,
      keys: [
        { when: 'What now?', ...down },
        { when: '● Put', ...down },
        { when: "● Keep the session's", press: '\r' },
      ],
    })
    expect(kept.status).toBe(0)
    expect(live(scene)).toBe('The session says this.\n')
  })

  it('T1: refuses what changed between the preview and the yes', async () => {
    await cowrite(['session', 'start', 'chapter-01'])
    await cowrite(['file', 'write', scene, 'The session says this.\n'])
    const { digest } = JSON.parse((await cowrite(['session', 'commit', '--json'])).stdout)
    await cowrite(['file', 'write', 'notes.md', 'and more'])
    const late = await cowrite(['session', 'commit', '--force', '--expect', digest])
    expect(late.status).toBe(3)
    expect(live(scene)).toBe(before)
  })

  it('S2: the environment and the option say which session', async () => {
    await cowrite(['session', 'start', 'one'])
    await cowrite(['session', 'start', 'two'])
    const nameOf = async (line: string[], env = {}) =>
      JSON.parse((await cowrite([...line, '--json'], { env })).stdout).name
    expect(await nameOf(['session', 'status'])).toBe('two')
    expect(await nameOf(['session', 'status'], { COWRITE_SESSION: 'one' })).toBe('one')
    expect(await nameOf(['session', 'status', '--session', 'two'], { COWRITE_SESSION: 'one' })).toBe('two')
    expect(await nameOf(['session', 'show', 'one'])).toBe('one')
  })

  it('S5: start --idempotent --json answers what a hook needs', async () => {
    const line = ['session', 'start', '--idempotent', '--auto-end-stale=24h', '--agent-id', 'hook', '--json']
    const first = JSON.parse((await cowrite(line)).stdout)
    const second = JSON.parse((await cowrite(line)).stdout)
    expect(first).toMatchObject({ resumed: false, stale_ended: [] })
    expect(second).toMatchObject({ resumed: true, session_id: first.session_id })
    expect((await cowrite(['session', 'start', '--idempotent', '--auto-end-stale=soon'])).status).toBe(1)
  })

  it('takes a path from the folder one stands in, as git does, else from the workspace', async () => {
    await cowrite(['session', 'start', 'chapter-01'])
    const acts = { cwd: join(book, 'acts') }
    const told = async (line: string[], world: Partial<World> = acts) => {
      const { status, stdout, stderr } = await cowrite([...line, '--json'], world)
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
      return JSON.parse(stdout)
    }
    writeFileSync(join(book, 'acts', 'plan.md'), 'of acts\n')
    writeFileSync(join(book, 'plan.md'), 'of the book\n')
    expect((await told(['file', 'read', 'plan.md'])).file_path).toBe('acts/plan.md')
    expect((await told(['file', 'read', '../plan.md'])).file_path).toBe('plan.md')
    expect((await told(['file', 'read', scene])).file_path).toBe(scene)
    expect((await told(['file', 'read', scene.slice('acts/'.length)])).file_path).toBe(scene)
    expect((await told(['file', 'ls', 'act-1'])).entries[0].file_path).toBe('acts/act-1/chapters')

    expect((await told(['file', 'write', 'new.md', 'new'])).file_path).toBe('acts/new.md')
    expect((await told(['file', 'write', 'context/old.json', '{"a":1}'])).file_path).toBe('context/old.json')
    expect(await told(['file', 'mv', 'new.md', 'newer.md'])).toMatchObject({
      source: 'acts/new.md',
      destination: 'acts/newer.md',
    })
    expect((await told(['retry', 'scene-0101.md', 'Too dark'])).file_path).toBe(scene)
    expect((await told(['retry', 'plan.md', 'Too vague'])).file_path).toBe('acts/plan.md')
    expect((await told(['retries', 'plan.md'])).retries).toHaveLength(1)
    expect((await told(['restore', 'plan.md', '1'])).file_path).toBe('acts/plan.md')

    await told(['file', 'rm', 'plan.md'])
    expect((await told(['session', 'diff', '--file', 'plan.md'])).files[0].file_path).toBe('acts/plan.md')
    const preview = await told(['session', 'commit', '--file', 'plan.md', '--files', 'newer.md'])
    expect(preview).toMatchObject({ deleted: ['acts/plan.md'], created: ['acts/newer.md'] })

    const missing = await cowrite(['file', 'read', 'none.md', '--json'], acts)
    expect(JSON.parse(missing.stdout).error).toMatchObject({
      code: 'NOT_FOUND',
      data: { path: 'acts/none.md' },
    })
    expect((await told(['file', 'read', 'plan.md'], {})).file_path).toBe('plan.md')
    expect((await cowrite(['file', '--help'])).stdout).toMatch(/from the folder you stand in/)
  })

  it('init makes a workspace once, where it is asked to, and asks a person', async () => {
    const init = ['init', '--state-folder', '.cowrite']
    const no = await cowrite(init, { terminal: true, keys: [{ when: 'Make ', press: 'n\r' }] })
    expect(no.status).toBe(1)
    expect(readdirSync(book)).not.toContain('.cowrite')
    const made = await cowrite([...init, '--json'])
    expect(JSON.parse(made.stdout)).toMatchObject({
      workspace: book,
      state_folder: '.cowrite',
      created: true,
      clients: [],
    })
    expect(JSON.parse((await cowrite(['init', '--json'])).stdout)).toMatchObject({ created: false })
    const below = await cowrite(['session', 'start', 'deep', '--json'], { cwd: join(book, 'acts') })
    expect(JSON.parse(below.stdout).path).toBe('.cowrite/sessions/deep/')
  })
})

describe('the built program', () => {
  const program = realpathSync(built('cli/main.js'))
  const dist = dirname(dirname(program))
  const start = (line: string[], options: string[] = []) =>
    spawn(process.execPath, [...options, program, ...line], {
      cwd: book,
      env: { PATH: process.env.PATH },
    })

  const cowrite: Run = async (line, { input = '' } = {}) => {
    const child = start(line)
    // Who reads nothing may be over by then.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => expect(error.code).toBe('EPIPE'))
    child.stdin.end(input)
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1))),
    ])
    const bytes = Buffer.concat(stdout)
    return { status, stdout: bytes.toString(), stderr: Buffer.concat(stderr).toString(), bytes }
  }

  tellsTheStory(cowrite)

  it('says its version, and its exit statuses reach the shell', async () => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
    )
    expect(await cowrite(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
    expect(await cowrite(['sesion'])).toMatchObject({ status: 1, stdout: '' })
    expect(await cowrite(['session', 'show', 'nobody'])).toMatchObject({ status: 7 })
    expect(await cowrite(['session', 'list', '--workspace', 'nowhere'])).toMatchObject({ status: 4 })
  })

  it('a reader that leaves early is no error', async () => {
    await cowrite(['session', 'start', 'one'])
    writeFileSync(join(book, 'long.txt'), 'x'.repeat(3_000_000))
    const child = start(['file', 'read', 'long.txt'])
    child.stdout.once('data', () => child.stdout.destroy())
    const [stderr, status] = await Promise.all([
      child.stderr.toArray(),
      new Promise((resolve) => child.on('close', resolve)),
    ])
    expect({ stderr: Buffer.concat(stderr).toString(), status }).toEqual({ stderr: '', status: 0 })
  })

  it('Ctrl-C ends it with 130, and nothing changed', async () => {
    await cowrite(['session', 'start', 'one'])
    const child = start(['file', 'write', scene])
    const stderr = child.stderr.toArray()
    const ended = new Promise((resolve) => child.on('close', resolve))
    // More than a pipe holds: when it is gone, the program reads, and by then heeds signals.
    await new Promise((resolve) => child.stdin.write('half of '.repeat(1_000_000), resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(Buffer.concat(await stderr).toString()).toContain('nothing changed')
    expect((await cowrite(['file', 'read', scene])).stdout).toBe(before)
  })

  it('status and help load neither the MCP SDK nor chokidar nor the prompts', async () => {
    const hook = join(book, 'hook.cjs')
    // A script that was compiled beforehand is read, and not required.
    writeFileSync(
      hook,
      `const fs = require('node:fs')
      const { readFileSync } = fs
      const read = []
      fs.readFileSync = (path, ...options) => (read.push(String(path)), readFileSync(path, ...options))
      const before = new Set(process.moduleLoadList)
      process.on('exit', () => {
        const ofNode = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '))
        fs.writeSync(2, JSON.stringify({ ofNode, files: [...Object.keys(require.cache), ...read] }))
      })`,
    )
    await cowrite(['session', 'start', 'one'])
    const scripts = { quick: ['session', 'status'], command: ['--help'] }
    for (const [script, line] of Object.entries(scripts)) {
      const child = start(line, ['--require', hook])
      child.stdout.resume()
      const { files, ofNode } = JSON.parse(Buffer.concat(await child.stderr.toArray()).toString())
      const loaded = files.filter(
        (file: string) => file.endsWith('.js') && !relative(dist, file).startsWith('..'),
      )
      const names = loaded.map((file: string) => relative(dist, file))
      expect(new Set(names)).toEqual(new Set(['cli/main.js', `cli/${script}.js`]))
      const heavy = /^NativeModule (crypto|stream|zlib|net|child_process|fs\/promises|perf_hooks|readline)$/
      if (script === 'quick') expect(ofNode.filter((name: string) => heavy.test(name))).toEqual([])
    }
  })
})
