/** Taking away for good what is kept of sessions that have ended. */
import type { CommitSummary } from '../api.js'
import type { PrunedSession, PruneOptions, PruneResult, RemoveResult } from '../records-api.js'
import { cannotBeRead } from '../store/damage.js'
import { forgetEnded } from '../store/ended-sessions.js'
import { clear, ensureFolder, removeIfThere, uniqueName, walk } from '../store/files.js'
import { withLock } from '../store/locks.js'
import { forgetOperations } from '../store/op-log.js'
import { parseDuration } from '../text/duration.js'
import { dropEntry, listCommits, sizeOfEntry } from '../verbs/history.js'
import { keptLeftOut } from '../verbs/kept-left-out.js'
import type { Site } from '../verbs/site.js'
import { cancelWithView, lookBeforeCancel } from '../view/cancelling.js'
import { forgetChats } from './chats.js'
import { commitsOf } from './details.js'
import { handoffPath } from './handoffs.js'
import { allKnown, findKnown, type Known, type Place } from './known.js'
import { summaryOf } from './list.js'
import { isOf } from './operations.js'
import { keyOf } from './session-key.js'

export async function pruneRecords(
  place: Place | null,
  { olderThan = '30d', agentId, force = false }: PruneOptions,
): Promise<PruneResult> {
  const before = new Date(Date.now() - parseDuration(olderThan, 'older_than')).toISOString()
  const isMeant = (session: Known) => agentId === undefined || session.agentId === agentId
  const known = place === null ? [] : (await allKnown(place)).known.filter(isMeant)
  const old = known.filter(({ endedAt }) => endedAt !== null && endedAt < before)
  const idle = known.filter(
    ({ endedAt, updatedAt }) => endedAt === null && updatedAt !== '' && updatedAt < before,
  )
  const sessions = withSizes(place, old)
  const stock = place === null ? nothing : await take(place.site, old, force)
  return {
    olderThan,
    before,
    agentId: agentId ?? null,
    pruned: force,
    sessions,
    ...stock,
    idle: idle.map(({ name }) => name),
  }
}

interface RemoveOptions {
  force?: boolean
  /** Told of an open session before it is thrown away. */
  letGo?: (open: Known) => Promise<void>
}

export async function removeRecord(
  place: Place,
  asked: string,
  options: RemoveOptions,
): Promise<RemoveResult> {
  const { site } = place
  const known = await findKnown(place, asked)
  if (known.endedAt === null) return removeOpen(place, known, options)
  const { force = false } = options
  const { sessionId, status, changes, humanRetries } = known
  const { commits, freedBytes } = await take(site, [known], force)
  return { sessionId, status, deleted: force, changes, humanRetries, commits, freedBytes }
}

/** What lies in its view is a part of what goes. */
async function removeOpen(
  place: Place,
  asked: Known,
  { force = false, letGo }: RemoveOptions,
): Promise<RemoveResult> {
  const { site } = place
  const before = await lookBeforeCancel(site, asked.name)
  const known = await findKnown(place, asked.name)
  const { sessionId, name, status, changes, humanRetries } = known
  const own = site.layout.sessionLayout(name)
  const size = sizeOrNull(site, own.folder)
  const leftOut = keptLeftOut(site.port, own)?.files ?? 0
  let view: RemoveResult['view'] | null = before
  if (force) {
    await letGo?.(known)
    view =
      (await cancelWithView(site, name, { backupRetries: false }, { how: 'deleted', before })).view ?? null
  }
  const { commits, freedBytes } = await take(site, [known], force)
  return {
    ...{ sessionId, status, deleted: force, changes, humanRetries, leftOut, commits },
    freedBytes: size === null ? null : size + freedBytes,
    ...(view ? { view } : {}),
  }
}

function withSizes(place: Place | null, sessions: readonly Known[]): PrunedSession[] {
  const all = place === null ? [] : listCommits(place.site)
  return sessions.map((session) => ({
    ...summaryOf(session),
    sizeBytes: place === null ? 0 : stockOf(place.site, [session], all).freedBytes,
  }))
}

type Stock = Pick<PruneResult, 'archives' | 'commits' | 'freedBytes'>

const nothing: Stock = { archives: 0, commits: 0, freedBytes: 0 }

async function take(site: Site, sessions: readonly Known[], force: boolean): Promise<Stock> {
  if (!force) return stockOf(site, sessions)
  return withLock(site.port, site.layout, 'commit', async () => takeAway(site, sessions))
}

/** What is kept of them: archives and commits. What lines of logs take is found out when they are taken out. */
function stockOf(site: Site, sessions: readonly Known[], all?: readonly CommitSummary[]): Stock {
  const archives = archivesOf(site, sessions)
  const commits = commitIdsOf(site, sessions, all)
  const bytes = archives.map((path) => sizeOf(site, path)).concat(commits.map((id) => sizeOfEntry(site, id)))
  return {
    archives: archives.length,
    commits: commits.length,
    freedBytes: bytes.reduce((total, size) => total + size, 0),
  }
}

function takeAway(site: Site, sessions: readonly Known[]): Stock {
  const { port, layout } = site
  const stock = stockOf(site, sessions)
  for (const path of archivesOf(site, sessions)) {
    ensureFolder(port, layout.trash)
    const grave = `${layout.trash}/archive-${uniqueName()}`
    port.rename(path, grave)
    clear(port, grave)
  }
  for (const id of commitIdsOf(site, sessions)) dropEntry(site, id)
  let pages = 0
  for (const page of sessions.map((session) => handoffPath(layout, session))) {
    const size = Number(port.stat(page)?.size ?? 0n)
    if (removeIfThere(port, page)) pages += size
  }
  const own = sessions.map(isOf)
  const lines = forgetOperations(port, layout, (operation) => own.some((isOwn) => isOwn(operation)))
  const keys = new Set(sessions.map(({ name, createdAt }) => keyOf(name, createdAt)))
  const entries = forgetEnded(port, layout, ({ name, createdAt }) => keys.has(keyOf(name, createdAt)))
  const links = forgetChats(site, ({ name, createdAt }) => keys.has(keyOf(name, createdAt)))
  return { ...stock, freedBytes: stock.freedBytes + pages + lines + entries + links }
}

function archivesOf({ port, layout }: Site, sessions: readonly Known[]): string[] {
  return sessions
    .flatMap(({ ended }) => (ended?.archive ? [layout.archive(ended.archive)] : []))
    .filter((path) => port.stat(path)?.isDirectory())
}

function commitIdsOf(
  site: Site,
  sessions: readonly Known[],
  all: readonly CommitSummary[] = listCommits(site),
): string[] {
  const ids = sessions.flatMap((session) => commitsOf(site, session, all).map(({ commitId }) => commitId))
  return [...new Set(ids)]
}

/** Null where it is too damaged to be looked through: it can be thrown away all the same. */
function sizeOrNull(site: Site, folder: string): number | null {
  try {
    return sizeOf(site, folder)
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}

function sizeOf({ port }: Site, folder: string): number {
  let size = 0
  for (const { path, kind } of walk(port, folder)) {
    if (kind === 'file') size += Number(port.stat(`${folder}/${path}`)?.size ?? 0n)
  }
  return size
}
