/** `cowrite run` as a person types it: the built program, in a process of its own. */
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { built, runBuilt } from '../support/built.js'
import { canMount, here } from './support/mounts.js'

const main = 'cli/main.js'

describe.runIf(canMount)(`cowrite run, ${here}`, () => {
  let folder: string
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    writeFileSync(join(folder, 'notes.txt'), 'live\n')
    cowrite('session', 'start', 'first')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function cowrite(...words: string[]) {
    return runBuilt(main, words, { cwd: folder, input: 'from standard input\n' })
  }

  it("V1: what the command reads and prints is the command's own, and so is its exit status", () => {
    const { stdout, stderr, status } = cowrite(
      'run',
      '--',
      'sh',
      '-c',
      'cat > notes.txt; cat notes.txt; echo e >&2; exit 7',
    )
    expect([stdout, stderr, status]).toEqual(['from standard input\n', 'e\n', 7])
    expect(cowrite('file', 'read', 'notes.txt').stdout).toBe('from standard input\n')
    expect(cowrite('run', '--', 'nowhere-to-be-found')).toMatchObject({
      status: 127,
      stderr: 'cowrite run: nowhere-to-be-found: command not found\n',
    })
  })

  it('V3: what does not come in is told on standard error, and nothing else is', () => {
    const { stdout, stderr, status } = cowrite('run', '--', 'mkfifo', 'pipe')
    expect([stdout, status]).toEqual(['', 0])
    expect(stderr).toBe('⚠️  cowrite run: 1 change was not brought into the session:\n   "pipe": a FIFO\n')
  })

  it('V3: with --json the report is all of standard output, and names what did not come in', () => {
    const script = 'echo printed; echo x > came; mv notes.txt went; mkfifo pipe; exit 4'
    const { stdout, stderr, status } = cowrite('run', '--json', '--', 'sh', '-c', script)
    expect([stderr, status]).toEqual(['printed\n', 4])
    expect(JSON.parse(stdout)).toEqual({
      session: 'first',
      exit_code: 4,
      signal: null,
      changes: {
        modified: [],
        created: ['came', 'went'],
        deleted: ['notes.txt'],
        moved: [{ from: 'notes.txt', to: 'went' }],
      },
      left_out: [{ path: 'pipe', reason: 'a FIFO', code: 'WRONG_KIND', saved_to: null }],
      ended_with_it: 0,
    })
  })

  it('V1: a folder that the session has no more is no place to begin in, and that is what is said', () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true })
    cowrite('run', '--', 'rm', '-r', 'deep')
    const { status, stderr } = runBuilt(main, ['run', '--', 'ls'], { cwd: join(folder, 'deep/er') })
    expect([status, stderr]).toEqual([7, expect.stringContaining('the session has no such folder')])
    expect(cowrite('run', '--', 'ls').stdout).not.toContain('deep')
  })

  it('V5: whoever finds a command at work is told how to wait for it', async () => {
    const child = spawn(process.execPath, [built(main), 'run', '--', 'sh', '-c', 'echo ready; read go'], {
      cwd: folder,
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const { stderr, status } = cowrite('run', '--', 'echo', "it's")
    expect(status).toBe(6)
    expect(stderr).toContain(`- Wait for it: cowrite run --wait 60 -- echo 'it'\\''s'`)
    const json = JSON.parse(cowrite('session', 'query', 'first', 'Why?', '--json').stdout)
    expect(json.error.next_steps[0]).toBe("cowrite session query first 'Why?' --json --wait 60")
    child.stdin.end('go\n')
    await new Promise((resolve) => child.once('exit', resolve))
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'V1: %s goes on to the command, which may take its time',
    async (signal) => {
      const trap = `trap 'sleep 0.1; echo ${signal} > told; exit 3' ${signal.slice('SIG'.length)}`
      const script = `${trap}; echo ready; while :; do sleep 0.02; done`
      const child = spawn(process.execPath, [built(main), 'run', '--', 'sh', '-c', script], { cwd: folder })
      child.stdout.once('data', () => child.kill(signal))
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(3)
      expect(cowrite('file', 'read', 'told').stdout).toBe(`${signal}\n`)
    },
  )

  it('V1: where nobody may mount, or make what hides a file, it says what to use instead', () => {
    cowrite('file', 'rm', 'notes.txt')
    const { status, stderr } = runBuilt(main, ['run', '--', 'true'], {
      cwd: folder,
      env: { PATH: '/nowhere' },
    })
    expect([status, stderr]).toEqual([1, expect.stringContaining('🔖 Code: UNSUPPORTED')])
    expect(stderr).toContain('cowrite file write')
    expect(stderr).toContain('cowrite mcp --tools session,files')
  })
})

describe('cowrite view', () => {
  let around: string
  let folder: string
  beforeAll(() => {
    around = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    folder = join(around, 'book')
    mkdirSync(join(folder, 'acts'), { recursive: true })
    writeFileSync(join(folder, 'acts', 'one.md'), 'live\n')
  })
  afterAll(() => rmSync(around, { recursive: true, force: true }))

  function cowrite(cwd: string, ...words: string[]) {
    const env = { ...process.env, XDG_STATE_HOME: join(around, 'state') }
    const { stdout, stderr, status } = runBuilt(main, words, { cwd, env })
    return { stdout, stderr, status }
  }

  it('V7: prints the folder alone, in which every command is about that session, until it is closed', () => {
    cowrite(folder, 'session', 'start', 'draft')
    cowrite(folder, 'session', 'start', 'other')
    const { stdout, stderr } = cowrite(folder, 'view', 'draft', '--provider', 'copy')
    expect(stderr).toContain('A copy of 1 file (5 B) is made')
    const acts = join(stdout.trimEnd(), 'acts')
    appendFileSync(join(acts, 'one.md'), 'more\n')
    expect(cowrite(acts, 'file', 'read', 'one.md').stdout).toBe('live\nmore\n')
    expect(JSON.parse(cowrite(acts, 'view', '--close', '--json').stdout)).toEqual({
      session: 'draft',
      folder: stdout.trimEnd(),
      provider: 'copy',
      closed: true,
      brought_into: 'draft',
      left_out: [],
    })
    expect(cowrite(folder, 'view', '--close', 'draft')).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('Views that stand: cowrite view'),
    })
    expect(readFileSync(join(folder, 'acts', 'one.md'), 'utf8')).toBe('live\n')
  })
})
