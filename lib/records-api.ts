/** What is kept of sessions, open or ended: the shapes that the library hands out. Dates are ISO 8601, sizes bytes. */
import type { ChangeCounts, ChangeKind, CommitSummary, Retry, SessionState } from './api.js'
import type { ErrorCode } from './errors.js'
import type { ChangesMade, ViewEnd, ViewSeen } from './run-api.js'

/** One operation on a session, as the op log has it. */
export interface LoggedOperation {
  /** When it began. */
  at: string
  /** How long it took, in milliseconds. */
  ms: number
  /** The operation's name, such as `commit_session`. */
  operation: string
  /** Null where the call was refused before a session was found. */
  session: string | null
  /** When the session was made: it tells sessions that bore one name apart. Null where it was not found. */
  sessionCreatedAt: string | null
  agent: string
  /** The program that the call came through, such as `claude-code`, `cli` or `library`. */
  client: string
  chat: string | null
  /** Workspace paths it was about; the first ones, where there are many. */
  paths: string[]
  /** How it ended. */
  outcome: 'ok' | ErrorCode
  /** Of a command: what it changed, the first ones of each kind; `more` says how many there are besides. */
  made?: ChangesMade & { more?: number }
  /** What there is to know besides, in a few words. */
  note?: string
  /** How many operations of the same process before this one could not be logged. */
  missedBefore?: number
}

/** The states of sessions, those that have ended included. */
export type RecordState = SessionState | 'COMMITTED' | 'CANCELLED'

/** What transcripts of agents' chats tell of a session; null where there is none that tells it. */
export interface TranscriptTotals {
  totalMessages: number | null
  totalTokens: number | null
  inputTokens: number | null
  outputTokens: number | null
  totalCostUsd: number | null
}

/** A session in a list, open or ended. */
export interface RecordSummary {
  /** What it is asked for by: its name, or `name@created` where a newer session bears the name. */
  sessionId: string
  name: string
  status: RecordState
  description: string
  createdAt: string
  /** Of its last change, its last commit or its end, whichever was last. */
  updatedAt: string
  /** Null while it is open. */
  endedAt: string | null
  agentId: string
  /** The client that it was begun from; null where nobody knows. */
  source: string | null
  /** The session it was forked from. */
  parent: string | null
  /** Null where it is too damaged to count. */
  changes: number | null
  humanRetries: number | null
  /** Of a committed one: all that it committed was undone since. */
  undone?: true
  /** Written by a newer cowrite. */
  newerFormat?: true
}

export interface RecordFilter {
  /** One of the states, in any case. */
  status?: string
  agentId?: string
  /** A client, or the beginning of its name: `claude` finds `claude-code`. */
  source?: string
  /**
   * Ended, or where they are open last changed, since: a time such as `7d`, a local date such as `2026-01-16`, a day such as
   * `yesterday`, `tuesday` or `last tuesday`, or `all`.
   */
  since?: string
  /** Begun until then, in the same words; a day counts to its end. With `since`: at work between the two. */
  until?: string
  /** Ended sessions as well; so does a status that only they have. */
  all?: boolean
}

export interface RecordListOptions extends RecordFilter {
  limit?: number
  offset?: number
}

/** The moments that `since` and `until` meant, `until` being the first that is no part of it; null for no bound. */
export interface WorkSpan {
  from: string | null
  until: string | null
}

export interface RecordList {
  sessions: RecordSummary[]
  /** How many fit, on this page and on others. */
  count: number
  limit: number | null
  offset: number
  active: string | null
  /** Where that was asked for. */
  span?: WorkSpan
}

/** One thing that happened in a session. */
export interface HistoryEntry {
  at: string
  kind: 'operation' | 'change' | 'retry' | 'kept' | 'message'
  /** Who did it: a client's name, `user`, `assistant`; null where nobody knows. */
  who: string | null
  /** In a few words: `commit_session`, `modified`, a reason. */
  what: string
  paths: string[]
  /** A code, where it was refused. */
  outcome: 'ok' | ErrorCode
  /** Of a version that was rejected or kept: where it lies, relative to the workspace. */
  savedTo?: string
  /** Of a message, all of it. */
  content?: string
  tokens?: number | null
  costUsd?: number | null
  toolCalls?: string[]
}

export interface RecordDetails extends RecordSummary, TranscriptTotals {
  template: string | null
  /**
   * Everything that it changed, folders only where nothing in them is: all that it committed, and what it holds or held
   * at its end. Of an open one, what it has committed already says so. Where history knows no more of its commits, what its
   * last one took, and of many the first ones.
   */
  files: { path: string; change: ChangeKind; kind?: 'folder'; movedFrom?: string; committed?: true }[]
  /** Of those that are not committed already, as status and lists count; null where nobody could. */
  changeCounts: ChangeCounts | null
  /** Each with its place, relative to the workspace. */
  retries: (Retry & { openAt: string })[]
  commits: CommitSummary[]
  /** How many operations the op log has of it, from its beginning to its end. */
  toolCallCount: number
  /** Those of them that only looked: a history leaves them out. */
  lookCount: number
  /** Those of them that were refused. */
  refusedCount: number
  /** How many operations, about that time, could not be logged: the disk was full, and the like. */
  missedCount: number
  /** Of its operations, with pauses of up to a quarter of an hour. */
  timeSpentSeconds: number
  /** Paths that its operations wrote to, or were refused to. */
  filesTouched: string[]
  /** The folder its retries are in now, relative to the workspace. */
  archive: string | null
  /** Only where it was asked for; oldest first. */
  history: HistoryEntry[] | null
}

/** Where a search found its words. */
export interface RecordHit {
  in: 'name' | 'description' | 'path' | 'retry' | 'message'
  /** The line that holds them, clipped. */
  text: string
  /** Of a retry or a message. */
  at?: string
  path?: string
  role?: string
}

export interface RecordMatch extends RecordSummary {
  hits: RecordHit[]
  /** The files of those hits, and how often each was rejected in the session. */
  files: { path: string; rejections: number }[]
}

export interface RecordMatches {
  query: string
  sessions: RecordMatch[]
  count: number
  limit: number
  offset: number
  /** Where that was asked for. */
  span?: WorkSpan
}

export interface StatisticsOptions {
  /** A time such as `7d`, a date such as `2026-01-16` or a day such as `tuesday`, which begin at the local midnight, or `all`. Default `7d`. */
  since?: string
  byAgent?: boolean
  byDate?: boolean
}

export interface Statistics {
  since: string
  /** Null for all. */
  from: string | null
  total: number
  /** Those that have not ended: ACTIVE, INACTIVE and CRASHED ones. */
  openSessions: number
  byStatus: Record<string, number>
  /** `unknown` for those of which nobody knows. */
  bySource: Record<string, number>
  changes: number
  humanRetries: number
  /** Of these sessions, and of this time. */
  toolCallCount: number
  averageMessages: number | null
  totalMessages: number | null
  totalTokens: number | null
  totalCostUsd: number | null
  byAgent: {
    agentId: string
    sessions: number
    averageMessages: number | null
    totalTokens: number | null
    totalCostUsd: number | null
    operations: number
  }[]
  /** Newest first, days of the local calendar. A session counts on each day that something was done in it. */
  byDate: { date: string; sessions: number; operations: number }[]
}

export type ExportFormat = 'json' | 'csv' | 'markdown'

export interface ExportedRecord {
  sessionId: string
  format: ExportFormat
  content: string
}

export interface PruneOptions {
  /** A time such as `30d`, the default. */
  olderThan?: string
  agentId?: string
  /** Without it nothing is removed: the answer says what would be. */
  force?: boolean
}

export interface PrunedSession extends RecordSummary {
  /** Of its archive, of what undoes its commits, and of all that is kept of it besides. */
  sizeBytes: number
}

/** A reference that keeps commits made in a session. */
export interface GitReference {
  /** The repository's folder, as a workspace path; the workspace itself is `''`. */
  repository: string
  /** In full: `refs/cowrite/chapter-03/heads/main`. */
  reference: string
}

export interface PruneResult {
  olderThan: string
  /** Sessions that ended before this. */
  before: string
  agentId: string | null
  pruned: boolean
  sessions: PrunedSession[]
  archives: number
  commits: number
  /** Undos of these commits, and of such undos. */
  undos: number
  /** What commits made in views have left in git, which stays there; left out where there is nothing. */
  gitReferences?: GitReference[]
  /** What was freed, or would be. */
  freedBytes: number
  /** Open sessions that nobody has changed since then: they stay. */
  idle: string[]
}

export interface RemoveResult {
  sessionId: string
  status: RecordState
  /** False where it only says what would go. */
  deleted: boolean
  changes: number | null
  humanRetries: number | null
  /** Commits in the history, those that were undone included. */
  commits: number
  /** Undos of these commits, and of such undos. */
  undos: number
  /** How many of the commits could be undone until now, whole or in part. */
  undoable: number
  /** How many are undone, whole or in part, and could be brought back until now. */
  restorable: number
  /** What commits made in its views have left in git, which stays there; left out where there is nothing. */
  gitReferences?: GitReference[]
  freedBytes: number | null
  /** Of an open one: how many files go that did not come in from its views. */
  leftOut?: number
  /** Of an open one: how many commits of git, made in its views, go with it. Null where that cannot be told; left out where there are none. */
  gitCommits?: number | null
  /** What names them, or what was there already; as `GitMade` has it, left out where there is nothing. */
  gitNames?: string[]
  /** Of an open one: its view; what lies there goes, too. What became of it, where the session was deleted. */
  view?: ViewSeen & Partial<ViewEnd>
}

/** `workspace.records`: what is kept of sessions, open or ended. Throws SESSION_NOT_FOUND, INVALID_INPUT. */
/** A call that did not come to be an operation. */
export interface RefusedCall {
  operation: string
  session: string
  paths?: readonly string[]
}

export interface RecordsApi {
  /** Logs a call that was refused before it began, where it names an open session. */
  noteRefusal(call: RefusedCall, error: unknown): Promise<void>
  /** What was done, oldest first: in the sessions of that name, or in all. */
  operations(session?: string): Promise<LoggedOperation[]>
  /** Newest first. */
  list(options?: RecordListOptions): Promise<RecordList>
  /** Without a name, the session that this handle works in. */
  show(name?: string, options?: { withHistory?: boolean }): Promise<RecordDetails>
  /** Sessions in which every word of the query stands somewhere, ended ones included. */
  search(query: string, options?: RecordFilter & { limit?: number; offset?: number }): Promise<RecordMatches>
  stats(options?: StatisticsOptions): Promise<Statistics>
  export(name: string | undefined, format: ExportFormat): Promise<ExportedRecord>
  /**
   * Takes a session away for good, open or ended, with its retries, its record and what undoes its commits: no list and
   * no search knows it any more. Without `force` the answer says what would go.
   */
  remove(name: string, options?: { force?: boolean }): Promise<RemoveResult>
  /** The same for all that ended long ago. */
  prune(options?: PruneOptions): Promise<PruneResult>
}
