import { CowriteError } from '../errors.js'
import { joinPath, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import { effectiveEntries } from '../store/layers.js'
import { isSameName, listMerged, resolveLinks, type SessionStore, statMerged } from '../store/overlay.js'

/**
 * The file that a person means (P4): a path, or a bare name that is looked up in the session first, then in
 * the live files. Throws NOT_FOUND with the paths that were checked, or with those that it could be; WRONG_KIND for a
 * folder, with the first files in it.
 */
export function findFile(store: SessionStore, file: unknown): WorkspacePath {
  const path = parsePath(file)
  store.guard.checkRead(path)
  store.record.refresh()
  const meant = resolveLinks(store, path, true)
  store.guard.checkRead(meant)
  const isThere = isFile(store, meant)
  if (path.includes('/')) {
    if (!isThere) throw isFolder(store, meant) ? namesFolder(store, meant) : notFound(store, path)
    return meant
  }
  const inSession = effectiveEntries(store.layers)
    .map(({ entry }) => entry)
    .filter((entry) => entry.kind === 'file' && isSameName(store, nameOf(entry.path), path))
    .map((entry) => entry.path)
  // No path but the bare name leads to a file at the top, so it is never one of several.
  if (isThere && (inSession.length === 0 || inSession.includes(meant))) return meant
  if (inSession.length > 0) return onlyOne(path, inSession)
  const everywhere = [...entriesNamed(store, path, 'file')]
  if (everywhere.length === 0) {
    const [folder] = isFolder(store, meant) ? [meant] : entriesNamed(store, path, 'folder')
    throw folder === undefined ? notFound(store, path) : namesFolder(store, folder)
  }
  return onlyOne(path, everywhere)
}

function isFile(store: SessionStore, path: WorkspacePath): boolean {
  return statMerged(store, path)?.stat.isFile() ?? false
}

function isFolder(store: SessionStore, path: WorkspacePath): boolean {
  return statMerged(store, path)?.stat.isDirectory() ?? false
}

function* entriesNamed(
  store: SessionStore,
  name: string,
  wanted: 'file' | 'folder',
  folder: WorkspacePath = '',
): Generator<WorkspacePath> {
  for (const entry of listMerged(store, folder)) {
    const path = joinPath(folder, entry.name)
    if (entry.kind === wanted && isSameName(store, entry.name, name)) yield path
    if (entry.kind === 'folder') yield* entriesNamed(store, name, wanted, path)
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

const mostFiles = 10

/** A folder has no text that could be rejected, but its files have. */
function namesFolder(store: SessionStore, folder: WorkspacePath): CowriteError {
  const candidates: WorkspacePath[] = []
  for (const path of filesBelow(store, folder)) {
    candidates.push(path)
    if (candidates.length === mostFiles) break
  }
  const told = candidates.length === 0 ? ', and no file is in it' : ': name a file in it'
  return new CowriteError('WRONG_KIND', `${folder} is a folder${told}.`, {
    ...{ path: folder, expected: 'a file', found: 'a folder' },
    ...(candidates.length === 0 ? {} : { candidates }),
  })
}

function* filesBelow(store: SessionStore, folder: WorkspacePath): Generator<WorkspacePath> {
  const entries = listMerged(store, folder).sort((left, right) => (left.name < right.name ? -1 : 1))
  for (const entry of entries) {
    const path = joinPath(folder, entry.name)
    if (entry.kind === 'folder') yield* filesBelow(store, path)
    else if (entry.kind === 'file') yield path
  }
}

function notFound(store: SessionStore, path: WorkspacePath): CowriteError {
  const inSession = store.layout.upper(path.includes('/') ? path : `…/${path}`)
  return new CowriteError('NOT_FOUND', `File not found: ${path}`, {
    path,
    checked: { session: inSession, global: path.includes('/') ? path : `…/${path}` },
  })
}
