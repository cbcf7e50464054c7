import type { CancelOptions, CancelResult } from '../api.js'
import { abandon } from '../engine/engine.js'
import { begin, discard } from '../engine/transaction.js'
import { errnoOf, isCowriteError } from '../errors.js'
import { parseSessionName } from '../paths.js'
import { withLock } from '../store/locks.js'
import { changeOf } from '../store/record.js'
import { liftSeal, sealSession } from '../store/seal.js'
import { notThere, openStore } from '../store/session-store.js'
import { adoptStrays } from './adopt.js'
import { closeSession, recoverDead } from './closing.js'
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
  const name = parseSessionName(sessionName)
  const own = site.layout.sessionLayout(name)
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(name)
  return withLock(site.port, site.layout, 'commit', async () => {
    await recoverDead(site)
    if (site.port.stat(own.folder) === null) throw notThere(name)
    const transaction = begin(site.port, site.layout, { kind: 'cancel', session: name })
    try {
      liftSeal(site.port, own)
      if (site.port.stat(own.record) !== null) sealSession(site.port, own, name)
      const { discarded, scratchDropped, retries } = await takeStock(site, name)
      const keep = options.backupRetries !== false && retries > 0
      const archive = await closeSession(site, name, keep ? archiveName(name) : null)
      discard(site.port, site.layout, transaction)
      return {
        session: name,
        cancelled: true,
        discarded,
        archive: archive === null ? null : `${site.layout.archive(archive)}/`,
        scratchDropped,
      }
    } catch (error) {
      abandon(site.port, site.layout, transaction, name)
      throw error
    }
  })
}

/** `NAME-cancelled-YYYYMMDD-HHMMSS`, in the local time that a person would look for. */
function archiveName(session: string): string {
  const now = new Date()
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  return `${session}-cancelled-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
}

/** What is about to go. A session that is too damaged to count is thrown away uncounted, its retries kept as they lie. */
async function takeStock(
  site: Site,
  name: string,
): Promise<Pick<CancelResult, 'discarded' | 'scratchDropped'> & { retries: number }> {
  const unknown = { modified: null, created: null, deleted: null, humanRetries: null }
  let store: ReturnType<typeof openStore>
  try {
    store = openStore(site.port, site.layout, site.guard, site.index, name)
  } catch (error) {
    if (!isCowriteError(error, 'CORRUPT') && errnoOf(error) !== 'ENOENT') throw error
    return { discarded: unknown, scratchDropped: 0, retries: retriesLyingAbout(site, name) }
  }
  try {
    await adoptStrays(store)
    if (store.record.retries.length > 0) writeArchiveList(store)
    const counted = { modified: 0, created: 0, deleted: 0 }
    for (const entry of store.record.entries.values()) {
      const isFolder = entry.kind === 'folder' || (entry.kind === 'whiteout' && entry.base?.kind === 'folder')
      if (!isFolder || !store.record.hasBelow(entry.path)) counted[changeOf(entry)] += 1
    }
    const retries = store.record.retries.length
    return { discarded: { ...counted, humanRetries: retries }, scratchDropped: countScratch(store), retries }
  } finally {
    store.record.close()
  }
}

function retriesLyingAbout(site: Site, name: string): number {
  const { retries } = site.layout.sessionLayout(name)
  return site.port.stat(retries) === null ? 0 : site.port.list(retries).length
}
