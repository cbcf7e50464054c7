/** The shapes of what was written to the live files while a session was at work, by somebody who should have written in it. */
import type { Conflict } from './errors.js'

export interface Bypass {
  path: string
  /** The tool that was seen at it; null where nobody saw who did it, and it may have been a person. */
  tool: string | null
  seenAt: string
  /** Whether it is known what the live file held before, so that it can be put back. */
  canPutBack: boolean
  /** Whether nobody was told of it until now. */
  isNew: boolean
}

export interface Adopted {
  /** They are in the session by now, and the live files are what they were. */
  adopted: string[]
  /** The transaction that put the live files back, which `undo` undoes; null where there was none. */
  commitId: string | null
  /** Nothing was done: the session has changed them otherwise, and a commit has to decide. */
  conflicts: Conflict[]
  /** Nothing was done: what they held before is not known, and what they hold now is there for the session as well. */
  unknown: string[]
  /** They are what they were again, or gone. */
  settled: string[]
}

export interface BypassesApi {
  /**
   * What was seen, and what else has changed since the last look, which goes over the live files; with `ofChats`, only
   * where a chat works in the session: what changes beside the others is a person's own work.
   */
  list(options?: { ofChats?: boolean }): Promise<Bypass[]>
  /** A tool was seen to write to a live file. `before`: what it held then, as text; null: there was none. */
  note(path: string, about: { tool: string; before?: string | null | undefined }): Promise<void>
  /**
   * Brings what was written around the session into it, and puts the live files back, by a transaction that can be
   * undone; of these paths, or of all. Throws NOT_FOUND for a path that is none of them.
   */
  adopt(paths?: readonly string[]): Promise<Adopted>
  /** It was meant to be so: they are listed no more. */
  leave(paths?: readonly string[]): Promise<string[]>
}
