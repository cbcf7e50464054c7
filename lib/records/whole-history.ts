/** All that history has of a session: what is taken away with it. */
import type { CommitSummary } from '../api.js'
import type { Site } from '../verbs/site.js'
import type { SessionIdentity } from './chats.js'
import { historyOfSession } from './commits.js'

/**
 * Its commits, what undid them, and what undid that, whenever it was, newest first. An undo whose commit is in the
 * history no more is that session's which was the last of its name to be made before; `known` are all there are.
 */
export function wholeHistoryOf(
  site: Site,
  session: SessionIdentity,
  { all, known }: { all: readonly CommitSummary[]; known: readonly SessionIdentity[] },
): CommitSummary[] {
  const there = new Set(all.map(({ commitId }) => commitId))
  const near = new Set(historyOfSession(site, session, all).map(({ commitId }) => commitId))
  const own = new Set<string>()
  for (const entry of [...all].reverse()) {
    const { commitId, kind, undoes } = entry
    const isOwn =
      kind === 'undo' && undoes !== undefined && there.has(undoes)
        ? own.has(undoes)
        : (kind === 'undo' || near.has(commitId)) && isLastBefore(entry, session, known)
    if (isOwn) own.add(commitId)
  }
  return all.filter(({ commitId }) => own.has(commitId))
}

function isLastBefore(
  { session, committedAt }: Pick<CommitSummary, 'session' | 'committedAt'>,
  { name, createdAt }: SessionIdentity,
  known: readonly SessionIdentity[],
): boolean {
  if (session !== name || committedAt < createdAt) return false
  return !known.some(
    (other) => other.name === name && other.createdAt > createdAt && other.createdAt <= committedAt,
  )
}

/** How many commits and undos these are, and what of them nobody could do any more without them. */
export interface HistoryGoing {
  commits: number
  undos: number
  /** Commits that can be undone, whole or what of them still stands. */
  undoable: number
  /** Commits that are undone, whole or in part, and could be brought back. */
  restorable: number
}

export function countHistory(entries: readonly CommitSummary[]): HistoryGoing {
  const commits = entries.filter(({ kind }) => kind === 'commit')
  return {
    commits: commits.length,
    undos: entries.length - commits.length,
    undoable: commits.filter(({ undone }) => !undone).length,
    restorable: commits.filter(({ undone, undoneInPart }) => undone || undoneInPart).length,
  }
}
