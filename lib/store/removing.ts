/** Deletions: recorded as whiteouts, with what lower held, and taken out of upper. */
import { CowriteError } from '../errors.js'
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import { errnoError } from './errno.js'
import { removeTree } from './files.js'
import { type Fingerprint, fingerprintOf, statLower, takeFingerprint } from './fingerprint.js'
import { inTurn } from './in-turn.js'
import { requireLive, takeOutOfUpper } from './landing.js'
import {
  entryBelow,
  isScratch,
  listMerged,
  type MergedStat,
  type SessionStore,
  statBelow,
  statMerged,
} from './overlay.js'
import type { Entry } from './record.js'
import { temporaryPath } from './work-folders.js'

/** Deletes a file or a link. Throws ENOENT, EISDIR. */
export async function removeFile(store: SessionStore, path: WorkspacePath): Promise<void> {
  store.record.refresh()
  requireLive(store)
  const there = requireThere(store, path, 'unlink')
  if (there.stat.isDirectory()) throw errnoError('EISDIR', path, 'unlink')
  if (isScratch(store, path)) return store.port.remove(there.at)
  // What lower holds is asked for where the session had nothing of its own; it may have lost it again since.
  const wasKnown = store.record.entries.has(path)
  const fingerprint = wasKnown ? null : await takeFingerprint(store.port, path)
  const isGone = await inTurn(store, () => {
    store.record.refresh()
    if (requireThere(store, path, 'unlink').stat.isDirectory()) throw errnoError('EISDIR', path, 'unlink')
    const known = store.record.entries.get(path)
    if (wasKnown && !known) return false
    record(store, [{ path, known, fingerprint }])
    if (known && known.kind !== 'whiteout') takeOutOfUpper(store, path, null, known)
    requireLive(store)
    return true
  })
  if (!isGone) await removeFile(store, path)
}

/** Deletes an empty folder. Throws ENOENT, ENOTDIR, ENOTEMPTY. */
export async function removeEmptyFolder(store: SessionStore, path: WorkspacePath): Promise<void> {
  store.record.refresh()
  const there = requireThere(store, path, 'rmdir')
  if (!there.stat.isDirectory()) throw errnoError('ENOTDIR', path, 'rmdir')
  if (listMerged(store, path).length > 0) throw errnoError('ENOTEMPTY', path, 'rmdir')
  await removeFolder(store, path)
}

/**
 * Deletes a folder and all in it. Lower's files are recorded by what a look at them tells, their content
 * is not read; one that appears later is not covered, and so becomes a conflict (C8).
 */
export async function removeFolder(store: SessionStore, path: WorkspacePath): Promise<void> {
  requireLive(store)
  const there = requireThere(store, path, 'rmdir')
  if (isScratch(store, path)) {
    removeTree(store.port, there.at)
    return
  }
  for (;;) {
    const doomed: Doomed[] = []
    await gather(store, path, doomed)
    const isGone = await inTurn(store, () => {
      store.record.refresh()
      if (!isAsGathered(store, path, doomed)) return false
      record(store, doomed)
      removeUpperTree(store, path)
      requireLive(store)
      return true
    })
    if (isGone) return
  }
}

/** Whether no other process brought something into the folder, or took a change in it back, since it was looked through. */
function isAsGathered(store: SessionStore, path: WorkspacePath, doomed: readonly Doomed[]): boolean {
  const known = new Map(doomed.map((one) => [one.path, one.known]))
  for (const entry of store.record.below(path)) {
    if (entry.kind !== 'whiteout' && known.get(entry.path) !== entry) return false
  }
  return doomed.every((one) => store.record.entries.get(one.path) === one.known)
}

interface Doomed {
  path: WorkspacePath
  known: Entry | undefined
  /** What lower (or a fork's parent) holds there, if it is seen. */
  fingerprint: Fingerprint | null
}

async function gather(store: SessionStore, path: WorkspacePath, doomed: Doomed[]): Promise<void> {
  refuseProtectedInside(store, path, 'deleted')
  doomed.push(await doomedAt(store, path))
  for (const entry of listMerged(store, path)) {
    const child = joinPath(path, entry.name)
    if (entry.kind === 'folder') await gather(store, child, doomed)
    else doomed.push(await doomedAt(store, child))
  }
}

async function doomedAt(store: SessionStore, path: WorkspacePath): Promise<Doomed> {
  // What no session may write would keep the folder, and that would be known at the commit only.
  store.guard.checkWrite(path)
  const known = store.record.entries.get(path)
  const there = statMerged(store, path)
  const lower = there?.source === 'global' ? there.stat : null
  const fingerprint = lower && fingerprintOf(store.port, path, lower, null)
  // Written a moment ago: its times cannot tell it from what may be written next, so its content must.
  return {
    path,
    known,
    fingerprint: fingerprint?.racy ? await takeFingerprint(store.port, path) : fingerprint,
  }
}

/** What is protected is in no listing, and would keep the folder all the same. Throws PATH_PROTECTED. */
export function refuseProtectedInside(
  store: SessionStore,
  folder: WorkspacePath,
  what: 'deleted' | 'moved',
): void {
  if (statLower(store.port, folder)?.isDirectory() !== true) return
  for (const { name } of store.port.list(folder)) {
    const child = joinPath(folder, name)
    if (store.guard.isProtected(child)) {
      throw new CowriteError('PATH_PROTECTED', `${folder} cannot be ${what}: ${child} in it is protected.`, {
        path: child,
      })
    }
  }
}

/** One group for the record: a whiteout where something below would show again, nothing where not. */
function record(store: SessionStore, doomed: Doomed[]): void {
  const now = new Date().toISOString()
  const set: Entry[] = []
  const drop: WorkspacePath[] = []
  for (const { path, known, fingerprint } of doomed) {
    const before = known ?? entryBelow(store, path)
    const base = before ? before.base : fingerprint
    if (base === null && !showsBelow(store, path)) {
      if (known) drop.push(path)
      continue
    }
    set.push({
      path,
      kind: 'whiteout',
      base,
      kept: before?.kept ?? null,
      firstWriteAt: known?.firstWriteAt ?? now,
    })
    store.index.note(store.name, path)
  }
  // Whiteouts of an earlier deletion below a folder stay; whatever else lies there is covered by the list.
  if (set.length > 0 || drop.length > 0) store.record.append({ set, drop })
}

/** Whether something that the session never looked at would show if its own entry were gone. */
export function showsBelow(store: SessionStore, path: WorkspacePath): boolean {
  return statBelow(store, path) !== null
}

function removeUpperTree(store: SessionStore, path: WorkspacePath): void {
  const upper = store.layout.upper(path)
  if (store.port.stat(upper) === null) return
  const aside = temporaryPath(store).at
  store.port.rename(upper, aside)
  removeTree(store.port, aside)
}

export function requireThere(store: SessionStore, path: WorkspacePath, syscall: string): MergedStat {
  const there = statMerged(store, path)
  if (there === null) throw errnoError('ENOENT', path, syscall)
  return there
}

/** Throws ENOENT or ENOTDIR unless the folder that `path` stands in is there. */
export function requireParent(store: SessionStore, path: WorkspacePath, syscall: string): void {
  const parent = parentOf(path)
  if (parent === '') return
  const there = requireThere(store, parent, syscall)
  if (!there.stat.isDirectory())
    throw errnoError(there.stat.isSymbolicLink() ? 'ELOOP' : 'ENOTDIR', path, syscall)
}
