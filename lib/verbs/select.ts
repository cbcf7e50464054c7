import { CowriteError } from '../errors.js'
import { isWithin, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import type { Guard } from '../store/guard.js'
import type { Examined } from './examined.js'
import { unitsOf } from './units.js'

/**
 * The changes that `files` name, and what cannot be parted from them (T4): both ends of a move, what a file
 * replaces, the folders that it stands in. A name may be a path, a folder, or a bare name that is unique; that of a
 * folder does not mean what is `ignored` in it, unless there is nothing else. Throws NOT_FOUND, PATH_PROTECTED.
 */
export function selectChanges(
  changes: readonly Examined[],
  files: readonly string[],
  guard: Guard,
  { ignored = new Set<WorkspacePath>(), units = unitsOf(changes) } = {},
): { named: Set<WorkspacePath>; taken: Set<WorkspacePath> } {
  const named = new Set<WorkspacePath>()
  for (const file of files) for (const path of pathsNamed(changes, file, guard, ignored)) named.add(path)
  return { named, taken: units.withNeeds(named) }
}

function pathsNamed(
  changes: readonly Examined[],
  file: string,
  guard: Guard,
  ignored: ReadonlySet<WorkspacePath>,
): WorkspacePath[] {
  const path = parsePath(file)
  const within = changes.filter((change) => isWithin(change.path, path)).map((change) => change.path)
  if (within.length > 0) {
    const meant = ignored.has(path) ? within : within.filter((other) => !ignored.has(other))
    return meant.length > 0 ? meant : within
  }
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
