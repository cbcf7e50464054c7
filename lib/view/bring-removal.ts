import { errnoOf, isCowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import { entriesIn } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import { type SessionStore, statMerged } from '../store/overlay.js'
import { removeFile, removeFolder } from '../store/removing.js'
import type { Harvest } from './harvest.js'
import { refused } from './refusal.js'
import { isYounger } from './younger.js'

/**
 * Deletes in the session what was deleted in the view. What lower holds that is younger than the view was not seen by
 * whoever deleted it: it gets no base, and so becomes a conflict.
 */
export async function bringRemoval(work: Harvest, path: WorkspacePath): Promise<void> {
  const { store } = work
  const unseen = youngerThan(work, path)
  try {
    if (statMerged(store, path)?.stat.isDirectory()) await removeFolder(store, path)
    else await removeFile(store, path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_PROTECTED')) {
      work.leftOut.push(refused(path, 'holds what is protected, so not deleted'))
      return
    }
    // Somebody else has deleted it in the session meanwhile.
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  if (unseen.length > 0) await forgetBases(store, unseen)
}

/** Files of lower's, at or below `path`, that the session does not know and that changed since the view took them in. */
function youngerThan(work: Harvest, path: WorkspacePath): WorkspacePath[] {
  const { store } = work
  const stat = statLower(store.port, path)
  if (stat === null || store.record.entries.has(path)) return []
  if (!stat.isDirectory()) return isYounger(work, path) ? [path] : []
  const found: WorkspacePath[] = []
  const look = (folder: WorkspacePath): void => {
    for (const { name, kind } of entriesIn(store.port, folder)) {
      const child = joinPath(folder, name)
      if (kind === 'folder') look(child)
      else if (!store.record.entries.has(child) && isYounger(work, child)) found.push(child)
    }
  }
  look(path)
  return found
}

async function forgetBases(store: SessionStore, paths: readonly WorkspacePath[]): Promise<void> {
  await inTurn(store, () => {
    store.record.refresh()
    const set = paths.flatMap((path) => {
      const entry = store.record.entries.get(path)
      return entry?.kind === 'whiteout' ? [{ ...entry, base: null, kept: null }] : []
    })
    if (set.length > 0) store.record.append({ set })
  })
}
