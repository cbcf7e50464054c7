/** The shapes of running a program in a session's view. */
import type { Readable, Writable } from 'node:stream'

export interface RunOptions {
  /** The absolute folder that the command starts in; by default the workspace. */
  cwd?: string
  /** By default this process's own. */
  env?: Record<string, string | undefined>
  /** `inherit`, the default: the command has this process's own. `pipe`: the caller's streams. */
  stdio?: 'inherit' | 'pipe'
}

/** How a command ended: by itself, or by a signal. */
export interface Ended {
  exitCode: number | null
  signal: string | null
}

/** A change in a view that did not come into the session, and why. */
export interface LeftOut {
  path: string
  reason: string
}

/** What a command left behind when it ended. */
export interface RunResult extends Ended {
  /** Where its changes are: another session than at first, where that one ended meanwhile. Null where there are none. */
  session: string | null
  leftOut: LeftOut[]
  /** How many processes that it left behind had to be ended. */
  endedWithIt: number
}

export interface RunningCommand {
  pid: number | undefined
  /** Streams of the caller's with `stdio: 'pipe'`, else null. */
  stdin: Writable | null
  stdout: Readable | null
  stderr: Readable | null
  kill(signal: NodeJS.Signals): void
  /** When it has ended, and what it did is in the session. */
  done: Promise<RunResult>
}
