/** What a session has changed: the shapes that the library hands out. */

export type ChangeKind = 'modified' | 'created' | 'deleted'

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
