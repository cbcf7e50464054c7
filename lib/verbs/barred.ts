/** Changes that a commit refuses to carry out, because nobody may write there. */
import { isCowriteError } from '../errors.js'
import { isWithin, type WorkspacePath } from '../paths.js'
import type { Guard } from '../store/guard.js'
import type { SessionStore } from '../store/overlay.js'
import { isOfNewRepository } from '../store/repositories.js'
import type { Examined } from './examined.js'

/** The guard's reason for each. Protected since they were written, or written by a hand: no call could have named them. */
export function barredAmong(
  store: SessionStore,
  guard: Guard,
  changes: readonly Examined[],
): Map<WorkspacePath, string> {
  const barred = new Map<WorkspacePath, string>()
  for (const { path, verdict, entry } of changes) {
    // What others put into a folder that goes is a conflict, and no change of the session.
    if (verdict === 'none' || entry.firstWriteAt === '') continue
    const reason = whyBarred(store, guard, path)
    if (reason !== null) barred.set(path, reason)
  }
  return barred
}

/** Null where it may be written. */
function whyBarred(store: SessionStore, guard: Guard, path: WorkspacePath): string | null {
  try {
    checkCommitted(store, guard, path)
    return null
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    return error.data.reason ?? error.message
  }
}

/** Throws PATH_PROTECTED. */
export function checkCommitted(store: SessionStore, guard: Guard, path: WorkspacePath): void {
  if (!isOfNewRepository(store, path)) guard.checkWrite(path)
  // What a fork took over from its parent was written within that one's limits.
  const own = store.record.entries.get(path)
  if (own && own.kind !== 'folder') store.guard.checkLimits(path)
}

/** Without those, and without the new folders that are there only for them. */
export function withoutBarred(
  changes: readonly Examined[],
  barred: ReadonlyMap<WorkspacePath, string>,
): readonly Examined[] {
  if (barred.size === 0) return changes
  const isAround = (folder: WorkspacePath, path: WorkspacePath) => path !== folder && isWithin(path, folder)
  const within = (folder: WorkspacePath, among: Iterable<WorkspacePath>) =>
    [...among].some((path) => isAround(folder, path))
  const others = changes.filter(({ path, kind }) => kind !== 'folder' && !barred.has(path))
  const otherPaths = others.map(({ path }) => path)
  return changes.filter(
    ({ path, kind, change }) =>
      !barred.has(path) &&
      !(
        kind === 'folder' &&
        change === 'created' &&
        within(path, barred.keys()) &&
        !within(path, otherPaths)
      ),
  )
}
