/** Undoing a commit: the shapes that the library hands out. */
import type { Conflict } from './errors.js'
import type { Placed } from './placed-api.js'

export interface UndoOptions {
  /** Only these paths, and what is in these folders. */
  files?: string[]
  /** What changed since is left as it is, and told of; without it that keeps the whole undo from happening. */
  skipChanged?: boolean
  signal?: AbortSignal
  onProgress?: (done: number, total: number, step: string) => void
}

export interface UndoResult extends Placed {
  undone: true
  /** The commit that was undone. */
  commitId: string
  /** The undo's own id: undoing it brings the commit back. */
  undoId: string
  restored: string[]
  removed: string[]
  /** Whether something of the commit still stands. */
  inPart: boolean
  /** What changed since and stayed as it is, each with the reason. */
  skipped: Conflict[]
  /**
   * Files of a commit whose session is still open, and does not hold them since: what was undone of them is in neither.
   * Left out where there are none.
   */
  goneFromSession?: { session: string; files: string[] }
}
