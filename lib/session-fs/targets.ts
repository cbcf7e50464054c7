import type { WorkspacePath } from '../paths.js'
import { errnoError } from '../store/errno.js'
import { type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import type { Access } from './arguments.js'
import type { Asked } from './paths.js'
import { checkNewcomer, checkWritable, reach } from './reach.js'

/** Where a write goes: an existing regular file that may be written, or a name that may come to be. */
export interface Target {
  path: WorkspacePath
  there: MergedStat | null
}

/** Throws what open(2) would, with O_CREAT. */
export function targetOf(store: SessionStore, asked: Asked, access: Access): Target {
  const follow = !access.exclusive && !access.noFollow
  const { path, there, folder } = reach(store, asked, follow)
  if (asked.asFolder && asked.dots === '' && access.create) throw errnoError('EISDIR', asked.shown)
  if (there !== null && access.exclusive) throw errnoError('EEXIST', asked.shown)
  if (there === null && !access.create) throw errnoError('ENOENT', asked.shown)
  if (asked.asFolder && !there?.stat.isDirectory()) throw errnoError('ENOTDIR', asked.shown)
  if (there?.stat.isDirectory()) throw errnoError('EISDIR', asked.shown)
  checkWritable(store, asked, path)
  if (there === null) checkNewcomer(store, path, folder)
  else if (there.stat.isSymbolicLink()) throw errnoError('ELOOP', asked.shown)
  else if (!there.stat.isFile()) throw errnoError('ENXIO', asked.shown)
  else if (!mayWrite(store, there)) throw errnoError('EACCES', asked.shown)
  return { path, there }
}

/** The session's own copies are this user's, so that their mode says it; of a live file the system is asked. */
function mayWrite(store: SessionStore, there: MergedStat): boolean {
  const isOwnAndOpen = there.source === 'session' && (there.stat.mode & ownersWrite) !== 0n
  return isOwnAndOpen || store.port.isWritable(there.at)
}

const ownersWrite = 0o200n

/** Throws EEXIST where something came to `path` while the content was made. */
export function stillMissing(store: SessionStore, path: WorkspacePath): () => void {
  return () => {
    if (statMerged(store, path) !== null) throw errnoError('EEXIST', path)
  }
}
