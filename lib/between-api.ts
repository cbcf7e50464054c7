/** What is done between states of sessions: checkpoints, and merges of one session into another. */
import type { ChangeCounts } from './changes-api.js'
import type { Conflict } from './errors.js'

/** A state of a session that is kept within it. */
export interface Checkpoint {
  label: string
  createdAt: string
  /** How much the session had changed; of checkpoints of before moves were counted, without the last two. */
  changes: Pick<ChangeCounts, 'modified' | 'created' | 'deleted'> & Partial<ChangeCounts>
}

export interface RestoreResult {
  label: string
  /** The checkpoint that holds what was replaced: restoring it takes this back. */
  keptAs: string
  /** The paths at which the session may hold something else now. */
  paths: string[]
  changes: Checkpoint['changes']
}

export type OnMergeConflict = 'keep_source' | 'keep_target' | 'markers'

export interface MergeOptions {
  /** Only these paths, and what cannot be parted from them. */
  files?: string[]
  onConflict?: OnMergeConflict
  /** A preview's digest: what was previewed is merged, or nothing is. */
  expect?: string
}

export interface MergePreview {
  /** The session whose changes come. */
  source: string
  /** The session that gets them. */
  into: string
  modified: string[]
  created: string[]
  deleted: string[]
  /** Paths that both changed, and whose texts go together; they stand in `modified` as well. */
  merged: string[]
  /** Paths that get markers in the target's copies. */
  marked: string[]
  conflicts: Conflict[]
  /** Conflicts in which the target's version stays. */
  dropped: string[]
  digest: string
}

export interface MergeResult extends MergePreview {
  /** The target's checkpoint that holds what it held before; null where nothing was to be done. */
  keptAs: string | null
  paths: string[]
}
