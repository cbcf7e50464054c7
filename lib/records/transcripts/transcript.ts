/** What a chat's transcript tells, whichever client wrote it. */

/** `input` is all that was sent, `cached` the part of it that the provider had already, `output` with what was thought. */
export interface Tokens {
  input: number
  output: number
  cached: number
}

export interface ToolCall {
  name: string
  /** The file, the command or whatever else it was about, in a few words; null where nothing tells. */
  about: string | null
}

export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
  /** ISO 8601; null where the transcript does not say. */
  at: string | null
  /** What the message itself has: of an answer, its output. Null where the transcript does not say. */
  tokens: number | null
  /** In US dollars, of the call that brought the answer; null where it is not known. */
  costUsd: number | null
  toolCalls: ToolCall[]
}

export interface Todo {
  text: string
  status: 'pending' | 'in_progress' | 'completed'
}

export const clients = ['claude', 'codex', 'gemini'] as const
export type Client = (typeof clients)[number]

/** Lines that told nothing: cut short or damaged, and whole ones of a shape that no client has. */
export interface Skipped {
  torn: number
  foreign: number
}

/** What can be kept of a transcript without keeping what was said in it. */
export interface Totals {
  /** Null where the file is no client's transcript. */
  client: Client | null
  /** The chat's own id, where the transcript names it. */
  chat: string | null
  messages: number
  userMessages: number
  assistantMessages: number
  toolCalls: number
  /** Null where the transcript tells of no usage. */
  tokens: Tokens | null
  /** In US dollars; null where it is not known for all of it. */
  costUsd: number | null
  models: string[]
  startedAt: string | null
  endedAt: string | null
  skipped: Skipped
}

export interface Transcript {
  totals: Totals
  messages: ChatMessage[]
  /** As the chat last had them. */
  todos: Todo[]
}

/** A part of a chat. Moments are ISO 8601; null where nothing bounds it. */
export interface Span {
  /** When the chat came to the session. */
  from: string | null
  /** When it went on to another. */
  to: string | null
  /** When the session ended. */
  ended: string | null
}

/** What a client's format gives to whoever reads it, in the order of the file. */
export interface Draft {
  /** Of text there is no more than whether there is any, calls are about nothing, and nothing is to be done. */
  isForCounts: boolean
  chat: string | null
  /** By the client's own ids, so that what is told of a message twice is one message. */
  messages: Map<string, ChatMessage>
  usage: Usage[]
  todos: Todo[]
  /** What the client says it cost up to some place of the file, and how much usage stood before that place. */
  stated: { costUsd: number; usageBefore: number } | null
  times: { first: string | null; last: string | null }
}

/** What one call of a model used. */
export interface Usage {
  /** The message that it belongs to; null where it is nobody's. */
  message: string | null
  /** How many messages there were when it was told. */
  position: number
  model: string | null
  /** Sent anew, neither read from a cache nor written into one. */
  fresh: number
  cached: number
  /** Written into the provider's cache: for some minutes, and for an hour. */
  written: number
  writtenForLong: number
  output: number
}

/** Reads the lines of one client's format. Anything may be anything: the lines are somebody else's. */
export interface FormatReader {
  /** False for a line that is none of this format's. */
  take(line: Record<string, unknown>): boolean
}

/** Of which nothing else is known yet. */
export function newMessage(role: ChatMessage['role'], content: string, at: string | null): ChatMessage {
  return { role, content, at, tokens: null, costUsd: null, toolCalls: [] }
}

/** Any text, where only counts are wanted: of a hundred megabytes that were said none stays in memory. */
const anyText = '…'

/** What a draft keeps of a text. */
export function keptOf({ isForCounts }: Draft, text: string): string {
  return isForCounts && text !== '' ? anyText : text
}

export function emptyDraft(isForCounts = false): Draft {
  return {
    isForCounts,
    chat: null,
    messages: new Map(),
    usage: [],
    todos: [],
    stated: null,
    times: { first: null, last: null },
  }
}
