/** What is kept of sessions, open or ended: the shapes that the library hands out. Dates are ISO 8601, sizes bytes. */
import type { SessionState } from './api.js'
import type { ErrorCode } from './errors.js'

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
export interface RecordSummary extends TranscriptTotals {
  name: string
  status: RecordState
  description: string
  createdAt: string
  updatedAt: string
  /** Null while it is open. */
  endedAt: string | null
  agentId: string
  /** The client that it was begun from; null where nobody knows. */
  source: string | null
  changes: number | null
  humanRetries: number | null
}

/** `workspace.records`: what is kept of sessions, open or ended. */
export interface RecordsApi {
  /** What was done, oldest first: in the session of that name, or in all. */
  operations(session?: string): Promise<LoggedOperation[]>
}
