/** All ways to show a session as a folder, each in the same clothes: a line of shell goes in, and its end comes out. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { afterAll, beforeAll } from 'vitest'
import type { ViewProviderName } from '../../../lib/index.js'
import type { Session } from '../../../lib/session.js'
import { canMount, hasFuse } from './mounts.js'
import { type Shown, textOf } from './shell.js'

export interface Way {
  name: ViewProviderName
  isHere: boolean
  /** Told in the names of tests that are not run. */
  where: string
  /** Runs a program in a view of the session, which is gone when it has ended. */
  run(session: Session, program: string, args: string[], options?: WayOptions): Promise<Shown>
  /** Runs lines of shell. */
  sh(session: Session, script: string, env?: Record<string, string>): Promise<Shown>
}

export interface WayOptions {
  env?: Record<string, string>
  /** Done while the program is at work, which then reads a line from its standard input. */
  meanwhile?: () => void | Promise<void>
}

const inCommand: Way = {
  name: 'kernel-overlay',
  isHere: canMount,
  where: canMount ? 'here' : 'nowhere on this machine, which has no namespaces for its users',
  async run(session, program, args, { env, meanwhile } = {}) {
    const options = { stdio: 'pipe', env: { ...process.env, ...env } } as const
    const running = await session.run(program, args, options)
    await meanwhile?.()
    closeInput(running.stdin, meanwhile)
    const output = [textOf(running.stdout), textOf(running.stderr)] as const
    const [stdout, stderr, result] = await Promise.all([...output, running.done])
    return { ...result, stdout, stderr }
  },
  sh: (session, script, env) => inCommand.run(session, 'sh', ['-ec', script], env ? { env } : {}),
}

/** A program that reads nothing may be over by then. */
function closeInput(stdin: Writable | null, meanwhile: unknown): void {
  if (meanwhile === undefined) stdin?.end()
  else stdin?.end('go\n')
}

function standing(provider: 'fuse-overlay' | 'copy', isHere: boolean, lacks: string): Way {
  const way: Way = {
    name: provider,
    isHere,
    where: isHere ? 'here' : `nowhere on this machine, which has no ${lacks}`,
    async run(session, program, args, { env, meanwhile } = {}) {
      const view = await session.view({ provider })
      const child = spawn(program, args, {
        cwd: view.folder,
        env: { ...process.env, COWRITE_SESSION: session.name, ...env },
      })
      const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
      })
      await meanwhile?.()
      closeInput(child.stdin, meanwhile)
      const output = [textOf(child.stdout), textOf(child.stderr)] as const
      const [stdout, stderr, end] = await Promise.all([...output, ended])
      const result = await view.close()
      return { ...end, ...result, changes: null, endedWithIt: 0, stdout, stderr }
    },
    sh: (session, script, env) => way.run(session, 'sh', ['-ec', script], env ? { env } : {}),
  }
  return way
}

export const ways: readonly Way[] = [
  inCommand,
  standing('fuse-overlay', hasFuse, 'fuse-overlayfs'),
  standing('copy', true, ''),
]

/** For `describe.each`. */
export const namedWays = ways.map((way) => [`${way.name}, ${way.where}`, way] as const)

/** Those that stand in a folder until they are closed. */
export const standingWays = namedWays.filter(([, { name }]) => name !== 'kernel-overlay')

/** What a test left standing. */
function unmountBelow(folder: string): void {
  if (!hasFuse) return
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const spelled = line.split(' ')[4] ?? ''
    const at = Buffer.from(
      spelled.replace(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
    ).toString()
    if (at.startsWith(`${folder}/`)) spawnSync('fusermount3', ['-u', '-z', at])
  }
}

/** Call at the top of a file: views stand in a folder of the tests' own, which goes with them. */
export function keepViewsTogether(): () => string {
  let [folder, before] = ['', process.env.XDG_STATE_HOME]
  beforeAll(() => {
    before = process.env.XDG_STATE_HOME
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-views-')))
    process.env.XDG_STATE_HOME = folder
  })
  afterAll(() => {
    if (before === undefined) delete process.env.XDG_STATE_HOME
    else process.env.XDG_STATE_HOME = before
    unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return () => folder
}
