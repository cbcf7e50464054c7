/** Taking away for good what is kept of sessions that have ended. */
import { sweepTrash } from '../engine/engine.js'
import { keepNumber } from '../engine/transaction.js'
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
import { toldOfGit } from '../view/committed-repositories.js'
import { gitReferencesOf } from './git-references.js'
import { allKnown, findKnown, type Known, type Place } from './known.js'
import { summaryOf } from './list.js'
import { freeLines, type Stock, sizeOf, stockOf } from './stock.js'
import { countHistory, type HistoryGoing } from './whole-history.js'

export async function pruneRecords(
  place: Place | null,
  { olderThan = '30d', agentId, force = false }: PruneOptions,
): Promise<PruneResult> {
  const before = new Date(Date.now() - parseDuration(olderThan, 'older_than')).toISOString()
  const isMeant = (session: Known) => agentId === undefined || session.agentId === agentId
  const all = place === null ? [] : (await allKnown(place)).known
  const known = all.filter(isMeant)
  const old = known.filter(({ endedAt }) => endedAt !== null && endedAt < before)
  const idle = known.filter(
    ({ endedAt, updatedAt }) => endedAt === null && updatedAt !== '' && updatedAt < before,
  )
  const {
    bytesOf,
    undoable: _,
    restorable: __,
    ...stock
  } = place === null ? nothing : await take(place.site, old, { known: all, force })
  const gitReferences = place === null ? [] : await gitReferencesOf(place.site, namesOf(old))
  const sessions = old.map((session) => ({ ...summaryOf(session), sizeBytes: bytesOf.get(session) ?? 0 }))
  return {
    olderThan,
    before,
    agentId: agentId ?? null,
    pruned: force,
    sessions,
    ...stock,
    ...(gitReferences.length === 0 ? {} : { gitReferences }),
    idle: idle.map(({ name }) => name),
  }
}

const nothing: Taken = { archives: 0, ...countHistory([]), freedBytes: 0, bytesOf: new Map() }

function namesOf(sessions: readonly Known[]): string[] {
  return sessions.map(({ name }) => name)
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
  const gitReferences = await gitReferencesOf(site, [known.name])
  const left = gitReferences.length === 0 ? {} : { gitReferences }
  if (known.endedAt === null) return { ...(await removeOpen(place, known, options)), ...left }
  const { force = false } = options
  const { sessionId, status, changes, humanRetries } = known
  const all = (await allKnown(place)).known
  const { bytesOf: _, archives: __, ...taken } = await take(site, [known], { known: all, force })
  return { sessionId, status, deleted: force, changes, humanRetries, ...taken, ...left }
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
  const all = (await allKnown(place)).known
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
  const {
    bytesOf: _,
    archives: __,
    freedBytes,
    ...history
  } = await take(site, [known], { known: all, force })
  return {
    ...{ sessionId, status, deleted: force, changes, humanRetries, leftOut, ...history },
    freedBytes: size === null ? null : size + freedBytes,
    ...(before.git === null ? { gitCommits: null } : toldOfGit(before.git)),
    ...(view ? { view } : {}),
  }
}

type Taken = Pick<PruneResult, 'archives' | 'freedBytes'> & HistoryGoing & Pick<Stock, 'bytesOf'>

interface TakeOptions {
  /** All sessions there are. */
  known: readonly Known[]
  force: boolean
}

/** Takes away all that is kept of them; without `force` it only says what there is. */
async function take(site: Site, sessions: readonly Known[], { known, force }: TakeOptions): Promise<Taken> {
  if (!force) return taken(stockOf(site, sessions, known))
  return withLock(site.port, site.layout, 'commit', async () => taken(takeAway(site, sessions, known)))
}

function taken({ archives, history, bytes, bytesOf }: Stock): Taken {
  return { archives: archives.length, ...countHistory(history), freedBytes: bytes, bytesOf }
}

function takeAway(site: Site, sessions: readonly Known[], known: readonly Known[]): Stock {
  const { port, layout } = site
  const stock = stockOf(site, sessions, known)
  for (const path of stock.archives) {
    ensureFolder(port, layout.trash)
    const grave = `${layout.trash}/archive-${uniqueName()}`
    port.rename(path, grave)
    clear(port, grave)
  }
  for (const { commitId } of stock.history) {
    // The newest gone, its number would be given again, and who undoes it by an old answer would undo another.
    keepNumber(port, layout, commitId)
    dropEntry(site, commitId)
  }
  for (const page of stock.pages) removeIfThere(port, page)
  // Last: by these it is still known what is left to go, if this ends here.
  freeLines(site, { sessions, historyOf: stock.historyOf }, takeOut)
  // What their ends have thrown away holds their texts, too.
  sweepTrash(port, layout)
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
