/** Commits of a session: those that cowrite made, and those that git has from its time. */
import type { SessionCommit } from '../chats-api.js'
import { count } from '../text/words.js'
import { readHistory } from '../verbs/history.js'
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
const slack = 1_000

function ownCommits(site: Site, { name, createdAt, endedAt }: SessionIdentity): SessionCommit[] {
  const until = endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + slack
  return readHistory(site)
    .filter(({ session, createdAt: at }) => session === name && at >= createdAt && Date.parse(at) <= until)
    .map(({ id, kind, createdAt: timestamp, targets }) => ({
      hash: id,
      message: `${kind === 'undo' ? 'Undo of ' : ''}${count(targets.length, 'file')} of session ${name}`,
      timestamp,
      source: 'cowrite' as const,
    }))
}

function ofGit({ hash, message, timestamp }: Omit<SessionCommit, 'source'>): SessionCommit {
  return { hash, message, timestamp, source: 'git' }
}
