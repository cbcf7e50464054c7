/** A full disk, on which what is to go makes the room that it takes to say so. */
import { errnoOf, isCowriteError } from '../errors.js'
import { parsePath, type WorkspacePath } from '../paths.js'
import { type SessionStore, statMerged } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import { bringInLeftover, hasLeftover, waits } from './leftover.js'

type Removed = { filePath: WorkspacePath; change: 'deleted' }

/** Deletes by `remove`, or from what waits in a view for room. Throws as `remove`. */
export async function removeMakingRoom(
  site: Site,
  store: SessionStore,
  asked: string,
  remove: () => Promise<Removed>,
): Promise<Removed> {
  try {
    return await remove()
  } catch (error) {
    const mayWait = isCowriteError(error, 'NOT_FOUND') || isFull(error)
    if (mayWait && removeWaiting(site, store, parsePath(asked))) {
      await bringInIfPossible(site, store)
      return { filePath: parsePath(asked), change: 'deleted' }
    }
    if (!isFull(error) || !emptyOwnNew(store, parsePath(asked))) throw error
    return remove()
  }
}

function isFull(error: unknown): boolean {
  const cause = isCowriteError(error) ? error.cause : error
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause) ?? '')
}

/** False where others have it, too, or lower had it: then its content is more than what is to go. */
function emptyOwnNew({ port, layout, record }: SessionStore, path: WorkspacePath): boolean {
  const entry = record.entries.get(path)
  if (entry?.kind !== 'file' || entry.base !== null) return false
  const stat = port.stat(layout.upper(path))
  if (!stat?.isFile() || stat.nlink !== 1n || stat.size === 0n) return false
  const file = port.openForWriting(layout.upper(path))
  try {
    file.truncate(0)
  } finally {
    file.close()
  }
  return true
}

/** A file that a command has made, in a view that nobody is at work in any more. */
function removeWaiting(site: Site, store: SessionStore, path: WorkspacePath): boolean {
  if (!hasLeftover(site, store.name) || statMerged(store, path) !== null) return false
  const at = site.layout.view(store.name).at(path)
  if (!store.port.stat(at)?.isFile()) return false
  store.guard.checkWrite(path)
  store.port.remove(at)
  return true
}

async function bringInIfPossible(site: Site, store: SessionStore): Promise<void> {
  try {
    await bringInLeftover(site, store)
  } catch (error) {
    if (!waits(error)) throw error
  }
}
