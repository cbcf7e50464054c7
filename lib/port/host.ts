import { accessSync, constants, readFileSync, readlinkSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { errnoOf } from '../errors.js'

/** Enough to tell a process from every other one, also after its number was given to another. */
export interface ProcessIdentity {
  /** The machine, and the pid namespace where that is not the machine's own: numbers mean nothing in another. */
  host: string
  /** The machine's present run; null where it has no name. */
  boot: string | null
  pid: number
  /** When the process started, in the system's own units; null where that cannot be told. */
  start: string | null
}

let own: ProcessIdentity | undefined

export function thisProcess(): ProcessIdentity {
  own ??= { host: hostHere(), boot: bootHere(), pid: process.pid, start: look(process.pid)?.start ?? null }
  return own
}

/** The process that bears the number now. */
export function processAt(pid: number): ProcessIdentity {
  return { ...thisProcess(), pid, start: look(pid)?.start ?? null }
}

/** Whether the process that `identity` names still runs. `unknown` is to be counted as alive. */
export function isAlive(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const here = thisProcess()
  if (identity.host !== here.host) return 'unknown'
  if (identity.boot !== here.boot) return identity.boot === null || here.boot === null ? 'unknown' : 'dead'

  const running = look(identity.pid)
  if (running === undefined) return answersSignals(identity.pid)
  if (running.state === 'Z' || running.state === 'X') return 'dead'
  if (identity.start === null) return 'unknown'
  return running.start === identity.start ? 'alive' : 'dead'
}

/**
 * Milliseconds since some moment, whatever is done to the clock. Without `performance`, for which Node would load what
 * nothing else here needs.
 */
export function monotonicNow(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1_000_000
}

/** Where a program is found that this process may run; null where it is not installed. */
export function findProgram(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

/** Where this user's programs keep what is to last, and is no document: views stand there. */
export function placeOfViews(): string {
  const { env, platform } = process
  const own =
    platform === 'win32'
      ? env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Application Support')
        : env.XDG_STATE_HOME || join(homedir(), '.local', 'state')
  return join(own, 'cowrite', 'views')
}

/** The bits that this process takes from the mode of every file that it makes. */
export function fileMask(): number {
  return process.umask()
}

/** A folder in which no program of a workspace can be taken for one of the system's. */
export function programFolder(): string {
  return dirname(process.execPath)
}

/**
 * The environment for asking git about a repository that anybody may have set up: where it is, git shall find by
 * itself, and it shall neither fetch what is missing nor write, nor ask.
 */
export function environmentForGit(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name))
  return {
    ...Object.fromEntries(own),
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
}

/** The environment of this process, with `more` in it. */
export function environmentWith(
  more: Record<string, string>,
  own: Record<string, string | undefined> = process.env,
): Record<string, string | undefined> {
  return { ...own, ...more }
}

/** Whether this process may do everything on this machine. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Whose the files are that this process makes; null on a system without owners. */
export function ownOwner(): { uid: bigint; gid: bigint } | null {
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()]
  return uid === undefined || gid === undefined ? null : { uid: BigInt(uid), gid: BigInt(gid) }
}

/** False where there is no such process, or it is somebody else's. */
export function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

function answersSignals(pid: number): 'alive' | 'dead' | 'unknown' {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return 'dead'
    return 'unknown' // It is there, and somebody else's.
  }
  return 'alive'
}

/** State and start time from /proc; undefined where there is no such process, or no /proc. */
function look(pid: number): { state: string; start: string } | undefined {
  const line = readOrNull(`/proc/${pid}/stat`)
  if (line === null) return undefined
  // The program's name stands in brackets and may hold any character, brackets too.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields[0], fields[19]]
  return state === undefined || start === undefined ? undefined : { state, start }
}

function bootHere(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}

/** The number that Linux gives the pid namespace of the machine itself. */
const firstNamespace = 'pid:[4026531836]'

function hostHere(): string {
  const namespace = pidNamespace()
  return namespace === null || namespace === firstNamespace ? hostname() : `${hostname()} ${namespace}`
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null // No namespaces here.
  }
}

function readOrNull(name: string): string | null {
  try {
    return readFileSync(name, 'utf8')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
