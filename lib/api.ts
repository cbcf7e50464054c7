/** The shapes that the library hands out. Dates are ISO 8601 strings, sizes bytes, paths workspace paths. */
import type { Change, ChangeCounts, MovedFolder } from './changes-api.js'
import type { Barring, Conflict } from './errors.js'
import type { Retry } from './retries-api.js'
import type { KeptLeftOut, ViewEnd, ViewSeen } from './run-api.js'

export type * from './between-api.js'
export type * from './changes-api.js'
export type * from './commit-api.js'
export type * from './files-api.js'
export type * from './placed-api.js'
export type { Retry, RetryOptions, RetryResult } from './retries-api.js'
export type { UndoOptions, UndoResult } from './undo-api.js'

export type SessionState = 'ACTIVE' | 'INACTIVE' | 'CRASHED'

export interface SessionSummary {
  name: string
  status: SessionState
  createdAt: string
  updatedAt: string
  description: string
  agentId: string
  /** The client that it was begun from; null where nobody knows. */
  source: string | null
  /** The session it was forked from. */
  parent: string | null
  /** Null where the session is crashed and cannot be counted. */
  changes: number | null
  humanRetries: number | null
  /** Written by a newer cowrite: this one can neither open nor recover it, and leaves it as it is. */
  newerFormat?: true
}

export interface SessionList {
  sessions: SessionSummary[]
  count: number
  /** The session that `session.lock` names. */
  active: string | null
}

export interface SessionStatus extends Barring {
  name: string
  status: SessionState
  description: string
  createdAt: string
  updatedAt: string
  agentId: string
  changes: { modified: Change[]; created: Change[]; deleted: Change[]; movedFolders?: MovedFolder[] }
  /** How many changed paths the workspace ignores. */
  ignored: number
  humanRetries: Retry[]
  conflicts: Conflict[]
  alsoChangedIn: { path: string; sessions: string[] }[]
  sizeBytes: number
  /** Folders relative to the workspace, ending in `/`: `session`, and the layout's (`context`, `acts`). */
  paths: Record<string, string>
  recovered: boolean
  /** What the session may do, where that is limited. */
  limits?: { allowedPaths: string[]; readOnlyPaths: string[]; allowedTools: string[] }
  /** What was made by git in its views; left out where there is nothing, or nobody can tell. */
  gitCommits?: number
  gitNames?: string[]
  /** The view that is open. */
  view?: ViewSeen
  /** What did not come in from views that have ended. */
  leftOutKept?: KeptLeftOut
}

export interface StartOptions {
  description?: string
  /** Whether it becomes the active session and this handle's own. Default true. */
  activate?: boolean
  agentId?: string
  /** Resume the agent's session where there is one; then the name may be left out. */
  idempotent?: boolean
  /** Deactivate sessions whose last write is older, e.g. `45s`, `30m`, `24h`, `7d`. */
  autoEndStale?: string
  /** Paths and globs that may be written in the session; everything that the workspace allows, where none is given. */
  allowedPaths?: string[]
  /** Paths and globs that may not be written in it. */
  readOnlyPaths?: string[]
  /** Tools for files, the client's own or ours, that it allows; all, where none is given. */
  allowedTools?: string[]
  /** A template of the config, which the session begins with. */
  template?: string
  /** The session to begin with: all that it shows now, and nothing of what becomes of it later. */
  from?: string
}

/** What starting or opening a session came with. */
export interface Opening {
  resumed: boolean
  recovered: boolean
  staleEnded: string[]
  previousSession: string | null
  /** Where there was none before: its folder, absolute. */
  newWorkspace?: string
}

export interface SwitchResult {
  from: string | null
  to: string
  path: string
  changes: ChangeCounts
  /** How many changed files the workspace ignores. */
  ignored: number
  sizeBytes: number
  humanRetries: number
  recovered: boolean
}

/** What was made by git in a session's views, and no repository of the workspace has. */
export interface GitMade {
  /** A stash counts as one. */
  commits: number
  /** As git calls them in the session: `heads/main`, `tags/v1`, `notes/commits`, `stash@{0}`; `HEAD@{2}` where nothing names it any more. Those of a repository below the workspace with its folder: `book: heads/main`. */
  names: string[]
}

export interface CancelOptions {
  /** Default true. */
  backupRetries?: boolean
}

export interface CancelResult {
  session: string
  cancelled: true
  /** Counts, as its status would have told them; null where the session was too damaged to count. */
  discarded: { [Kind in keyof ChangeCounts | 'ignored' | 'humanRetries']: number | null }
  /** Where its retries are. */
  archive: string | null
  scratchDropped: number
  /** What did not come in from its views: where it is kept now; a folder of null, where it went with the session. */
  leftOutKept?: { folder: string | null; files: number }
  /** How many commits of git, made in its views, went with it, a stash counting as one; left out where there were none, or nobody can tell. */
  gitCommits?: number
  /** What named them, or names what was there already; as `GitMade` has it, left out as they are. */
  gitNames?: string[]
  /** The view that was open. */
  view?: ViewEnd
}

export interface RecoverResult {
  session: string | null
  status: SessionState | 'COMMITTED' | 'CANCELLED'
  /** Transactions that were completed. */
  finished: string[]
  /** Transactions that were taken back. */
  withdrawn: string[]
  findings: string[]
}

export interface WatchOptions {
  /** Whether news of files are wanted; without them it costs next to nothing to watch. Default true. */
  files?: boolean
}

/** What happens in a workspace, as `watch` tells it. */
export type WorkspaceEvent =
  | { type: 'sessions-changed' }
  | { type: 'active-changed'; active: string | null }
  | { type: 'session-changed'; session: string; path: string }
  | { type: 'drift'; session: string; path: string }
  /** Something could not be watched, such as more files than the system allows: news may be missing. */
  | { type: 'watching-failed'; message: string }
