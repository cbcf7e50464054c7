/** Taking away for good what is kept of sessions that have ended. */
import type { PruneOptions, PruneResult, RemoveResult } from '../records-api.js'
import { cannotBeRead } from '../store/damage.js'
import { clear, ensureFolder, removeIfThere, uniqueName } from '../store/files.js'
import { withLock } from '../store/locks.js'
import { takeOut } from '../store/shared-log.js'
import { parseDuration } from '../text/duration.js'
import { dropEntry } from '../verbs/history.js'
import { keptLeftOut } from '../verbs/kept-left-out.js'
import type { Site } from '../verbs/site.js'
import { cancelWithView, lookBeforeCancel } from '../view/cancelling.js'
import { allKnown, findKnown, type Known, type Place } from './known.js'
import { summaryOf } from './list.js'
import { freeLines, type Stock, sizeOf, stockOf } from './stock.js'

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
  const { bytesOf, ...stock } = place === null ? nothing : await take(place.site, old, force)
  const sessions = old.map((session) => ({ ...summaryOf(session), sizeBytes: bytesOf.get(session) ?? 0 }))
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

const nothing: Taken = { archives: 0, commits: 0, freedBytes: 0, bytesOf: new Map() }

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
  let view: RemoveResult['view'] | null = before.view
  if (force) {
    await letGo?.(known)
    view =
      (await cancelWithView(site, name, { backupRetries: false }, { how: 'deleted', before })).view ?? null
  }
  const { commits, freedBytes } = await take(site, [known], force)
  return {
    ...{ sessionId, status, deleted: force, changes, humanRetries, leftOut, commits },
    freedBytes: size === null ? null : size + freedBytes,
    ...(before.gitCommits === 0 ? {} : { gitCommits: before.gitCommits }),
    ...(view ? { view } : {}),
  }
}

type Taken = Pick<PruneResult, 'archives' | 'commits' | 'freedBytes'> & Pick<Stock, 'bytesOf'>

/** Takes away all that is kept of them; without `force` it only says what there is. */
async function take(site: Site, sessions: readonly Known[], force: boolean): Promise<Taken> {
  if (!force) return taken(stockOf(site, sessions))
  return withLock(site.port, site.layout, 'commit', async () => taken(takeAway(site, sessions)))
}

function taken({ archives, commits, bytes, bytesOf }: Stock): Taken {
  return { archives: archives.length, commits: commits.length, freedBytes: bytes, bytesOf }
}

function takeAway(site: Site, sessions: readonly Known[]): Stock {
  const { port, layout } = site
  const stock = stockOf(site, sessions)
  for (const path of stock.archives) {
    ensureFolder(port, layout.trash)
    const grave = `${layout.trash}/archive-${uniqueName()}`
    port.rename(path, grave)
    clear(port, grave)
  }
  for (const id of stock.commits) dropEntry(site, id)
  for (const page of stock.pages) removeIfThere(port, page)
  // Last: by these it is still known what is left to go, if this ends here.
  freeLines(site, sessions, takeOut)
  return stock
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
