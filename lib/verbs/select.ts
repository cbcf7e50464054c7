import { CowriteError } from '../errors.js'
import { ancestorsOf, isWithin, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import type { Guard } from '../store/guard.js'
import type { Examined } from './examine.js'

/**
 * The changes that `files` name, and what cannot be parted from them (T4): both ends of a move, what a file
 * replaces, the folders that it stands in. A name may be a path, a folder, or a bare name that is unique.
 * Throws NOT_FOUND, PATH_PROTECTED.
 */
export function selectChanges(
  changes: readonly Examined[],
  files: readonly string[],
  guard: Guard,
): { named: Set<WorkspacePath>; taken: Set<WorkspacePath> } {
  const named = new Set<WorkspacePath>()
  for (const file of files) for (const path of pathsNamed(changes, file, guard)) named.add(path)
  const taken = new Set(named)
  for (let size = -1; size !== taken.size; ) {
    size = taken.size
    for (const change of changes) {
      if (taken.has(change.path)) for (const path of inseparable(changes, change)) taken.add(path)
    }
  }
  return { named, taken }
}

function pathsNamed(changes: readonly Examined[], file: string, guard: Guard): WorkspacePath[] {
  const path = parsePath(file)
  const within = changes.filter((change) => isWithin(change.path, path)).map((change) => change.path)
  if (within.length > 0) return within
  const alike = path.includes('/')
    ? []
    : changes.filter((change) => nameOf(change.path) === path).map((change) => change.path)
  if (alike.length === 1) return alike
  if (alike.length > 1) {
    throw new CowriteError(
      'NOT_FOUND',
      `${path} could be any of ${alike.length} changed files; name its path.`,
      {
        path,
        candidates: alike,
      },
    )
  }
  guard.checkRead(path)
  throw new CowriteError('NOT_FOUND', `The session did not change ${path}.`, { path })
}

function inseparable(changes: readonly Examined[], change: Examined): WorkspacePath[] {
  const { path, entry } = change
  const above = new Set(ancestorsOf(path))
  const isDeletion = entry.kind === 'whiteout'
  return changes
    .filter((other) => {
      if (other.path === path) return false
      // Both ends of a move.
      if (other.entry.movedFrom === path || entry.movedFrom === other.path) return true
      // The folders that a file needs, or what was in the way of them.
      if (!isDeletion && above.has(other.path))
        return other.entry.kind === 'folder' || other.entry.kind === 'whiteout'
      // What lies in a folder that goes, or that a file takes the place of.
      if (isWithin(other.path, path)) return entry.kind !== 'folder' || entry.opaque === true
      // What must be gone before the folder around it can be, and the file that takes its place.
      if (isDeletion && above.has(other.path))
        return other.entry.kind === 'file' || other.entry.kind === 'symlink'
      return false
    })
    .map((other) => other.path)
}
