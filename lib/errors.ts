/** Everything that can go wrong, by code. Codes and their exit statuses are stable API; messages are not. */
export const exitStatus = {
  INVALID_INPUT: 1,
  CANCELLED: 1,
  PATH_ESCAPE: 1,
  PATH_PROTECTED: 1,
  WRONG_KIND: 1,
  ALREADY_EXISTS: 1,
  UNSUPPORTED: 1,
  CONFLICT: 3,
  WORKSPACE_UNAVAILABLE: 4,
  SESSION_CRASHED: 5,
  LOCKED: 6,
  NOT_FOUND: 7,
  SESSION_NOT_FOUND: 7,
  NO_ACTIVE_SESSION: 7,
  SERVER_FAILED: 8,
  CANNOT_WRITE: 9,
  TOOL_FAILED: 10,
  CORRUPT: 11,
  IO: 11,
} as const

export type ErrorCode = keyof typeof exitStatus

/** One path on which the session and the live files disagree. */
export interface Conflict {
  path: string
  reason: string
}

/** What looks at the changes of a session also tells which of them no commit takes. */
export interface Barring {
  /**
   * Changes that nobody may commit, by the config or the session's limits, each with the reason: a commit that would take
   * them is refused, and `keep_global` gives them up. A preview lists them nowhere else. Left out where there are none.
   */
  barred?: Conflict[]
}

/** Why a text is a conflict that was marked as one, and nobody has decided yet. */
export const stillMarked = 'still holds the markers of a conflict'

/** Why a workspace cannot be had from where one stands. */
export const folderGone = 'current folder gone'

/** Why a link is a conflict, whatever the live files are: no commit puts one there. */
export const pointsOut = 'a link that points out of the workspace'

/** Why nothing can be put in the place of a path, or taken from there: the system lets nobody. */
export const mountedThere = 'something is mounted there'

/** The data that each code carries. */
export interface ErrorData {
  INVALID_INPUT: { argument?: string; value?: unknown; suggestion?: string; known?: string[] }
  /** Why nobody's yes was had: they said no, did not answer in time, or could not be asked. */
  CANCELLED: {
    why?: 'refused' | 'unanswered' | 'unable' | 'unasked'
    /** What would have been done, as the operation answers where it only says so. */
    preview?: unknown
  }
  PATH_ESCAPE: { path: string }
  /** `reason` is why, to be read after the path. Of a commit: all that cannot be committed, what else would be, and the digest under which those can be given up. */
  PATH_PROTECTED: {
    path: string
    reason?: string
    session?: string
    barred?: Conflict[]
    others?: string[]
    digest?: string
  }
  /** `candidates`: of a folder where a file was meant, the first files in it. */
  WRONG_KIND: { path: string; expected: string; found: string; candidates?: string[] }
  ALREADY_EXISTS: { path?: string; session?: string }
  UNSUPPORTED: { what: string }
  /** `digest` is that of the preview which lists these conflicts, `ways` what `on_conflict` may be to decide them; of an undo, `skip_changed` where there is more than they. */
  CONFLICT: {
    conflicts: Conflict[]
    session?: string
    digest?: string
    etag?: string | null
    ways?: string[]
    /** The commit that was to be undone. */
    commit?: string
  }
  WORKSPACE_UNAVAILABLE: { root: string; reason?: string }
  SESSION_CRASHED: { session: string; metadataPath: string; findings: string[] }
  /** `again` is the command line that does the same and waits for the other, where there is one. */
  LOCKED: { session?: string; holder?: string; again?: string }
  /** `checked` names where a bare name was looked for; `candidates` what it could have meant. */
  NOT_FOUND: {
    path: string
    checked?: { session: string | null; global: string }
    candidates?: string[]
    /** The session whose view was asked for. */
    view?: string
  }
  SESSION_NOT_FOUND: {
    session: string
    /** Where it is known to have ended; `commitId` is that of its last commit, if history still has it. */
    ended?: { how: 'committed' | 'cancelled'; at: string; commitId: string | null }
  }
  /** `no_workspace` where there is none in the folder yet: that one, and the nearest above it that is one. */
  NO_ACTIVE_SESSION: { ended?: string; no_workspace?: { folder: string; above: string | null } }
  SERVER_FAILED: { server: string }
  CANNOT_WRITE: { path?: string; reason: string }
  TOOL_FAILED: { tool: string }
  CORRUPT: { path: string }
  IO: { path?: string; errno?: string }
}

export class CowriteError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CowriteError'
  readonly code: Code
  readonly data: ErrorData[Code]

  constructor(code: Code, message: string, data: ErrorData[Code], options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.data = data
  }
}

/** Whether `error` is ours, and of `code` where one is given. */
export function isCowriteError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is CowriteError<Code> {
  return error instanceof CowriteError && (code === undefined || error.code === code)
}

/** The errno name of a file-system error (`ENOENT`, …), if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error instanceof CowriteError) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
