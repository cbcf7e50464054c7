/** Signals and other users, as `cowrite run` has them from outside: the built program, in processes of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { built, runBuilt } from '../support/built.js'
import { canMount, here } from './support/mounts.js'

const main = 'cli/main.js'
const program = built(main)

const nobody = 65_534

/** Root alone can become somebody else, who has to be able to read the program. */
const canBeNobody =
  process.getuid?.() === 0 &&
  runBuilt(main, ['--version'], { uid: nobody, gid: nobody, cwd: '/' }).status === 0

describe.runIf(canMount)(`cowrite run, from outside, ${here}`, () => {
  let folder: string
  beforeAll(() => {
    folder = makeFolder()
    cowrite('session', 'start', 'first')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function makeFolder(): string {
    const made = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
    writeFileSync(join(made, 'notes.txt'), 'live\n')
    return made
  }

  function cowrite(...words: string[]) {
    return runBuilt(main, words, { cwd: folder })
  }

  interface Started {
    child: ChildProcess
    /** The command's number. */
    command: number
    ended: Promise<number | NodeJS.Signals>
  }

  /** In a group of its own, with a command that has written a file and goes on for a minute. */
  async function start(file: string): Promise<Started> {
    const script = `echo x > ${file}; echo $$; exec sleep 60`
    const child = spawn(process.execPath, [program, 'run', '--wait', '5', '--', 'sh', '-c', script], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise<number | NodeJS.Signals>((resolve) =>
      child.once('close', (status, signal) => resolve(status ?? (signal as NodeJS.Signals))),
    )
    const told = await new Promise<Buffer>((resolve) => child.stdout?.once('data', resolve))
    return { child, command: Number(told), ended }
  }

  const signals = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const
  const ways = {
    command: ({ command }: Started) => command,
    cowrite: ({ child }: Started) => child.pid as number,
    both: ({ child }: Started) => -(child.pid as number),
  }
  type Who = keyof typeof ways

  it.each(signals.flatMap((signal) => (Object.keys(ways) as Who[]).map((who) => [signal, who] as const)))(
    'V1, V5: after %s of %s, what was written is in the session, and nobody is left at work',
    async (signal, who) => {
      const file = `${signal}-of-${who}`
      const started = await start(file)
      process.kill(ways[who](started), signal)
      const isKilled = signal === 'SIGKILL' && who !== 'command'
      expect(await started.ended).toBe(isKilled ? signal : 128 + constants.signals[signal])
      while (isThere(started.command)) await setTimeout(10)
      // The next command in the session brings in what a killed one left, too.
      expect(cowrite('run', '--wait', '5', '--', 'cat', file)).toMatchObject({ stdout: 'x\n', status: 0 })
    },
  )

  function isThere(pid: number): boolean {
    try {
      return !/^\S+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }

  it.runIf(canBeNobody)('V1: a user without privileges has a view like root', () => {
    const own = makeFolder()
    try {
      for (const path of [own, join(own, 'notes.txt')]) chownSync(path, nobody, nobody)
      const asNobody = (...words: string[]) =>
        runBuilt(main, words, {
          ...{ cwd: own, uid: nobody, gid: nobody },
          env: { PATH: process.env.PATH, HOME: own },
        })
      asNobody('session', 'start', 'first')
      const { stdout, stderr, status } = asNobody(
        ...[
          'run',
          '--',
          'sh',
          '-ec',
          'id -u; echo more >> notes.txt; mkdir new; echo y > new/file; cat notes.txt',
        ],
      )
      expect([stdout, stderr, status]).toEqual([`${nobody}\nlive\nmore\n`, '', 0])
      expect(readFileSync(join(own, 'notes.txt'), 'utf8')).toBe('live\n')
      expect(asNobody('session', 'commit', '--force').status).toBe(0)
      expect(readFileSync(join(own, 'new/file'), 'utf8')).toBe('y\n')
    } finally {
      rmSync(own, { recursive: true, force: true })
    }
  })

  it('V1: where the kernel makes no namespaces for its users, it says what to use instead', () => {
    // As a machine is that has none: from here on nobody gets another one.
    const none =
      'cd /proc/sys/user; echo 0 > max_mnt_namespaces; echo 0 > max_user_namespaces; cd "$OLDPWD"; exec "$@"'
    const line = ['--user', '--map-root-user', 'sh', '-ec', none, 'sh', process.execPath, program]
    const { status, stderr } = spawnSync('unshare', [...line, 'run', '--', 'touch', 'never'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain('This machine does not let cowrite mount a view: unshare: unshare failed')
    expect(stderr).toContain('🔖 Code: UNSUPPORTED')
    expect(stderr).toContain('cowrite view')
    expect(cowrite('file', 'read', 'never').status).toBe(7)
  })
})
