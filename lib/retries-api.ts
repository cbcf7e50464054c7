/** Versions of files that were rejected, or kept before others took their place: the shapes that the library hands out. */

export interface Retry {
  filePath: string
  retry: number
  reason: string
  autoDetected: boolean
  /** Nobody rejected it: cowrite kept it before another version took its place, as the reason says. */
  kept?: true
  /** Relative to the session folder, or to the archive that `archivedIn` names. */
  savedTo: string
  recordedAt: string
  /** The archive folder's name, for one whose session has ended. */
  archivedIn?: string
  /** The session it was recorded in. */
  session: string
  /** As lists of sessions name that one: with the time it was made, where a newer one bears its name. Of lists of all. */
  sessionId?: string
}

export interface RetryOptions {
  /** It was gathered from what a person said in plain words. */
  autoDetected?: boolean
  /** Gives the newest rejection of the file where that says the same of the same text, and records none. */
  once?: boolean
}

export interface RetryResult {
  filePath: string
  retry: number
  reason: string
  source: 'user' | 'auto'
  savedTo: string
  reasonSavedTo: string
  previousReasons: string[]
  /** By `once`: it was recorded before, and nothing was now. */
  already?: true
}
