import type { CancelOptions, CancelResult } from '../api.js'
import { abandon, withTransaction } from '../engine/engine.js'
import { cannotBeWritten, tellsOfDamage } from '../store/damage.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { refuseNewer } from '../store/projection.js'
import { changeOf } from '../store/record.js'
import { liftSeal, sealSession } from '../store/seal.js'
import { closeStore, notThere, openStore, sessionCalled } from '../store/session-store.js'
import { adoptStrays } from './adopt.js'
import { endSession, recoverDead } from './closing.js'
import { writeArchiveList } from './retries.js'
import { countScratch } from './scratch.js'
import type { Site } from './site.js'

/**
 * Throws a session away, a crashed one too (T6): sealed, its retries kept, its folder renamed away. Lower is
 * not touched. Throws SESSION_NOT_FOUND, LOCKED.
 */
export async function cancelSession(
  site: Site,
  sessionName: string,
  options: CancelOptions = {},
): Promise<CancelResult> {
  const name = sessionCalled(site.port, site.layout, sessionName)
  const own = site.layout.sessionLayout(name)
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(name)
  return withLock(site.port, site.layout, 'commit', async () => {
    await recoverDead(site)
    if (site.port.stat(own.folder) === null) throw notThere(name)
    refuseNewer(site.port, own)
    return withTransaction(site.port, site.layout, { kind: 'cancel', session: name }, async (transaction) => {
      liftSeal(site.port, own)
      const { retries, ...stock } = await takeStock(site, name, options)
      const { archive } = await endSession(site, name, retries > 0 ? archiveName(name) : null)
      abandon(site.port, site.layout, transaction, '')
      return {
        session: name,
        cancelled: true,
        archive: archive === null ? null : `${site.layout.archive(archive)}/`,
        ...stock,
      }
    })
  })
}

/** `NAME-cancelled-YYYYMMDD-HHMMSS`, in the local time that a person would look for. */
function archiveName(session: string): string {
  const now = new Date()
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  return `${session}-cancelled-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
}

/**
 * Seals the session and counts what is about to go; `retries` are those to be kept. A session that is too
 * damaged to count is thrown away uncounted, its retries kept as they lie.
 */
async function takeStock(
  site: Site,
  name: string,
  { backupRetries = true }: CancelOptions,
): Promise<Pick<CancelResult, 'discarded' | 'scratchDropped'> & { retries: number }> {
  const own = site.layout.sessionLayout(name)
  const unknown = { modified: null, created: null, deleted: null, humanRetries: null }
  let store: SessionStore
  try {
    store = openStore(site.port, site.layout, site.guard, site.index, name)
  } catch (error) {
    if (!tellsOfDamage(error)) throw error
    if (site.port.stat(own.record) !== null) sealSession(site.port, own, name)
    return {
      discarded: unknown,
      scratchDropped: 0,
      retries: backupRetries ? retriesLyingAbout(site, name) : 0,
    }
  }
  try {
    await adoptIfPossible(store)
    sealSession(site.port, own, name)
    store.record.refresh()
    const counted = { modified: 0, created: 0, deleted: 0 }
    for (const entry of store.record.entries.values()) {
      const isFolder = entry.kind === 'folder' || (entry.kind === 'whiteout' && entry.base?.kind === 'folder')
      if (!isFolder || !store.record.hasBelow(entry.path)) counted[changeOf(entry)] += 1
    }
    const retries = store.record.retries.length
    if (backupRetries && retries > 0) writeArchiveList(store)
    const discarded = { ...counted, humanRetries: retries }
    return { discarded, scratchDropped: countScratch(store), retries: backupRetries ? retries : 0 }
  } finally {
    closeStore(store)
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

function retriesLyingAbout(site: Site, name: string): number {
  const { retries } = site.layout.sessionLayout(name)
  return site.port.stat(retries) === null ? 0 : site.port.list(retries).length
}
