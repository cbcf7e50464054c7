/** How content enters a session: taken from lower, built aside, recorded, renamed in. */
import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import { parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { ensureFolder, removeIfThere, removeTree, uniqueName } from './files.js'
import {
  copyContent,
  type Fingerprint,
  fingerprintOf,
  hashFile,
  hashOpenFile,
  identityOf,
  permissionsOf,
  sha256Of,
  stillIs,
} from './fingerprint.js'
import {
  errnoError,
  isScratch,
  type Located,
  locate,
  missingUpper,
  type SessionStore,
  statBelow,
} from './overlay.js'
import type { Entry } from './record.js'

/** Above this, a base's content is kept by reflink or not at all (C2). */
const largestKeptBase = 8 * 1024 * 1024
/** Up to this, work is done in one synchronous step; above it, the event loop is not held. */
export const smallContent = 64 * 1024

/** What a path held before its first write. */
export interface Base {
  fingerprint: Fingerprint | null
  kept: string | null
}

const nothing: Base = { fingerprint: null, kept: null }

export interface Landed {
  /** Whether this was the path's first write in the session. */
  first: boolean
  /** Whether lower's file came into the session by it. */
  copiedUp: boolean
  alsoChangedIn: string[]
}

/** A path for content that is being built; `land` renames it in. */
export function temporaryPath(store: SessionStore): { name: string; at: string } {
  const name = uniqueName()
  return { name, at: `${store.layout.temporary}/${name}` }
}

/** Throws LOCKED where the session has been sealed or has ended: the write may be in it, but nobody is told so. */
export function requireLive(store: SessionStore): void {
  if (store.record.isLive()) return
  throw new CowriteError(
    'LOCKED',
    `The session '${store.name}' is being committed or cancelled, or has ended.`,
    {
      session: store.name,
    },
  )
}

/**
 * Renames a temporary file or link into upper at `path`, recorded first where this is its first write.
 * Nothing comes between the look at the record and the rename but other processes, and `settle` answers those.
 */
export function land(
  store: SessionStore,
  path: WorkspacePath,
  temporary: { name: string; at: string },
  kind: 'file' | 'symlink',
  base: Base,
): Landed {
  const { port, record, layout } = store
  record.refresh()
  requireLive(store)
  const known = record.entries.get(path)
  if (known?.kind === kind) {
    renameIntoUpper(store, temporary.at, path)
    settle(store, path, known)
    return { first: false, copiedUp: false, alsoChangedIn: otherSessionsAt(store, path) }
  }
  const entry: Entry = {
    path,
    kind,
    base: known ? known.base : base.fingerprint,
    kept: known?.kept ?? base.kept,
    firstWriteAt: new Date().toISOString(),
    pending: temporary.name,
    ...(known?.movedFrom ? { movedFrom: known.movedFrom } : {}),
  }
  store.index.note(store.name, path)
  // The folders first: on a full disk it is they that fail, and a line must not tell of what never came.
  ensureFolder(port, parentOf(layout.upper(path)))
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

function removeFolderIfThere(port: FilePort, path: string): void {
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
 * the only copy, and whoever finds this process gone puts it there.
 */
export function discardTemporary(
  store: SessionStore,
  path: WorkspacePath,
  temporary: { name: string; at: string },
): void {
  const isAwaited = store.record.entries.get(path)?.pending === temporary.name
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
  requireLive(store)
  store.record.refresh()
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

/** The base of a first write that replaces the whole content: lower's file is read, and kept. */
export async function takeBase(store: SessionStore, path: WorkspacePath): Promise<Base> {
  const { port } = store
  for (;;) {
    const source = statBelow(store, path)
    if (source === null) return nothing
    const inherited = inheritedBase(source)
    if (inherited) return inherited
    const { stat } = source
    if (!stat.isFile()) return { fingerprint: fingerprintOf(port, source.at, stat, null), kept: null }
    const taken = await keepContent(store, source.at)
    if (taken !== null) return taken
  }
}

/** A fork's parent has changed the path: the base is what the parent's was. */
function inheritedBase(source: Located): Base | null {
  return source.entry && { fingerprint: source.entry.base, kept: source.entry.kept }
}

/** Null where the file changed while it was read. */
async function keepContent(store: SessionStore, at: string): Promise<Base | null> {
  const { port } = store
  const from = port.openForReading(at)
  try {
    const before = from.stat()
    const size = Number(before.size)
    if (size > largestKeptBase) return keepLarge(store, at, before)
    const kept = uniqueName()
    const to = port.create(`${store.layout.bases}/${kept}`)
    try {
      const { sha256 } = await copyContent(from, to)
      const after = from.stat()
      if (identityOf(before) === identityOf(after)) {
        return { fingerprint: fingerprintOf(port, at, after, sha256), kept }
      }
    } finally {
      to.close()
    }
    removeIfThere(port, `${store.layout.bases}/${kept}`)
    return null
  } finally {
    from.close()
  }
}

function keepLarge(store: SessionStore, at: string, stat: BigIntStats): Base {
  const kept = uniqueName()
  const shared = store.port.reflink(at, `${store.layout.bases}/${kept}`)
  return { fingerprint: fingerprintOf(store.port, at, stat, null), kept: shared ? kept : null }
}

/**
 * Makes sure that the session has a copy of its own of an existing file, to be written in place (C2, C4).
 * Throws ENOENT where the merged view has no such file.
 */
export async function copyUp(store: SessionStore, path: WorkspacePath): Promise<void> {
  const { port, record } = store
  record.refresh()
  if (isScratch(store, path)) return
  const own = record.entries.get(path)
  const located = locate(store, path)
  const stat = located && port.stat(located.at)
  if (!located || !stat)
    throw own && own.kind !== 'whiteout' ? missingUpper(store, path) : errnoError('ENOENT', path)
  if (own?.kind === 'file' && stat.nlink === 1n) return
  const temporary = temporaryPath(store)
  try {
    const base = await copyAside(store, located, temporary.at)
    record.refresh()
    const meanwhile = record.entries.get(path)
    if (meanwhile && meanwhile !== own && meanwhile.kind !== 'whiteout') return
    land(store, path, temporary, 'file', inheritedBase(located) ?? base)
  } finally {
    discardTemporary(store, path, temporary)
  }
}

/** Copies a file to `to`, with its mode, as it was at one moment, and keeps the same content as base. */
async function copyAside(store: SessionStore, located: Located, to: string): Promise<Base> {
  const { port } = store
  for (;;) {
    const copied = await copyOnce(store, located.at, to)
    if (copied === null) continue
    const fingerprint = fingerprintOf(port, located.at, copied.stat, copied.sha256)
    if (located.source === 'session') return { fingerprint, kept: null }
    return { fingerprint, kept: await keepCopy(store, to, Number(copied.stat.size)) }
  }
}

async function keepCopy(store: SessionStore, copy: string, size: number): Promise<string | null> {
  const kept = uniqueName()
  const at = `${store.layout.bases}/${kept}`
  if (size > smallContent && store.port.reflink(copy, at)) return kept
  if (size > largestKeptBase) return null
  await copyOnce(store, copy, at)
  return kept
}

/** Null (and nothing at `to`) where the source changed meanwhile. The hash is null where blocks were shared. */
export async function copyOnce(
  store: Pick<SessionStore, 'port'>,
  at: string,
  to: string,
): Promise<{ stat: BigIntStats; sha256: string | null } | null> {
  const { port } = store
  const from = port.openForReading(at)
  let done: { stat: BigIntStats; sha256: string | null } | null = null
  try {
    const before = from.stat()
    if (Number(before.size) > smallContent && port.reflink(at, to)) {
      port.chmod(to, permissionsOf(before))
      const sha256 = Number(before.size) <= largestKeptBase ? await hashAt(store, to) : null
      if (identityOf(before) === identityOf(from.stat())) done = { stat: before, sha256 }
    } else {
      const target = port.create(to, permissionsOf(before))
      try {
        target.chmod(permissionsOf(before))
        const { sha256 } = await copyContent(from, target)
        if (identityOf(before) === identityOf(from.stat())) done = { stat: before, sha256 }
      } finally {
        target.close()
      }
    }
  } finally {
    from.close()
    if (done === null) removeIfThere(port, to)
  }
  return done
}

async function hashAt(store: Pick<SessionStore, 'port'>, path: string): Promise<string> {
  const file = store.port.openForReading(path)
  try {
    return await hashOpenFile(file)
  } finally {
    file.close()
  }
}

/**
 * Replaces the whole content of `path`, atomically (C4), creating it where it is not there.
 * `mode` is for a new file; an existing one keeps its own. `beforeLanding` runs last: if it throws, nothing landed.
 */
export async function writeWhole(
  store: SessionStore,
  path: WorkspacePath,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: { mode?: number | undefined; beforeLanding?: () => void } = {},
): Promise<Landed & { sha256: string }> {
  const { port, record } = store
  if (isScratch(store, path)) return writeScratch(store, path, content)
  record.refresh()
  requireLive(store)
  const located = locate(store, path)
  const there = located && port.stat(located.at)
  const known = record.entries.get(path)
  const temporary = temporaryPath(store)
  try {
    const file = port.create(temporary.at, options.mode ?? 0o666)
    let sha256: string
    try {
      if (there?.isFile()) file.chmod(permissionsOf(there))
      sha256 = await fill(file, content)
    } finally {
      file.close()
    }
    const base = known ? nothing : await takeBase(store, path)
    options.beforeLanding?.()
    if (!known && base.fingerprint && base.fingerprint.sha256 === sha256 && located?.source === 'global') {
      port.remove(temporary.at)
      return { first: false, copiedUp: false, alsoChangedIn: [], sha256 }
    }
    return { ...land(store, path, temporary, 'file', base), sha256 }
  } catch (error) {
    discardTemporary(store, path, temporary)
    throw error
  }
}

async function writeScratch(
  store: SessionStore,
  path: WorkspacePath,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<Landed & { sha256: string }> {
  requireLive(store)
  const temporary = temporaryPath(store)
  const file = store.port.create(temporary.at)
  let sha256: string
  try {
    sha256 = await fill(file, content)
  } finally {
    file.close()
  }
  renameIntoUpper(store, temporary.at, path)
  requireLive(store)
  return { first: false, copiedUp: false, alsoChangedIn: [], sha256 }
}

async function fill(file: OpenFile, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  if (content instanceof Uint8Array) {
    if (content.length <= smallContent) file.write(content, 0)
    else await file.writeAsync(content, 0)
    return sha256Of(content)
  }
  let position = 0
  for await (const piece of content) {
    await file.writeAsync(piece, position)
    position += piece.length
  }
  return await hashOpenFile(file)
}

/**
 * Takes a change back whose content came to be the base again, if lower still is the base (C3).
 * `sha256` is the content's hash where the caller has it. Returns whether the change is gone.
 */
export async function dropIfUnchanged(
  store: SessionStore,
  path: WorkspacePath,
  sha256?: string,
): Promise<boolean> {
  const { port, record, layout } = store
  record.refresh()
  const entry = record.entries.get(path)
  if (entry?.kind !== 'file' || entry.base?.kind !== 'file' || entry.base.sha256 === null) return false
  if (sha256 !== undefined && sha256 !== entry.base.sha256) return false
  if (store.layers.slice(1).some((layer) => layer.record.entries.has(path))) return false
  if (!(await stillIs(port, path, entry.base))) return false
  const upper = layout.upper(path)
  const before = port.stat(upper)
  if (!before || Number(before.size) !== entry.base.size || permissionsOf(before) !== entry.base.mode)
    return false
  if ((sha256 ?? (await hashFile(port, upper))?.sha256) !== entry.base.sha256) return false
  const now = port.stat(upper)
  if (now === null || identityOf(now) !== identityOf(before) || record.entries.get(path) !== entry)
    return false
  record.append({ drop: [path] })
  takeOutOfUpper(store, path, before.ino, entry)
  return true
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
