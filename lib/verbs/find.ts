import { CowriteError } from '../errors.js'
import { joinPath, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import { effectiveEntries } from '../store/layers.js'
import { isSameName, listMerged, resolveLinks, type SessionStore, statMerged } from '../store/overlay.js'

/**
 * The file that a person means (P4): a path, or a bare name that is looked up in the session first, then in
 * the live files. Throws NOT_FOUND with the paths that were checked, or with those that it could be.
 */
export function findFile(store: SessionStore, file: unknown): WorkspacePath {
  const path = parsePath(file)
  store.guard.checkRead(path)
  store.record.refresh()
  const meant = resolveLinks(store, path, true)
  store.guard.checkRead(meant)
  const isThere = isFile(store, meant)
  if (path.includes('/')) {
    if (!isThere) throw notFound(store, path)
    return meant
  }
  const inSession = effectiveEntries(store.layers)
    .map(({ entry }) => entry)
    .filter((entry) => entry.kind === 'file' && isSameName(store, nameOf(entry.path), path))
    .map((entry) => entry.path)
  // No path but the bare name leads to a file at the top, so it is never one of several.
  if (isThere && (inSession.length === 0 || inSession.includes(meant))) return meant
  if (inSession.length > 0) return onlyOne(path, inSession)
  const everywhere = [...filesNamed(store, path)]
  if (everywhere.length === 0) throw notFound(store, path)
  return onlyOne(path, everywhere)
}

function isFile(store: SessionStore, path: WorkspacePath): boolean {
  return statMerged(store, path)?.stat.isFile() ?? false
}

function* filesNamed(
  store: SessionStore,
  name: string,
  folder: WorkspacePath = '',
): Generator<WorkspacePath> {
  for (const entry of listMerged(store, folder)) {
    const path = joinPath(folder, entry.name)
    if (entry.kind === 'folder') yield* filesNamed(store, name, path)
    else if (entry.kind === 'file' && isSameName(store, entry.name, name)) yield path
  }
}

function onlyOne(name: string, paths: WorkspacePath[]): WorkspacePath {
  const [first, ...others] = paths
  if (first !== undefined && others.length === 0) return first
  throw new CowriteError('NOT_FOUND', `${name} could be any of ${paths.length} files; name its path.`, {
    path: name,
    candidates: paths.sort(),
  })
}

function notFound(store: SessionStore, path: WorkspacePath): CowriteError {
  const inSession = store.layout.upper(path.includes('/') ? path : `…/${path}`)
  return new CowriteError('NOT_FOUND', `File not found: ${path}`, {
    path,
    checked: { session: inSession, global: path.includes('/') ? path : `…/${path}` },
  })
}
