/** The shapes of a session's view: a program that runs in it, and a folder that shows it. */
import type { Readable, Writable } from 'node:stream'

export interface RunOptions {
  /** The absolute folder that the command starts in; by default the workspace. */
  cwd?: string
  /** By default this process's own. */
  env?: Record<string, string | undefined>
  /** `inherit`, the default: the command has this process's own. `pipe`: the caller's streams. */
  stdio?: CommandStdio
}

/** `stderr`: as `inherit`, but what it prints goes to standard error, where the caller answers on standard output. */
export type CommandStdio = 'inherit' | 'pipe' | 'stderr'

/** How a command ended: by itself, or by a signal. */
export interface Ended {
  exitCode: number | null
  signal: string | null
}

/** A change in a view that does not come into the session, and why. */
export interface LeftOut {
  path: string
  reason: string
  /** What a call would have been refused with. */
  code: 'PATH_PROTECTED' | 'WRONG_KIND' | 'INVALID_INPUT'
  /**
   * Where it is kept since the view has ended, relative to the workspace; null for a deletion, and for what is no file.
   * Left out as long as it lies in the view.
   */
  savedTo?: string | null
}

/** What lay in a view and did not come into its session, kept as files. */
export interface KeptLeftOut {
  /** Relative to the workspace, ending in `/`. */
  folder: string
  files: number
}

/** The view of a session that somebody looks at. */
export interface ViewSeen {
  /** Absolute; null for one that a command alone sees. */
  folder: string | null
  provider: ViewProviderName
  /** What lies there and does not come in. */
  leftOut: LeftOut[]
  /** Why what was done there since does not come in now, as on a full disk. It does as soon as it can. */
  waiting?: string
}

/** What became of the view of a session that was committed or cancelled. What lay there was brought in first. */
export interface ViewEnd extends ViewSeen {
  /**
   * `closed`: it is gone. `open`: so is the session. `in_use`: somebody is at work there, and what is written from now on
   * is no part of this. `stuck`: it could not be taken down, for a `reason`.
   */
  became: 'closed' | 'open' | 'in_use' | 'stuck'
  /** Who is at work there, as far as that can be seen. */
  processes: number[]
  reason?: string
  /** Why what lay there could not be brought in: nothing of it was counted. */
  uncounted?: string
}

/**
 * What a command changed in a session, as it found the files there, each list in order. What it moved is deleted here and
 * created there. `moved` names besides what is the same file at another place, where there is any: of a folder of live
 * files, which mv copies, the status knows. A folder is named where nothing in it is.
 */
export interface ChangesMade {
  modified: string[]
  created: string[]
  deleted: string[]
  moved?: { from: string; to: string }[]
}

/** What a command left behind when it ended. */
export interface RunResult extends Ended {
  /** Where its changes are: another session than at first, where that one ended meanwhile. Null where there are none. */
  session: string | null
  /** What is different in that session since the command began. Null of one that ran within a view: it is part of what that one's own end tells. */
  changes: ChangesMade | null
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
  /** What it cannot change in there though its user may, in a person's words; null where nothing is known of that. */
  unwritable: string | null
  /** When it has ended, and what it did is in the session. */
  done: Promise<RunResult>
}

/** What is in the way of running commands in views of this workspace, in a person's words; null where nothing is known of. */
export interface RunObstacles {
  /** Why there is no such view to be had; whether the machine has them at all, only a try tells. */
  refused: string | null
  /** What a command cannot change in there though its user may. */
  unwritable: string | null
}

/** How a view is made: by the kernel, for a command; by fuse-overlayfs; as a copy. */
export type ViewProviderName = 'kernel-overlay' | 'fuse-overlay' | 'copy'

export interface ViewOptions {
  /** By default `fuse-overlay` where that is installed, else `copy`. */
  provider?: 'fuse-overlay' | 'copy'
  /**
   * The absolute folder in which views stand, each in one of its own: empty, with views alone, or a new one in a folder
   * that is there; outside of every workspace. By default one of the user's.
   */
  place?: string
  signal?: AbortSignal
  /** Told before it is made what that takes. */
  onBegin?: (cost: ViewCost) => void
  onProgress?: (done: number, total: number, step: string) => void
}

/** What the making of a view takes: of an overlay, next to nothing. */
export interface ViewCost {
  provider: ViewProviderName
  /** How many files are copied, and their size. */
  files: number
  bytes: number
  /** Why it is not the way that was to be preferred, in a person's words, where that was tried. */
  because?: string
}

/** What became of what was done in a view. */
export interface ViewResult {
  /** Where it is: another session than at first, where that one ended meanwhile. Null where there is nothing. */
  session: string | null
  leftOut: LeftOut[]
}

/** A session as a folder, which stands until it is closed, also when this process has ended. */
export interface View {
  readonly session: string
  /** Absolute. */
  readonly folder: string
  readonly provider: ViewProviderName
  /** Brings what was done there into the session, and what the session has by now into the folder. */
  sync(): Promise<ViewResult>
  /** As `sync`, and then the folder is gone. Throws LOCKED while a program is at work in it. */
  close(): Promise<ViewResult>
}

/** A view of the workspace, as a list tells of it. */
export interface ViewSummary {
  /** The session that it shows. */
  session: string
  folder: string
  provider: ViewProviderName
  /** When it was made. */
  since: string
  /** Whether its session is there: one that has ended leaves a view in which somebody is at work. */
  isOpen: boolean
  /** Whether its folder is there: somebody may have removed it by hand. */
  isThere: boolean
}
