import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { paint, wantsColours } from '../../cli/colours.js'
import { startProgress } from '../../cli/progress.js'
import { CowriteError, type ErrorCode, exitStatus } from '../../lib/errors.js'
import { run, Screen } from './fake-io.js'
import { fakeRooms } from './fake-rooms.js'

const cwd = '/'
const failing = (error: Error) =>
  fakeRooms({
    list_sessions: () => {
      throw error
    },
  })

describe('exit statuses', () => {
  it.each(Object.entries(exitStatus))('%s is %i, in words and in JSON', async (code, status) => {
    const error = new CowriteError(code as ErrorCode, 'It went wrong', { path: 'x' } as never)
    const words = await run(['session', 'list'], { rooms: failing(error).rooms, cwd })
    expect(words).toMatchObject({ status, stdout: '' })
    expect(words.stderr).toContain('❌ ERROR: It went wrong')

    const json = await run(['session', 'list', '--json'], { rooms: failing(error).rooms, cwd })
    expect(json).toMatchObject({ status, stderr: '' })
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code, message: 'It went wrong', data: { path: 'x' }, next_steps: ['cowrite --help'] },
    })
  })
})

describe('--json', () => {
  const documentOf = async (argv: string[], terminal = false) => {
    const { stdout, stderr, status } = await run(argv, { rooms: fakeRooms().rooms, cwd, terminal, keys: [] })
    expect(stderr).toBe('')
    return { status, document: JSON.parse(stdout) }
  }

  it('prints one document for answers, help, version and misspelled commands', async () => {
    expect(await documentOf(['session', 'list', '--json'])).toEqual({ status: 0, document: { done: true } })
    expect(await documentOf(['--json', 'session', 'list'])).toEqual({ status: 0, document: { done: true } })
    expect(await documentOf(['--version', '--json'])).toEqual({ status: 0, document: { version: '1.2.3' } })
    expect((await documentOf(['session', '--help', '--json'])).document.help).toContain(
      'Usage: cowrite session',
    )
    const wrong = await documentOf(['sesion', '--json'])
    expect(wrong).toMatchObject({ status: 1, document: { error: { code: 'INVALID_INPUT' } } })
    expect(wrong.document.error.data.suggestion).toBe('cowrite session')
  })

  it('asks nothing, at a terminal neither, and is never coloured', async () => {
    expect(await documentOf(['session', 'commit', '--json'], true)).toMatchObject({ status: 0 })
    expect(await documentOf(['session', 'cancel', '--json'], true)).toMatchObject({ status: 0 })
  })

  it('is no option after --', async () => {
    const { stderr, status } = await run(['sesion', '--', '--json'], { rooms: fakeRooms().rooms, cwd })
    expect(status).toBe(1)
    expect(stderr).toContain('sesion')
  })
})

describe('misspelled commands', () => {
  it.each([
    [['sesion'], 'cowrite session'],
    [['session', 'statsu'], 'cowrite session status'],
    [['session', 'statsu', '--help'], 'cowrite session status'],
    [['help', 'session', 'comit'], 'cowrite session commit'],
    [['commit'], 'cowrite session commit'],
    [['session', 'retry'], 'cowrite retry'],
    [['session', 'commit', '--forc'], '--force'],
    [['retry', 'a.md', 'too', 'much', 'talk'], "'too much talk'"],
    [['retry', 'a.md', '- too long'], "-- '- too long'"],
    [['retry', 'a.md'], 'REASON'],
    [['session', 'commit', '--expect'], '--expect <DIGEST>'],
  ])('%j is told what it may have meant', async (argv, hint) => {
    const { status, stderr, stdout } = await run(argv, { rooms: fakeRooms().rooms, cwd })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^❌ ERROR: .*\n\n💡 Next steps:\n {3}- /)
    expect(stderr).toContain(hint)
    expect(stderr).toContain('--help')
  })

  it('P7: what was typed does not act on the terminal that shows it', async () => {
    const { stderr } = await run(['\u001b[2Jx'], { rooms: fakeRooms().rooms, cwd })
    expect(stderr).not.toContain('\u001b')
  })
})

describe('colours', () => {
  const terminal = new Screen(true)
  const pipe = new Screen(false)

  it.each([
    ['a terminal', terminal, {}, true],
    ['a terminal, NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal, NO_COLOR empty', terminal, { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a pipe', pipe, {}, false],
    ['a pipe, FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a terminal, FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['both', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%s', (_name, stream, env, wanted) => {
    expect(wantsColours(stream, env)).toBe(wanted)
  })

  it('mark what a diff adds and removes, and statuses where they stand', async () => {
    const hunk = '@@ -1,1 +1,1 @@\n-old\n+new'
    expect(await paint(hunk, true)).toBe(
      '\u001b[36m@@ -1,1 +1,1 @@\u001b[39m\n\u001b[31m-old\u001b[39m\n\u001b[32m+new\u001b[39m',
    )
    expect(await paint(`${hunk}\n\n- an item of a list`, true)).toMatch(/\n\n- an item of a list$/)
    expect(await paint('- a [-bad-]{+good+} item', true)).toBe(
      '- a \u001b[31m[-bad-]\u001b[39m\u001b[32m{+good+}\u001b[39m item',
    )
    expect(await paint('Status: ACTIVE', true)).toBe('Status: \u001b[32mACTIVE\u001b[39m')
    expect(await paint('a scene called ACTIVE', true)).toBe('a scene called ACTIVE')
    expect(await paint(hunk, false)).toBe(hunk)
  })

  it('reach help and errors, and are gone with NO_COLOR', async () => {
    const { rooms } = fakeRooms()
    for (const argv of [['--help'], ['sesion']]) {
      const coloured = await run(argv, { rooms, cwd, terminal: true })
      const plain = await run(argv, { rooms, cwd, terminal: true, env: { NO_COLOR: '1' } })
      expect(coloured.stdout + coloured.stderr).toContain('\u001b[')
      expect(plain.stdout + plain.stderr).not.toContain('\u001b[')
    }
  })
})

describe('an output that fails', () => {
  const failingWith = (code: string) =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
    })

  it('EPIPE is quiet: who read has left', async () => {
    const { rooms, calls } = fakeRooms()
    const outcome = await run(['session', 'list'], { rooms, cwd, stdout: failingWith('EPIPE') })
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    expect(calls).toHaveLength(1)
  })

  it('a full disk is CANNOT_WRITE', async () => {
    for (const argv of [['session', 'list'], ['session', 'list', '--json'], ['--help']]) {
      const outcome = await run(argv, { rooms: fakeRooms().rooms, cwd, stdout: failingWith('ENOSPC') })
      expect(outcome.status).toBe(9)
      expect(outcome.stderr).toContain('ENOSPC')
    }
  })

  it('an error that cannot be told in JSON is told on stderr, with its own status', async () => {
    const { rooms } = failing(new CowriteError('LOCKED', 'Somebody holds it', {}))
    const stdout = failingWith('ENOSPC')
    const outcome = await run(['session', 'list', '--json'], { rooms, cwd, stdout })
    expect(outcome).toMatchObject({ status: 6, stderr: '❌ ERROR: Somebody holds it\n' })
  })
})

describe('progress', () => {
  it('is one line on a terminal, not before it takes a while, and gone at the end', () => {
    let now = 0
    const screen = new Screen(true)
    const progress = startProgress(screen, () => now)
    progress.report(1, 9, 'staging')
    expect(screen.text).toBe('')
    now = 500
    progress.report(2, 9, 'staging\nx')
    now = 520
    progress.report(3, 9, 'staging')
    progress.end()
    expect(screen.text).toBe('\r\u001b[K⏳ 2/9 staging?x\r\u001b[K')
  })

  it('is nothing elsewhere', () => {
    const screen = new Screen(false)
    const progress = startProgress(screen, () => 1000)
    progress.report(1, 1, 'x')
    progress.end()
    expect(screen.text).toBe('')
  })
})
