/** What the op log tells of sessions. */
import type { LoggedOperation } from '../records-api.js'
import { readOperations } from '../store/op-log.js'
import type { Site } from '../verbs/site.js'
import type { SessionIdentity } from './chats.js'

/** Oldest first: in the sessions of that name, or in all. */
export function operationsOf({ port, layout }: Site, session?: string): LoggedOperation[] {
  if (session === undefined) return inOrder(readOperations(port, layout).operations)
  const { operations } = readOperations(port, layout, JSON.stringify(session))
  return inOrder(operations.filter((operation) => operation.session === session))
}

/** They are logged as they end, and by several processes in several files. */
function inOrder(operations: LoggedOperation[]): LoggedOperation[] {
  return operations.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
}

/**
 * What was done in a session, from its beginning to its end, of the operations that bear its name, in their order.
 * Every figure and every history of a session is made of these. Looking at it or handing it over once it has ended is
 * no part of it.
 */
export function doneIn(session: SessionIdentity, operations: readonly LoggedOperation[]): LoggedOperation[] {
  const own = operations.filter(isOf(session))
  const { endedAt } = session
  if (endedAt === null) return own
  // The end is told by a file's time, which may lag behind the clock: the operation that ended it is the better mark.
  const last = own.findLastIndex(endsSession)
  return own.filter(({ at }, index) => index <= last || at <= endedAt)
}

function endsSession({ operation, outcome, note }: LoggedOperation): boolean {
  if (outcome !== 'ok') return false
  return operation === 'cancel_session' || (operation === 'commit_session' && !onlyPrepares(note))
}

function onlyPrepares(note: string | undefined): boolean {
  return note === 'preview' || note === 'markers'
}

/** In milliseconds: how far a file's time may lag behind the clock, and then some. */
const slack = 1_000

/** Whether an operation was done in this session, and not in another that bore its name. */
export function isOf({ name, createdAt, endedAt }: SessionIdentity): (operation: LoggedOperation) => boolean {
  const until = endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + slack
  return ({ session, sessionCreatedAt, at }) => {
    if (session !== name) return false
    // A line of a call that found no session has only its time.
    return sessionCreatedAt === null
      ? at >= createdAt && Date.parse(at) <= until
      : sessionCreatedAt === createdAt
  }
}

/** In milliseconds: who pauses for longer was not at it. */
const longestPause = 15 * 60_000

/** Of operations in the order of time, in seconds. */
export function timeSpentOn(operations: readonly LoggedOperation[]): number {
  let spent = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { at, ms } of operations) {
    const began = Date.parse(at)
    const from = began - until <= longestPause ? Math.min(until, began + ms) : began
    spent += Math.max(0, began + ms - from)
    until = Math.max(until, began + ms)
  }
  return Math.round(spent / 1000)
}

const writing: readonly string[] = [
  'write_session_file',
  'edit_session_file',
  'delete_session_file',
  'move_session_file',
  'place_to_write',
  'restore_retry',
  'record_human_retry',
]

/** Looking around leaves nothing to tell. */
const looking: readonly string[] = [
  'get_active_session',
  'list_session_files',
  'search_session_text',
  'read_session_file',
  'place_to_read',
  'list_retries',
  'read_retry',
  'diff_session',
  'get_session_messages',
  'get_handoff_context',
  'get_session_commits',
]

export function isLook({ operation, outcome }: LoggedOperation): boolean {
  return outcome === 'ok' && looking.includes(operation)
}

export function touchedBy(operations: readonly LoggedOperation[]): string[] {
  const paths = operations.flatMap(({ operation, paths, made }) => [
    ...(writing.includes(operation) ? paths : []),
    ...(made === undefined ? [] : [...made.modified, ...made.created, ...made.deleted]),
  ])
  return [...new Set(paths)].sort()
}
