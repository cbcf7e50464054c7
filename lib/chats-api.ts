/** What agents' chats tell of sessions: the shapes that the library hands out. Dates are ISO 8601. */
import type { LeftOut } from './run-api.js'

export interface SessionMessage {
  role: 'user' | 'assistant'
  content: string
  /** Null where the transcript does not say. */
  timestamp: string | null
  tokens: number | null
  costUsd: number | null
  toolCalls: { name: string; about: string | null }[]
  /** The chat it was said in, where that is known. */
  chat: string | null
}

export interface MessagesOptions {
  role?: 'user' | 'assistant'
  limit?: number
  offset?: number
}

export interface MessagePage {
  session: string
  messages: SessionMessage[]
  /** Of the role that was asked for. */
  totalCount: number
  offset: number
  transcripts: TranscriptNews[]
}

/** A transcript of a session, and what is wrong with it, if anything. */
export interface TranscriptNews {
  path: string
  client: string | null
  chat: string | null
  /** Null where it can be read. */
  problem: 'gone' | 'unreadable' | 'foreign' | null
  /** Lines that were cut short, and lines of nobody's shape. */
  skipped: { torn: number; foreign: number }
}

export interface FoundMessage {
  session: string
  sessionCreatedAt: string
  role: 'user' | 'assistant'
  timestamp: string | null
  /** The place where the words are. */
  excerpt: string
  chat: string | null
}

export interface FoundMessages {
  results: FoundMessage[]
  /** Whether there are more than were asked for. */
  hasMore: boolean
}

export interface Linked {
  session: string
  path: string
  /** False where that was known. */
  isNew: boolean
  client: string | null
  messages: number
}

export interface Handoff {
  session: string
  compactMarkdown: string
  createdAt: string
  /** Relative to the workspace. */
  savedTo: string
  context: HandoffContext
}

/** The page that was last made for a session, if any. */
export interface LastHandoff {
  session: string
  compactMarkdown: string | null
  createdAt: string | null
}

/** A page that nobody has begun a session after. */
export interface OfferedHandoff {
  session: string
  createdAt: string
  /** Relative to the workspace. */
  savedTo: string
}

/** A rejection whose text is the present one. */
export interface OpenRetry {
  filePath: string
  retry: number
  reason: string
  /** Where the rejected text lies, relative to the workspace. */
  savedTo: string
}

/** What a page of a handoff was made of. */
export interface HandoffContext {
  goal: string | null
  notes: string | null
  status: string
  /** Of a committed one: all that it committed was undone since. */
  undone?: true
  files: {
    path: string
    change: string
    kind?: 'folder'
    movedFrom?: string
    /** Of an open one: it is in the live files already. */
    committed?: true
    sizeBytes: number | null
  }[]
  openRetries: OpenRetry[]
  todos: { text: string; status: string }[]
  commits: SessionCommit[]
  git: { branch: string | null; changed: string[] } | null
  messages: number | null
  tokens: number | null
  costUsd: number | null
}

export interface SessionCommit {
  /** A commit of git, or cowrite's own number. */
  hash: string
  message: string
  timestamp: string
  source: 'git' | 'cowrite'
}

export interface SessionCommits {
  session: string
  commits: SessionCommit[]
  /** False where there is no repository, or no git. */
  hasGit: boolean
}

export interface QueryOptions {
  /** Ask in a fork of the session, which is made for it. */
  fork?: boolean
  cwd?: string
  env?: Record<string, string | undefined>
  /** What the agent answers, as it comes. */
  onText?: (text: string) => void
  /** What its command says of itself. */
  onError?: (text: string) => void
}

export interface QueryResult {
  /** The session that was asked in: the fork, where there is one. */
  session: string
  forkedFrom: string | null
  answer: string
  exitCode: number | null
  signal: string | null
  /** `unchanged` for what is again as live has it. */
  filesChanged: { path: string; change: string }[]
  tokens: { input: number; output: number; cached: number } | null
  costUsd: number | null
  chat: string | null
  /** Null where none was found. */
  transcript: string | null
  leftOut: LeftOut[]
}

export interface RunningQuery {
  session: string
  kill(signal: NodeJS.Signals): void
  done: Promise<QueryResult>
}

/** `workspace.chats`: the chats of agents that worked in sessions. Sessions may be open or have ended. */
export interface ChatsApi {
  /** Throws SESSION_NOT_FOUND, NO_ACTIVE_SESSION. */
  messages(session?: string, options?: MessagesOptions): Promise<MessagePage>
  /** Messages that hold all the words, newest first. */
  search(query: string, options?: { session?: string; limit?: number }): Promise<FoundMessages>
  /** Notes by hand that a transcript is a session's. Throws NOT_FOUND, WRONG_KIND, INVALID_INPUT for what is no transcript. */
  link(file: string, session?: string): Promise<Linked>
  /** Notes that the chat of this handle works in a session now; it costs a look at a list. */
  meet(session: { name: string; createdAt: string }, transcript: string): Promise<void>
  createHandoff(session?: string, options?: { notes?: string }): Promise<Handoff>
  /** The page that was last made, if any. */
  handoff(session?: string): Promise<LastHandoff>
  /** For whoever has just come to a session: its own page, else the newest that nobody has begun a session after. */
  offered(session: { name: string; createdAt: string }): Promise<OfferedHandoff | null>
  /** Gives a message to the config's agent command, in the view of the session. Throws UNSUPPORTED, LOCKED, INVALID_INPUT. */
  query(session: string, message: string, options?: QueryOptions): Promise<RunningQuery>
  commits(session?: string, options?: { maxCommits?: number }): Promise<SessionCommits>
}
