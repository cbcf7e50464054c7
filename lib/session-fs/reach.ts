/** Where a path leads in the merged view, segment by segment, as the system would go (P8). */
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import { errnoError } from '../store/errno.js'
import { checkLength, checkNewName } from '../store/guard.js'
import {
  type Located,
  locate,
  type MergedStat,
  type SessionStore,
  spelling,
  statMerged,
} from '../store/overlay.js'
import type { Asked } from './paths.js'

/** What stands at the end of a path: nothing, perhaps, but the folder that it would stand in is there. */
export interface Reached {
  path: WorkspacePath
  there: MergedStat | null
  /** The folder that it would stand in, where that was looked at. */
  folder?: Located | null
}

const mostLinks = 40

/**
 * Finds what `asked` leads to. `follow` is for a link at its end; those on the way are always followed.
 * Throws ENOENT, ENOTDIR, ELOOP, PATH_ESCAPE, PATH_PROTECTED.
 */
export function reach(store: SessionStore, asked: Asked, follow: boolean): Reached {
  store.record.refresh()
  if (asked.dots === '') return go(store, asked, follow)
  // Whatever is to be done to `folder/.`, the folder must be there first.
  const reached = go(store, asked, true)
  if (reached.there === null) throw errnoError('ENOENT', asked.shown)
  if (!reached.there.stat.isDirectory()) throw errnoError('ENOTDIR', asked.shown)
  return reached
}

function go(store: SessionStore, { plain, path }: Asked, follow: boolean): Reached {
  return (plain && store.port.caseSensitive ? atOnce(store, path, follow) : null) ?? walk(store, path, follow)
}

/** The usual case: no link is in the way, and what is there, or the folder for it, is. */
function atOnce(store: SessionStore, path: WorkspacePath, follow: boolean): Reached | null {
  store.guard.checkRead(path)
  try {
    const there = statMerged(store, path)
    if (there === null) {
      const parent = parentOf(path)
      if (parent === '') return { path, there }
      const folder = folderAt(store, parent)
      return folder && { path, there, folder }
    }
    return follow && there.stat.isSymbolicLink() ? null : { path, there }
  } catch (error) {
    if (isWayAround(error)) return null
    throw error
  }
}

/** Null where there is none. */
function folderAt(store: SessionStore, path: WorkspacePath): Located | null {
  const located = locate(store, path)
  // What was looked for in it was so a moment ago.
  if (located?.source === 'global' && store.port.isFound(path)) return located
  const there = statMerged(store, path)
  return there?.stat.isDirectory() ? there : null
}

/** Whether an error only says that a link or no folder is on the way. */
export function isWayAround(error: unknown): boolean {
  return isCowriteError(error, 'PATH_ESCAPE') || ['ELOOP', 'ENOTDIR', 'ENOENT'].includes(errnoOf(error) ?? '')
}

function walk(store: SessionStore, asked: WorkspacePath, follow: boolean): Reached {
  const waiting = asked.split('/').filter(isName)
  let at: Reached = { path: '', there: statMerged(store, '') }
  let links = 0
  while (waiting.length > 0) {
    const name = spelling(store, at.path, waiting.shift() as string)
    if (name === '..') {
      if (at.path === '') throw leavesWorkspace(asked)
      at = { path: parentOf(at.path), there: null }
      at.there = statMerged(store, at.path)
      continue
    }
    if (name === '.') continue
    const path = joinPath(at.path, name)
    store.guard.checkRead(path)
    const there = statMerged(store, path)
    const isLast = waiting.length === 0
    if (there?.stat.isSymbolicLink() && (!isLast || follow)) {
      if (++links > mostLinks) throw errnoError('ELOOP', asked)
      const target = store.port.readLink(there.at)
      const relative = fromRoot(store.port.root, target, asked)
      if (target.startsWith('/')) at = { path: '', there: statMerged(store, '') }
      // A target that ends in a slash must be a folder, which `.` after it makes sure of.
      waiting.unshift(...relative.split('/').filter(isName), ...(target.endsWith('/') ? ['.'] : []))
      continue
    }
    at = { path, there }
    if (isLast) break
    if (there === null) throw errnoError('ENOENT', asked)
    if (!there.stat.isDirectory()) throw errnoError('ENOTDIR', asked)
  }
  return at
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.'
}

function fromRoot(root: string, target: string, asked: WorkspacePath): string {
  if (!target.startsWith('/')) return target
  if (target === root) return ''
  if (target.startsWith(`${root}/`)) return target.slice(root.length + 1)
  throw leavesWorkspace(asked)
}

function leavesWorkspace(path: WorkspacePath): CowriteError {
  return new CowriteError('PATH_ESCAPE', `${path} leads out of the workspace.`, { path })
}

/** As `reach`, of something that must be there. A path that ends in a slash must be a folder's. */
export function find(
  store: SessionStore,
  asked: Asked,
  follow: boolean,
): { path: WorkspacePath; there: MergedStat } {
  const { path, there } = reach(store, asked, follow)
  if (there === null) throw errnoError('ENOENT', asked.shown)
  if (asked.asFolder && !there.stat.isDirectory()) throw errnoError('ENOTDIR', asked.shown)
  return { path, there }
}

/** Throws unless both the path that was named and the one it leads to may be written (P3). */
export function checkWritable(store: SessionStore, asked: Asked, path: WorkspacePath): void {
  if (asked.plain && asked.path !== path) store.guard.checkWrite(asked.path)
  store.guard.checkWrite(path)
}

/** Throws unless a new name may stand at `path`: it is fit for other systems (P5), and its folder takes it. */
export function checkNewcomer(
  store: SessionStore,
  path: WorkspacePath,
  folder?: Located | null | undefined,
): void {
  checkLength(store.port, path)
  checkNewName(path)
  checkFolderTakesChanges(store, path, folder)
}

/**
 * Throws EACCES where this process may not write the live folder that `path` stands in: a commit could not either.
 * `found` is what the caller has found there.
 */
export function checkFolderTakesChanges(
  store: SessionStore,
  path: WorkspacePath,
  found?: Located | null | undefined,
): void {
  const parent = parentOf(path)
  const folder = found ?? statMerged(store, parent)
  if (folder?.source === 'global' && !store.port.isWritable(parent)) throw errnoError('EACCES', path)
}
