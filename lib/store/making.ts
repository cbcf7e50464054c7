/** Folders, links, modes and times. */
import { CowriteError, errnoOf } from '../errors.js'
import { parentOf, type WorkspacePath } from '../paths.js'
import { takeBase } from './copying.js'
import { errnoError } from './errno.js'
import { ensureFolder } from './files.js'
import { fingerprintOf, permissionsOf } from './fingerprint.js'
import { inTurn } from './in-turn.js'
import { discardTemporary, land, requireLive } from './landing.js'
import { entryBelow, isScratch, resolveLinks, type SessionStore, statMerged } from './overlay.js'
import type { Entry } from './record.js'
import { requireParent, requireThere } from './removing.js'
import { temporaryPath } from './work-folders.js'
import { copyUp, dropIfUnchanged, isShared } from './writing.js'

/** Makes an empty folder, in a turn of the caller's. Throws EEXIST, ENOENT, ENOTDIR. */
export function makeFolder(store: SessionStore, path: WorkspacePath, mode?: number): void {
  const { port, record } = store
  record.refresh()
  if (statMerged(store, path) !== null) throw errnoError('EEXIST', path, 'mkdir')
  requireParent(store, path, 'mkdir')
  if (isScratch(store, path)) {
    port.makeFolder(store.layout.upper(path), mode)
    return
  }
  const known = record.entries.get(path) ?? entryBelow(store, path)
  const entry: Entry = {
    path,
    kind: 'folder',
    base: known?.base ?? null,
    kept: null,
    firstWriteAt: new Date().toISOString(),
    ...(known ? { opaque: true as const } : {}),
    ...(mode !== undefined ? { mode } : {}),
  }
  store.index.note(store.name, path)
  makeUpperFolder(store, path)
  record.append({ set: [entry] })
  requireLive(store)
}

/** Before its line: a line must not tell of what never came. What a crash left there of a file makes room. */
function makeUpperFolder({ port, layout }: SessionStore, path: WorkspacePath): void {
  const upper = layout.upper(path)
  if (port.stat(upper)?.isDirectory() === false) port.remove(upper)
  ensureFolder(port, upper)
}

/** Makes the folders on the way to `path`, in a turn of the caller's, as tools that are given a whole path expect. */
export function makeParents(store: SessionStore, path: WorkspacePath): void {
  const parent = parentOf(path)
  if (parent === '') return
  const there = statMerged(store, parent)
  if (there?.stat.isDirectory()) return
  if (there !== null) throw errnoError(there.stat.isSymbolicLink() ? 'ELOOP' : 'ENOTDIR', path, 'mkdir')
  makeParents(store, parent)
  makeFolder(store, parent)
}

/** Makes a symbolic link. Throws EEXIST, and PATH_ESCAPE where it would point out of the workspace (P8). */
export async function makeLink(store: SessionStore, target: string, path: WorkspacePath): Promise<void> {
  const { port, record } = store
  record.refresh()
  requireLive(store)
  if (statMerged(store, path) !== null) throw errnoError('EEXIST', path, 'symlink')
  requireParent(store, path, 'symlink')
  refuseOutside(store, target, path)
  if (isScratch(store, path)) return port.symlink(target, store.layout.upper(path))
  const temporary = temporaryPath(store)
  try {
    port.symlink(target, temporary.at)
    const base = await takeBase(store, path)
    await inTurn(store, () => {
      record.refresh()
      if (statMerged(store, path) !== null) throw errnoError('EEXIST', path, 'symlink')
      requireParent(store, path, 'symlink')
      land(store, path, temporary, 'symlink', base)
    })
  } finally {
    discardTemporary(store, path, temporary)
  }
}

function refuseOutside(store: SessionStore, target: string, path: WorkspacePath): void {
  const { root } = store.port
  if (target.startsWith('/')) {
    if (target === root || target.startsWith(`${root}/`)) return
    throw new CowriteError('PATH_ESCAPE', `${path} would point out of the workspace, to ${target}.`, { path })
  }
  const full = `${parentOf(path)}/${target}`
  try {
    resolveLinks(store, full, true)
  } catch (error) {
    // A link to itself or through a file is a bad link, not a way out.
    if (errnoOf(error) === 'ELOOP' || errnoOf(error) === 'ENOTDIR') return
    throw error
  }
}

/** Sets permission bits. Throws ENOENT. */
export async function changeMode(store: SessionStore, path: WorkspacePath, mode: number): Promise<void> {
  const { port, record } = store
  record.refresh()
  requireLive(store)
  const there = requireThere(store, path, 'chmod')
  const present = there.entry?.mode ?? permissionsOf(there.stat)
  if (present === (mode & 0o7777) && !record.entries.has(path)) return
  if (isScratch(store, path)) return port.chmod(there.at, mode & 0o777)
  if (there.stat.isDirectory()) return inTurn(store, () => changeFolderMode(store, path, mode & 0o777))
  for (let isDone = false; !isDone; ) {
    await copyUp(store, path)
    isDone = await inTurn(store, () => {
      if (isShared(store, path)) return false
      port.chmod(store.layout.upper(path), mode & 0o777)
      requireLive(store)
      return true
    })
  }
  await dropIfUnchanged(store, path)
}

function changeFolderMode(store: SessionStore, path: WorkspacePath, mode: number): void {
  const { port, record } = store
  record.refresh()
  requireThere(store, path, 'chmod')
  const own = record.entries.get(path)
  const below = own ? null : entryBelow(store, path)
  const known = own ?? (below && { ...below, through: true as const })
  const lower = known ? null : port.stat(path)
  const entry: Entry = {
    ...(known ?? {
      path,
      kind: 'folder',
      base: lower && fingerprintOf(port, path, lower, null),
      kept: null,
      firstWriteAt: new Date().toISOString(),
    }),
    mode,
  }
  store.index.note(store.name, path)
  const backAsItWas = entry.base?.kind === 'folder' && entry.base.mode === mode && !entry.opaque
  ensureFolder(port, store.layout.upper(path))
  record.append(backAsItWas && entryBelow(store, path) === null ? { drop: [path] } : { set: [entry] })
}

/** Sets times of the session's own copy; times are not committed, and make no change of their own. */
export async function changeTimes(
  store: SessionStore,
  path: WorkspacePath,
  atime: number,
  mtime: number,
): Promise<void> {
  store.record.refresh()
  requireLive(store)
  const there = requireThere(store, path, 'utime')
  if (there.stat.isDirectory()) return
  if (there.stat.isSymbolicLink()) {
    if (store.record.entries.get(path)?.kind !== 'symlink') return
  } else await copyUp(store, path)
  store.port.setTimes(store.layout.upper(path), atime, mtime)
}
