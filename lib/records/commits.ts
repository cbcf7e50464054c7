/** Commits of a session: those that cowrite made, and those that git has from its time. */
import type { CommitSummary } from '../api.js'
import type { SessionCommit } from '../chats-api.js'
import { count } from '../text/words.js'
import { listCommits } from '../verbs/history.js'
import type { Site } from '../verbs/site.js'
import type { SessionIdentity } from './chats.js'
import { commitsBetween } from './git.js'

/** Newest first. */
export async function commitsOf(
  site: Site,
  session: SessionIdentity,
  most: number,
): Promise<{ commits: SessionCommit[]; hasGit: boolean }> {
  const { createdAt, endedAt } = session
  const until = endedAt ?? new Date().toISOString()
  const fromGit = await commitsBetween(site.port.root, createdAt, until, most)
  const all = [...ownCommits(site, session), ...(fromGit ?? []).map(ofGit)]
  all.sort((left, right) =>
    left.timestamp < right.timestamp ? 1 : left.timestamp > right.timestamp ? -1 : 0,
  )
  return { commits: all.slice(0, most), hasGit: fromGit !== null }
}

/** In milliseconds: the end is told by a file's time, which may lag behind the clock. */
const slack = 100

/** Whether what was done under its name at that moment was done in this session. */
export function isInTimeOf({ createdAt, endedAt }: SessionIdentity, at: string): boolean {
  return at >= createdAt && (endedAt === null || Date.parse(at) <= Date.parse(endedAt) + slack)
}

/**
 * What history has of a session, newest first: its commits, and what undid them, or brought them back, whenever that was.
 * Every list and every count is made of it. `all` is the whole of it, where that was read already.
 */
export function historyOfSession(
  site: Site,
  session: SessionIdentity,
  all: readonly CommitSummary[] = listCommits(site),
): CommitSummary[] {
  const there = new Set(all.map(({ commitId }) => commitId))
  const own = new Set<string>()
  for (const { commitId, session: name, committedAt, undoes } of [...all].reverse()) {
    // Of what history has no more, the time alone tells whose it was.
    const isOwn =
      undoes !== undefined && there.has(undoes)
        ? own.has(undoes)
        : name === session.name && isInTimeOf(session, committedAt)
    if (isOwn) own.add(commitId)
  }
  return all.filter(({ commitId }) => own.has(commitId))
}

function ownCommits(site: Site, session: SessionIdentity): SessionCommit[] {
  return historyOfSession(site, session).map(({ commitId, kind, committedAt, files, moved = [] }) => ({
    hash: commitId,
    message: `${kind === 'undo' ? 'Undo of ' : ''}${filesInWords(files, moved)} of session ${session.name}`,
    timestamp: committedAt,
    source: 'cowrite' as const,
  }))
}

/** What was moved counts once. */
export function filesInWords(files: readonly string[], moved: readonly unknown[]): string {
  const all = count(files.length - moved.length, 'file')
  return moved.length === 0 ? all : `${all} (${moved.length} moved)`
}

function ofGit({ hash, message, timestamp }: Omit<SessionCommit, 'source'>): SessionCommit {
  return { hash, message, timestamp, source: 'git' }
}
