import type { ChangeKind } from '../api.js'
import type { CopyMark, Target } from '../engine/intent.js'
import type { WorkspacePath } from '../paths.js'
import type { Entry } from '../store/record.js'

/** One path of a session, held against what lower holds now (T3). */
export interface Examined {
  path: WorkspacePath
  entry: Entry
  /** Where the session's content is; null for a deletion. */
  at: string | null
  change: ChangeKind
  kind: 'file' | 'folder' | 'symlink'
  /** `none`: the session's version and lower's are the same, or the session's is the base. */
  verdict: 'clean' | 'merged' | 'conflict' | 'none'
  reason?: string
  /** What a commit would do; for a conflict, what `keep_session` would do, if that can be done. */
  target: Target | null
  /** The text with markers, where a conflict is one of texts. */
  marked?: string
  /** Whether the commit would make a file executable that was not. */
  becomesExecutable?: true
  /** There where it cannot be looked at, as `reason` says: nothing else is known of it. */
  unreadable?: true
  /** The session's copy as it was looked at, where it is a file, and its size. */
  copy?: CopyMark
  size?: number
}

/** What is made of one path. */
export type Judgement = Pick<Examined, 'verdict'> &
  Partial<Pick<Examined, 'reason' | 'target' | 'marked' | 'becomesExecutable' | 'copy' | 'size'>>

export function conflict(reason: string, target: Target | null = null): Judgement {
  return { verdict: 'conflict', reason, target }
}

/** Room for the contents that are read on the way, of which a commit is made: none is read twice. In bytes. */
export interface Room {
  left: number
  /** Only whether it is a change is asked, and not which: nothing is read that does not decide it. */
  isForCounting?: true
}
