import type { CancelOptions, CancelResult } from '../api.js'
import { abandon, withTransaction } from '../engine/engine.js'
import { isBusy } from '../engine/transaction.js'
import { errnoOf, isCowriteError } from '../errors.js'
import { cannotBeRead, cannotBeWritten, tellsOfDamage } from '../store/damage.js'
import { leftOutVersions } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { refuseNewer } from '../store/projection.js'
import { isRejection } from '../store/record.js'
import { liftSeal, sealSession } from '../store/seal.js'
import { closeStore, notThere, openStore, sessionCalled } from '../store/session-store.js'
import { timeInName } from '../text/duration.js'
import { adoptStrays } from './adopt.js'
import { endSession, endSessionWithoutRoom, recoverDead, refuseFailingDisk } from './closing.js'
import { countsOf } from './counts.js'
import { type Told, toldBy } from './ended.js'
import { type Holding, heldChanges, holdingOf } from './holding.js'
import { keptLeftOut } from './kept-left-out.js'
import { clearOwnFolders } from './obstacles.js'
import { countPresent, type PresentCounts } from './present-changes.js'
import { placeArchiveList, writeArchiveList } from './retries.js'
import { countScratch } from './scratch.js'
import type { Site } from './site.js'

/**
 * Throws a session away, a crashed one too (T6): sealed, its retries kept, its folder renamed away. Lower is
 * not touched. A full disk keeps nobody from it: people cancel to get room. Throws SESSION_NOT_FOUND, LOCKED.
 */
export async function cancelSession(
  site: Site,
  sessionName: string,
  options: CancelOptions = {},
  by: Throwing = {},
): Promise<CancelResult> {
  const name = sessionCalled(site.port, site.layout, sessionName)
  const own = site.layout.sessionLayout(name)
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(name)
  try {
    return await withLock(site.port, site.layout, 'commit', () => cancelLocked(site, name, options, by))
  } catch (error) {
    if (!isOutOfRoom(error) || site.port.stat(own.folder) === null) throw error
    return cancelWithoutRoom(site, name, options, by, error)
  }
}

/** What was deleted is not noted among the sessions that have ended. */
export type ThrowingAway = 'cancelled' | 'deleted'

export interface Throwing {
  how?: ThrowingAway
  /** The session as this process has it open: what it has read of it need not be read again. */
  open?: SessionStore | undefined
}

async function cancelLocked(
  site: Site,
  name: string,
  options: CancelOptions,
  { how = 'cancelled', open }: Throwing,
): Promise<CancelResult> {
  const own = site.layout.sessionLayout(name)
  refuseFailingDisk(await recoverDead(site), name)
  if (site.port.stat(own.folder) === null) throw notThere(name)
  refuseNewer(site.port, own)
  return withTransaction(site.port, site.layout, { kind: 'cancel', session: name }, async (transaction) => {
    clearOwnFolders(site.port, own)
    liftSeal(site.port, own)
    const { keeps, told, ...stock } = await takeStock(site, name, options, open, writeArchiveList)
    const { archive } = await endSession(site, name, keeps ? archiveName(name) : null, how, told)
    abandon(site.port, site.layout, transaction, '')
    return cancelled(site, name, archive, stock)
  })
}

/**
 * There is no room for a lock, nor for a transaction's number: that nobody else is at work is looked up, and the seal
 * lets one at a time through. `refused` is what is told where that is not enough.
 */
async function cancelWithoutRoom(
  site: Site,
  name: string,
  options: CancelOptions,
  { how = 'cancelled', open }: Throwing,
  refused: unknown,
): Promise<CancelResult> {
  const { port, layout } = site
  const own = layout.sessionLayout(name)
  if (isBusy(port, layout)) throw refused
  refuseNewer(port, own)
  liftSeal(port, own)
  let list: Parameters<typeof placeArchiveList>[2] | null = null
  try {
    const {
      keeps,
      told: _,
      ...stock
    } = await takeStock(site, name, options, open, ({ record }) => {
      list = { session: name, retries: record.retries }
    })
    const wanted = keeps ? archiveName(name) : null
    const archive = await endSessionWithoutRoom(site, name, wanted, how, async (gone) => {
      if (list !== null) await placeArchiveList(port, gone, list)
    })
    return cancelled(site, name, archive, stock)
  } catch (error) {
    // A seal that was there is not ours to lift.
    if (!isCowriteError(error, 'LOCKED')) liftSeal(port, own)
    throw error
  }
}

function isOutOfRoom(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')
}

function cancelled(
  { layout }: Site,
  session: string,
  name: string | null,
  { leftOut, hasRetries, ...stock }: Omit<Stock, 'keeps'>,
): CancelResult {
  const archive = name === null ? null : `${layout.archive(name)}/`
  const result = { session, cancelled: true as const, archive, ...stock }
  if (leftOut === 0) return result
  const folder = archive === null ? null : `${archive}${leftOutVersions}/`
  return {
    ...result,
    archive: hasRetries ? archive : null,
    leftOutKept: { folder, files: leftOut },
  }
}

function archiveName(session: string): string {
  return `${session}-cancelled-${timeInName(new Date())}`
}

interface Stock extends Pick<CancelResult, 'discarded' | 'scratchDropped'> {
  /** How many files lie in the session that did not come in from its views. */
  leftOut: number
  /** Whether versions lie there, rejected or kept; assumed where the record is too damaged to tell. */
  hasRetries: boolean
  /** Whether an archive is made, of its retries and of those. */
  keeps: boolean
  /** What the record tells, which is read once. */
  told?: Told
}

/**
 * Seals the session and counts what is about to go; `keepList` keeps the list of the retries that are to be kept. A
 * session that is too damaged to count is thrown away uncounted, its retries kept as they lie.
 */
async function takeStock(
  site: Site,
  name: string,
  { backupRetries = true }: CancelOptions,
  open: SessionStore | undefined,
  keepList: (store: SessionStore) => Promise<void> | void,
): Promise<Stock> {
  const own = site.layout.sessionLayout(name)
  const noCounts = { modified: null, created: null, deleted: null, moved: null, newFolders: null }
  const unknown = { ...noCounts, ignored: null, humanRetries: null }
  const leftOut = keptLeftOut(site.port, own)?.files ?? 0
  let store: SessionStore
  try {
    store = openToCount(site, name, open)
  } catch (error) {
    if (!tellsOfDamage(error)) throw error
    if (site.port.stat(own.record) !== null) sealSession(site.port, own, name)
    return {
      discarded: unknown,
      scratchDropped: 0,
      leftOut,
      hasRetries: true,
      keeps: backupRetries && liesAnythingAbout(site, name),
    }
  }
  try {
    await adoptIfPossible(store)
    sealSession(site.port, own, name)
    store.record.refresh()
    const holding = await holdingOf(site.port, store.layers)
    const { counts, uncounted } = await countLeniently(site, store, holding)
    const entries = holding.entries.filter(({ entry }) => !uncounted.has(entry.path))
    const told = toldBy(store.record, heldChanges({ ...holding, entries }))
    const retries = store.record.retries.length
    const keeps = backupRetries && retries + leftOut > 0
    if (keeps) await keepList(store)
    const discarded = { ...counts, humanRetries: store.record.retries.filter(isRejection).length }
    return { discarded, scratchDropped: countScratch(store), leftOut, hasRetries: retries > 0, keeps, told }
  } finally {
    if (store !== open) closeStore(store)
  }
}

/** A disk that fails once may be asked again, before a session counts as damaged: its list of retries would not be kept. */
function openToCount(
  { port, layout, guard, index }: Site,
  name: string,
  open: SessionStore | undefined,
): SessionStore {
  try {
    return open?.record.isLive() ? open : openStore(port, layout, guard, index, name)
  } catch (error) {
    if (errnoOf(error) !== 'EIO') throw error
    return openStore(port, layout, guard, index, name)
  }
}

/** To look at more changes than these, on both sides, would take longer than all else that a cancel does. */
const mostLookedAt = 256

/**
 * As a status would, where that is quick. Else by the record, to which what is ignored, and what comes to nothing by now,
 * is a change like another: nobody is to wait for a figure of what is thrown away.
 */
async function countLeniently(site: Site, store: SessionStore, holding: Holding): Promise<PresentCounts> {
  const byRecord = { counts: { ...countsOf(heldChanges(holding)), ignored: 0 }, uncounted: new Set<string>() }
  if (holding.entries.length > mostLookedAt) return byRecord
  try {
    return await countPresent(site, store)
  } catch (error) {
    // That keeps nobody from cancelling.
    if (!cannotBeRead(error)) throw error
    return byRecord
  }
}

/** They are taken in to be counted, and no full disk shall keep a session for that. */
async function adoptIfPossible(store: SessionStore): Promise<void> {
  try {
    await adoptStrays(store)
  } catch (error) {
    if (!cannotBeWritten(error)) throw error
  }
}

function liesAnythingAbout(site: Site, name: string): boolean {
  const { retries } = site.layout.sessionLayout(name)
  return site.port.stat(retries) !== null && site.port.list(retries).length > 0
}
