/** Previews and commits: the shapes that the library hands out. */
import type { Change, MovedFolder } from './changes-api.js'
import type { Barring, Conflict } from './errors.js'
import type { Placed } from './placed-api.js'
import type { Retry } from './retries-api.js'
import type { KeptLeftOut, ViewEnd, ViewSeen } from './run-api.js'

export type OnConflict = 'keep_session' | 'keep_global' | 'markers'

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
  /** How many git commits were made in the session, a stash counting as one; left out where there are none. */
  gitCommits?: number
  /** What names them, or what was there already; as `GitMade` has it, left out where there is nothing. */
  gitNames?: string[]
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
