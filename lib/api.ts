/** The shapes that the library hands out. Dates are ISO 8601 strings, sizes bytes, paths workspace paths. */
import type { Barring, Conflict } from './errors.js'
import type { Placed } from './placed-api.js'
import type { Retry } from './retries-api.js'
import type { KeptLeftOut, ViewEnd, ViewSeen } from './run-api.js'

export type * from './between-api.js'
export type * from './placed-api.js'
export type { Retry, RetryOptions, RetryResult } from './retries-api.js'
export type { UndoOptions, UndoResult } from './undo-api.js'

export type SessionState = 'ACTIVE' | 'INACTIVE' | 'CRASHED'
export type ChangeKind = 'modified' | 'created' | 'deleted'
export type OnConflict = 'keep_session' | 'keep_global' | 'markers'

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

/** One path that a session changed. */
export interface Change {
  path: string
  change: ChangeKind
  kind: 'file' | 'folder' | 'symlink'
  /** Where it was before, if it was moved: the record tells it, or a file that is gone held the same. */
  movedFrom?: string
  /** The file to open, relative to the workspace; null for a deletion. */
  openAt: string | null
}

/** A folder that was moved with all in it; `files` is how many that are. */
export interface MovedFolder {
  from: string
  to: string
  files: number
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

/**
 * How much a session has changed, as a person counts it: what was moved is one change, and neither created nor deleted
 * besides. `created` is without the new folders in which nothing is.
 */
export interface ChangeCounts {
  modified: number
  created: number
  deleted: number
  moved: number
  newFolders: number
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

export interface SelectOptions {
  /** Only these paths, and what cannot be parted from them. */
  files?: string[]
  includeIgnored?: boolean
}

export interface PreviewOptions extends SelectOptions {
  onConflict?: OnConflict
}

export interface CommitPreview extends Barring {
  session: string
  committed: false
  modified: Change[]
  created: Change[]
  deleted: Change[]
  /** Folders that were moved whole; left out where there are none. */
  movedFolders?: MovedFolder[]
  /** Paths whose live file changed too, and whose texts go together; they stand in `modified` as well. */
  merged: string[]
  conflicts: Conflict[]
  /** What `onConflict` may be to decide all of these conflicts, or some by markers; none where there are none. */
  ways: OnConflict[]
  /** Conflicts that `onConflict` decides, and what cannot be parted from them: whose version stays. None where it was not given. */
  decided?: (Conflict & { keeps: 'session' | 'global' })[]
  sensitive: { path: string; reason: string }[]
  humanRetries: Retry[]
  /** How many ignored paths stay behind. */
  ignored: number
  /** Those of them that would change live files; a commit of all keeps the session's versions in the archive. */
  ignoredChanges: string[]
  /** How many scratch files (`artifacts/`) are dropped. */
  scratch: number
  /** Paths taken along because they cannot be parted from `files`. */
  alsoTaken: string[]
  /** Paths that stay in the session, in a commit of `files`: a folder only where nothing in it does. */
  remaining: string[]
  /** What was moved among them; left out where nothing was. */
  remainingMoved?: { from: string; to: string }[]
  /** Whether the config wants a person's word. */
  needsPerson: boolean
  digest: string
  /** The view that is open: what was done there is part of this, but for what does not come in. */
  view?: ViewSeen
  /** How many git commits were made in the session; left out where there are none. */
  gitCommits?: number
}

export interface CommitOptions extends SelectOptions {
  /** A preview's digest: what was previewed is committed, or nothing is. */
  expect?: string
  onConflict?: OnConflict
  /** A person agreed, where the config asks for one. */
  confirmedByPerson?: boolean
  signal?: AbortSignal
  onProgress?: (done: number, total: number, step: string) => void
}

export interface CommitResult extends Placed {
  session: string
  committed: true
  /** Null where there was nothing to commit. */
  commitId: string | null
  files: Change[]
  /** Folders that were moved whole; left out where there are none. */
  movedFolders?: MovedFolder[]
  merged: string[]
  /** Files whose version of the session was given up (`keep_global`); each is kept as a retry. */
  dropped: string[]
  /** All changes that were given up (`keep_global`): what was in conflict, and what could not be parted from it. */
  givenUp: string[]
  /** The retry archive's folder relative to the workspace, ending in `/`; null where there were no retries. */
  archive: string | null
  /** Nothing in it was rejected: cowrite kept it of its own accord. */
  keptOnly?: true
  /** Paths still in the session after a commit of a part, as its preview told them. */
  remaining: string[]
  remainingMoved?: { from: string; to: string }[]
  /** Whether the session has ended. */
  closed: boolean
  scratchDropped: number
  /** Ignored paths whose live file stayed as it was, in spite of a change in the session. */
  ignoredChanges: string[]
  /** Where the session's versions of those are: a folder relative to the workspace, ending in `/`. */
  ignoredKeptIn: string | null
  /** How many ignored files of the session's own making went with it. */
  ignoredDropped: number
  /** What did not come in from its views, where it is kept now. */
  leftOutKept?: KeptLeftOut
  /** What git fetched of the session's commits, into which repository ('' is the workspace's own), if there were any. */
  gitReferences?: { repository: string; reference: string }[]
  /** The view that was open. */
  view?: ViewEnd
  /** What is safe and done, but not tidied yet; the next operation does it. */
  pendingCleanup: boolean
}

/** `onConflict: 'markers'`: nothing was committed, markers are in the session's copies. */
export interface MarkersResult {
  session: string
  committed: false
  marked: string[]
  conflicts: Conflict[]
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
  /** How many commits of git, made in its views, went with it; left out where there were none, or nobody can tell. */
  gitCommits?: number
  /** The view that was open. */
  view?: ViewEnd
}

export interface FileDiff {
  filePath: string
  change: ChangeKind
  binary: boolean
  additions: number
  deletions: number
  /** What `additions` and `deletions` count; lines where nothing is said. */
  unit?: 'lines' | 'words'
  patch: string
  /** Where it was before, or went, if it was moved: the patch then stands with where it went. */
  movedFrom?: string
  movedTo?: string
  /** The workspace ignores it: no commit takes it unless it is asked to. */
  ignored?: true
  /** Why it is in conflict with the live file, if it is. */
  conflict?: string
  /** Of such a file: what was done to the live one since the session began with it; left out where that cannot be told. */
  globalPatch?: string
}

export interface DiffOptions {
  files?: string[]
  /** Prose by sentence and word; by default for Markdown and plain text. */
  words?: boolean
}

export interface CommitSummary {
  commitId: string
  kind: 'commit' | 'undo'
  session: string
  committedAt: string
  files: string[]
  /** What was moved; both paths are among `files`. Left out where nothing was. */
  moved?: { from: string; to: string }[]
  undone: boolean
  /** Some of it is put back; left out for any other. */
  undoneInPart?: true
  /** The commit that this one put back. */
  undoes?: string
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

/** Files as text tools see them: one call reads or changes one file. */
export interface ReadResult {
  filePath: string
  content: string
  encoding: 'utf-8' | 'base64'
  sizeBytes: number
  etag: string
  source: 'session' | 'global'
  truncated: boolean
}

export interface WriteResult {
  filePath: string
  change: ChangeKind | 'unchanged'
  /** Whether this was the write that brought the live file into the session. */
  copiedUp: boolean
  etag: string
  alsoChangedIn: string[]
}

export interface EditResult {
  filePath: string
  replacements: number
  etag: string
  patch: string
  alsoChangedIn: string[]
}

export interface ListedFile {
  filePath: string
  kind: 'file' | 'folder' | 'symlink' | 'other'
  sizeBytes: number
  source: 'session' | 'global'
}

export interface Match {
  filePath: string
  line: number
  text: string
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

/** Where a file lies for a program that knows nothing of sessions. */
export interface Place {
  /** With links followed. */
  filePath: string
  /** Absolute; null for a file to read that is not there. */
  at: string | null
  source: 'session' | 'global' | null
}
