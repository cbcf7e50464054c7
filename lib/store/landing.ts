/** How content enters upper, and leaves it: recorded, and renamed in or out. */
import { CowriteError, errnoOf } from '../errors.js'
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { Base } from './copying.js'
import { errnoError } from './errno.js'
import { ensureFolder, removeIfThere, removeTree } from './files.js'
import { entryBelow, type SessionStore } from './overlay.js'
import type { Entry } from './record.js'
import { temporaryPath } from './work-folders.js'

export interface Landed {
  /** Whether this was the path's first write in the session. */
  first: boolean
  /** Whether lower's file came into the session by it. */
  copiedUp: boolean
  alsoChangedIn: string[]
}

/** Throws LOCKED where the session has been sealed or has ended: the write may be in it, but nobody is told so. */
export function requireLive(store: SessionStore): void {
  if (!store.record.isLive()) throwEnded(store)
}

/** As `requireLive`, and the record is up to date. */
export function refreshLive(store: SessionStore): void {
  if (!store.record.refreshIfLive()) throwEnded(store)
}

function throwEnded(store: SessionStore): never {
  throw new CowriteError(
    'LOCKED',
    `The session '${store.name}' is being committed or cancelled, or has ended.`,
    {
      session: store.name,
    },
  )
}

/**
 * Renames a temporary file or link into upper at `path`, recorded first where this is its first write, in a turn of
 * the caller's, who has looked at the record in it. Nothing comes between the look at the record and the rename but a seal, and `settle` answers that.
 */
export function land(
  store: SessionStore,
  path: WorkspacePath,
  temporary: { name: string; at: string },
  kind: 'file' | 'symlink',
  base: Base,
): Landed {
  const { port, record, layout } = store
  const known = record.entries.get(path)
  if (known?.kind === kind) {
    renameIntoUpper(store, temporary.at, path)
    settle(store, path, known)
    return { first: false, copiedUp: false, alsoChangedIn: otherSessionsAt(store, path) }
  }
  const below = known ? null : entryBelow(store, path)
  const movedFrom = (known ?? below)?.movedFrom
  const entry: Entry = {
    path,
    kind,
    base: known ? known.base : base.fingerprint,
    kept: known?.kept ?? base.kept,
    firstWriteAt: new Date().toISOString(),
    pending: temporary.name,
    ...(movedFrom !== undefined ? { movedFrom } : {}),
    ...(below?.marked && below.kind === kind ? { marked: true as const } : {}),
  }
  store.index.note(store.name, path)
  // The folders first: on a full disk it is they that fail, and a line must not tell of what never came.
  if (!hasCopyIn(store, parentOf(path))) ensureFolder(port, parentOf(layout.upper(path)))
  record.append({ set: [entry] })
  try {
    if (known?.kind === 'folder') removeFolderIfThere(port, layout.upper(path))
    renameIntoUpper(store, temporary.at, path)
  } catch (error) {
    takeBack(store, known ? { set: [known] } : { drop: [path] })
    throw error
  }
  settle(store, path, entry)
  return { first: true, copiedUp: entry.base !== null, alsoChangedIn: otherSessionsAt(store, path) }
}

const mostLookedAt = 8

/** Whether the session surely has a file in `folder`, and so the folder; a few names are looked at. */
function hasCopyIn({ record }: SessionStore, folder: WorkspacePath): boolean {
  let looked = 0
  for (const name of record.namesIn(folder)) {
    const entry = record.entries.get(joinPath(folder, name))
    if (entry?.kind === 'file' && entry.adopted !== true) return true
    looked += 1
    if (looked === mostLookedAt) return false
  }
  return false
}

export function removeFolderIfThere(port: FilePort, path: string): void {
  try {
    port.removeFolder(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** After a line whose content could not be put in place. Where even that fails, the error that led here is what is told. */
export function takeBack(store: SessionStore, lines: Parameters<SessionStore['record']['append']>[0]): void {
  try {
    store.record.append(lines)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/**
 * Removes what was built aside for `path`, unless the record tells of it and it is not in place: then it is
 * the only copy, and whoever finds this process gone puts it there. Nor where it cannot be known what the record tells.
 */
export function discardTemporary(
  store: SessionStore,
  path: WorkspacePath,
  temporary: { name: string; at: string },
): void {
  const { record } = store
  if (record.isBehind) return
  const isAwaited = record.entries.get(path)?.pending === temporary.name
  if (isAwaited && store.port.stat(store.layout.upper(path)) === null) return
  removeIfThere(store.port, temporary.at)
}

export function renameIntoUpper(store: SessionStore, from: string, path: WorkspacePath): void {
  const upper = store.layout.upper(path)
  try {
    store.port.rename(from, upper)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error
    requireLive(store)
    ensureFolder(store.port, parentOf(upper))
    store.port.rename(from, upper)
  }
}

/**
 * After a write has landed: it counts only if the session was not sealed before, and it must not be hidden
 * by a deletion that another process recorded meanwhile (then the write came after the deletion).
 */
export function settle(store: SessionStore, path: WorkspacePath, written: Entry): void {
  refreshLive(store)
  const now = store.record.entries.get(path)
  if (now && now.kind !== 'whiteout') return
  const { pending: _, ...entry } = written
  store.record.append({ set: [{ ...entry, firstWriteAt: new Date().toISOString() }] })
  if (store.port.stat(store.layout.upper(path)) === null) {
    throw errnoError('EBUSY', path, 'write')
  }
}

/** Other open sessions that changed `path` (C6): the index names candidates, their records decide. */
export function otherSessionsAt(store: SessionStore, path: WorkspacePath): string[] {
  return store.index.others(store.name, path)
}

/**
 * Removes what upper holds at a path whose record has just been changed. If another process has put
 * something newer there meanwhile, that goes back, and its entry with it.
 */
export function takeOutOfUpper(
  store: SessionStore,
  path: WorkspacePath,
  expected: bigint | null,
  entry: Entry,
): void {
  const { port, layout } = store
  const aside = temporaryPath(store).at
  try {
    port.rename(layout.upper(path), aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return
    throw error
  }
  const taken = port.stat(aside)
  if (expected !== null && taken && taken.ino !== expected && !taken.isDirectory()) {
    renameIntoUpper(store, aside, path)
    const { pending: _, ...again } = entry
    store.record.append({ set: [again] })
    return
  }
  if (taken?.isDirectory()) removeTree(port, aside)
  else removeIfThere(port, aside)
}
