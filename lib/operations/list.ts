import { adoptChanges } from './adopt-changes.js'
import { cancelSession } from './cancel-session.js'
import {
  createHandoff,
  getHandoffContext,
  getSessionCommits,
  getSessionMessages,
  searchMessages,
} from './chats.js'
import { checkWorkspace } from './check-workspace.js'
import { createCheckpoint, listCheckpoints, restoreCheckpoint } from './checkpoints.js'
import { commitSession } from './commit-session.js'
import { createSession } from './create-session.js'
import {
  deleteSessionFile,
  editSessionFile,
  listSessionFiles,
  moveSessionFile,
  readSessionFile,
  searchSessionText,
  writeSessionFile,
} from './files.js'
import { diffSession, listCommits, recoverSession, undoCommit } from './history.js'
import { refusingUnknownRetry } from './known-retry.js'
import { getActiveSession, listSessions, switchSession } from './look-at-sessions.js'
import { mergeSessions } from './merge-sessions.js'
import type { Operation } from './operation.js'
import {
  deleteSession,
  exportSession,
  getSession,
  pruneSessions,
  searchSessions,
  sessionStats,
} from './records.js'
import { listRetries, recordHumanRetry, restoreRetry } from './retries.js'

/** All that people and agents can do, in the order in which they are shown. */
export const operations = [
  createSession,
  listSessions,
  getActiveSession,
  switchSession,
  commitSession,
  cancelSession,
  recordHumanRetry,
  diffSession,
  undoCommit,
  recoverSession,
  refusingUnknownRetry(listRetries),
  restoreRetry,
  listCommits,
  readSessionFile,
  writeSessionFile,
  editSessionFile,
  deleteSessionFile,
  moveSessionFile,
  listSessionFiles,
  searchSessionText,
  mergeSessions,
  createCheckpoint,
  restoreCheckpoint,
  listCheckpoints,
  getSessionMessages,
  searchMessages,
  createHandoff,
  getHandoffContext,
  getSessionCommits,
  checkWorkspace,
  getSession,
  searchSessions,
  sessionStats,
  exportSession,
  deleteSession,
  pruneSessions,
  adoptChanges,
] as unknown as readonly Operation[]

/** The operation of that name, if there is one. */
export function findOperation(name: string): Operation | undefined {
  return operations.find((operation) => operation.name === name)
}
