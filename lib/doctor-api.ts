/** What a check of a workspace tells. Paths are relative to the workspace, sizes bytes. */

/** What a check of the workspace can find. */
export type FindingKind =
  | 'newer_format'
  | 'config_invalid'
  | 'unreadable'
  | 'folder_missing'
  | 'transaction_unfinished'
  | 'transaction_abandoned'
  | 'journal_leftover'
  | 'staged_leftover'
  | 'closing_unfinished'
  | 'trash_unswept'
  | 'workspace_unfinished'
  | 'session_unfinished'
  | 'session_sealed'
  | 'record_damaged'
  | 'metadata_damaged'
  | 'metadata_stale'
  | 'holder_dead'
  | 'write_pending'
  | 'temporary_leftover'
  | 'copy_missing'
  | 'copy_unrecorded'
  | 'copy_leftover'
  | 'copy_mismatched'
  | 'base_missing'
  | 'base_damaged'
  | 'base_unused'
  | 'layer_unused'
  | 'checkpoint_damaged'
  | 'retry_missing'
  | 'reason_missing'
  | 'retry_unrecorded'
  | 'session_lock_damaged'
  | 'active_missing'
  | 'binding_stale'
  | 'lock_stale'
  | 'index_stale'
  | 'log_damaged'
  | 'log_blocked'
  | 'archive_damaged'
  | 'archive_incomplete'
  | 'archive_unlisted'
  | 'history_damaged'
  | 'history_incomplete'
  | 'view_leftover'
  | 'view_gone'
  | 'view_blocked'
  | 'view_ended'

/** One thing that is not as it should be, in a workspace or in one of its sessions. */
export interface Finding {
  kind: FindingKind
  /** Where it lies, relative to the workspace. */
  path: string
  /** The session that it belongs to. */
  session?: string
  /** `error`: something may be lost or cannot be worked with; `warning`: work was cut short; `info`: leftovers. */
  severity: 'info' | 'warning' | 'error'
  /** What is the matter, in a person's words. */
  detail: string
  /** What becomes of it, or what to do. */
  remedy: string
  /** Who does that: a check with `fix`, a recovery of the session, or a person's own hand. */
  mendedBy: 'fix' | 'recover' | 'hand'
  /** How much room it takes, where that is what counts. */
  bytes?: number
  fixed: boolean
  /** Why it could not be mended, where that was tried. */
  failure?: string
}

/** How much room a workspace's state folder takes, in bytes; what has several names counts once. */
export interface SpaceUse {
  sessions: { name: string; bytes: number }[]
  /** Of all sessions, but for their bases. */
  sessionsBytes: number
  basesBytes: number
  historyBytes: number
  archivesBytes: number
  trashBytes: number
  /** Journal, index, log and the like. */
  otherBytes: number
  totalBytes: number
}

export interface DoctorOptions {
  /** Whether to mend what can be mended without a person. Default false: nothing is written. */
  fix?: boolean
}

export interface DoctorReport {
  /** Null where the folder is no workspace yet. */
  stateFolder: string | null
  /** Whether no error and no warning is left. */
  sound: boolean
  checked: { sessions: number; commits: number; archives: number }
  findings: Finding[]
  space: SpaceUse
}
