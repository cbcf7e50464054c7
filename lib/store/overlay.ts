import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { ancestorsOf, joinPath, type WorkspacePath } from '../paths.js'
import { monotonicNow } from '../port/host.js'
import type { EntryKind, FilePort } from '../port/port.js'
import { errnoError } from './errno.js'
import { kindOf } from './fingerprint.js'
import type { Guard } from './guard.js'
import { artifactsFolder, type SessionLayout } from './layout.js'
import { listLower } from './lower.js'
import type { PathIndex } from './path-index.js'
import type { Entry, SessionRecord } from './record.js'
import type { Remembered } from './remembered.js'
import type { Turns } from './turns.js'

/** A record with the upper that it speaks of. The first layer of a session is its own; others are frozen. */
export interface Layer {
  record: SessionRecord
  layout: SessionLayout
}

/** An open session as the store sees it. */
export interface SessionStore {
  name: string
  port: FilePort
  layout: SessionLayout
  record: SessionRecord
  /** Own layer first, then those of a fork's parents, nearest first. */
  readonly layers: readonly Layer[]
  guard: Guard
  index: PathIndex
  turns: Turns
  /** Where it says that this process is at work in the session; null until it has to. */
  note: string | null
  /** Hashes of the session's own copies, by place, for as long as their identity stays the same. */
  hashes: Map<string, { identity: string; sha256: string }>
  /** What this handle saw of both sides, so that looking again costs little. */
  remembered: Remembered
}

/** Where a read of a path goes. */
export interface Located {
  source: 'session' | 'global'
  /** The port path to open. */
  at: string
  /** The entry that says so; null for a lower file and for scratch. */
  entry: Entry | null
}

/** Whether a path is the session's scratch: written and read in place, never recorded, never committed (D6). */
export function isScratch(store: SessionStore, path: WorkspacePath): boolean {
  if (path !== artifactsFolder && !path.startsWith(`${artifactsFolder}/`)) return false
  return hasScratchFolder(store)
}

/** Whether the session has a scratch folder: not from when somebody makes a live folder of its name. */
export function hasScratchFolder({ port, record }: Pick<SessionStore, 'port' | 'record'>): boolean {
  return record.header.scratch && port.stat(artifactsFolder) === null
}

/**
 * Where `path` is read from in the merged view (C1), by the records alone: a lower file need not exist.
 * Null where the session hides or deleted it. Throws ELOOP where a link of the session lies on the way.
 */
export function locate(store: SessionStore, path: WorkspacePath): Located | null {
  if (isScratch(store, path)) return { source: 'session', at: store.layout.upper(path), entry: null }
  for (const layer of store.layers) {
    const { entries } = layer.record
    if (entries.size === 0) continue
    const entry = entries.get(path)
    if (entry)
      return entry.kind === 'whiteout' ? null : { source: 'session', at: layer.layout.upper(path), entry }
    const hidden = hiddenBy(entries, path)
    if (hidden === 'symlink') throw loop(path)
    if (hidden === 'file') throw errnoError('ENOTDIR', path)
    if (hidden !== null) return null
  }
  return { source: 'global', at: path, entry: null }
}

/** Whether a folder that the session made anew stands over what lower has at `path`. */
export function isCovered({ record }: SessionStore, path: WorkspacePath): boolean {
  return hiddenBy(record.entries, path) !== null
}

/** What in this layer keeps the layers below from showing through at `path`. */
function hiddenBy(entries: ReadonlyMap<string, Entry>, path: WorkspacePath): Entry['kind'] | null {
  for (const ancestor of ancestorsOf(path).reverse()) {
    const entry = entries.get(ancestor)
    if (!entry) continue
    if (entry.kind !== 'folder') return entry.kind
    return hidesBelow(entry) ? 'folder' : null
  }
  return null
}

/** Whether what the layers below and lower have in this folder is out of sight. */
function hidesBelow(entry: Entry): boolean {
  return entry.kind !== 'folder' || (!entry.through && (entry.base === null || entry.opaque === true))
}

export interface MergedStat extends Located {
  stat: BigIntStats
}

/** What is at `path` in the merged view; a link is a link. Null where there is nothing. */
export function statMerged(store: SessionStore, path: WorkspacePath): MergedStat | null {
  if (store.guard.isProtected(path)) return null
  const located = locate(store, path)
  if (located === null) return null
  const stat = store.port.stat(located.at)
  if (stat !== null) return { ...located, stat }
  if (located.entry === null) return located.source === 'global' ? folderOfFiles(store, path) : null
  return (
    landing(store, located) ?? (mayBeMissing(store, located.entry) ? null : lookAgain(store, path, located))
  )
}

/** A folder that lower has lost, with files of the session in it: it is there as long as they are. */
function folderOfFiles(store: SessionStore, path: WorkspacePath): MergedStat | null {
  for (const layer of store.layers) {
    if (!layer.record.hasBelow(path) || !hasVisibleBelow(layer, path)) continue
    const at = layer.layout.upper(path)
    const stat = store.port.stat(at)
    if (stat?.isDirectory()) return { source: 'session', at, entry: null, stat }
  }
  return null
}

/**
 * What another process has recorded and is about to rename into place: it is the content already (C4). That takes
 * some microseconds, which are waited for; where the process died there, the content is whole, and stays where it is.
 */
function landing(store: SessionStore, located: Located): MergedStat | null {
  const pending = located.entry?.pending
  if (pending === undefined) return null
  const waiting = `${store.layout.temporary}/${pending}`
  for (const until = monotonicNow() + longestRename; ; ) {
    const aside = store.port.stat(waiting)
    const stat = store.port.stat(located.at)
    if (stat !== null) return { ...located, stat }
    if (aside === null) return null
    if (monotonicNow() > until) return { ...located, at: waiting, stat: aside }
  }
}

/** In milliseconds. */
const longestRename = 5

/** Another process may have renamed the copy into place, or deleted the file, between our looks. */
function lookAgain(store: SessionStore, path: WorkspacePath, located: Located): MergedStat | null {
  const stat = store.port.stat(located.at)
  if (stat !== null) return { ...located, stat }
  const { length } = store.record
  store.record.refresh()
  if (store.record.length === length) throw missingUpper(store, path)
  return statMerged(store, path)
}

/**
 * Runs `open` on where `path` is read from. Where another process has put it into place, replaced it or taken its
 * change back in the moment between the look and the opening, it is looked for again.
 */
export function openMerged<Result>(
  store: SessionStore,
  path: WorkspacePath,
  there: Located,
  open: (at: string) => Result,
): Result {
  for (let at: Located | null = there, again = 0; ; again++) {
    try {
      return open(at.at)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || at.source === 'global' || again === mostMoves) throw error
      store.record.refresh()
      at = statMerged(store, path)
      if (at === null) throw error
    }
  }
}

const mostMoves = 100

/** What the layers below the session's own show; nothing where a link or a file of theirs is on the way. */
export function statBelow(store: SessionStore, path: WorkspacePath): MergedStat | null {
  try {
    return statMerged({ ...store, layers: store.layers.slice(1) }, path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE') || ['ELOOP', 'ENOTDIR'].includes(errnoOf(error) ?? ''))
      return null
    throw error
  }
}

/**
 * What the nearest of the layers below the session's own has at a path, whether it is seen or not: a change goes on
 * from there, with the base that it had.
 */
export function entryBelow({ layers }: SessionStore, path: WorkspacePath): Entry | null {
  for (let at = 1; at < layers.length; at++) {
    const entry = layers[at]?.record.entries.get(path)
    if (entry) return entry
  }
  return null
}

/** Its first write is under way, or was cut short before anyone was told; or a hand put it there, and took it away. */
export function mayBeMissing(store: SessionStore, entry: Entry): boolean {
  if (entry.adopted || entry.kind === 'folder') return true
  return entry.pending !== undefined && store.port.stat(`${store.layout.temporary}/${entry.pending}`) !== null
}

export function missingUpper(store: SessionStore, path: WorkspacePath): CowriteError {
  return new CowriteError('CORRUPT', `The session's copy of ${path} is missing.`, {
    path: store.layout.upper(path),
  })
}

export interface MergedEntry {
  name: string
  kind: EntryKind
  source: 'session' | 'global'
}

/** The entries of a folder of the merged view. Throws ENOENT, ENOTDIR. */
export function listMerged(store: SessionStore, folder: WorkspacePath): MergedEntry[] {
  const there = folder === '' ? null : statMerged(store, folder)
  if (folder !== '' && there === null) throw errnoError('ENOENT', folder)
  if (there && !there.stat.isDirectory())
    throw errnoError(there.stat.isSymbolicLink() ? 'ELOOP' : 'ENOTDIR', folder)
  if (isScratch(store, folder)) {
    return store.port.list(store.layout.upper(folder)).map((entry) => ({ ...entry, source: 'session' }))
  }

  const merged = new Map<string, MergedEntry>()
  for (const entry of listLower(store.port, folder)) {
    const path = joinPath(folder, entry.name)
    if (!store.guard.isProtected(path)) merged.set(entry.name, { ...entry, source: 'global' })
  }
  for (const layer of [...store.layers].reverse()) overlayNames(layer, folder, merged)
  if (folder === '' && hasScratchFolder(store)) {
    merged.delete(artifactsFolder)
    if (holdsScratch(store))
      merged.set(artifactsFolder, { name: artifactsFolder, kind: 'folder', source: 'session' })
  }
  return [...merged.values()]
}

function holdsScratch(store: SessionStore): boolean {
  return (
    store.port.stat(store.layout.artifacts) !== null && store.port.list(store.layout.artifacts).length > 0
  )
}

/** Puts one layer's view of a folder over what is below it. */
function overlayNames(layer: Layer, folder: WorkspacePath, merged: Map<string, MergedEntry>): void {
  const { entries } = layer.record
  if (entries.size === 0) return
  const own = entries.get(folder)
  if (own ? hidesBelow(own) : hiddenBy(entries, folder) !== null) merged.clear()
  for (const name of layer.record.namesIn(folder)) {
    const entry = entries.get(joinPath(folder, name))
    if (entry === undefined) {
      // Something lies deeper; the folder itself is lower's. It stays visible if lower lost it since.
      if (hasVisibleBelow(layer, joinPath(folder, name)))
        merged.set(name, merged.get(name) ?? { name, kind: 'folder', source: 'session' })
    } else if (entry.kind === 'whiteout') merged.delete(name)
    else merged.set(name, { name, kind: entry.kind, source: 'session' })
  }
}

function hasVisibleBelow(layer: Layer, folder: WorkspacePath): boolean {
  for (const entry of layer.record.below(folder)) if (entry.kind !== 'whiteout') return true
  return false
}

/** Where a link of the merged view points, as it is written in the link. */
export function readLinkMerged(store: SessionStore, path: WorkspacePath): string {
  const there = statMerged(store, path)
  if (there === null) throw errnoError('ENOENT', path)
  if (!there.stat.isSymbolicLink()) throw errnoError('EINVAL', path)
  return store.port.readLink(there.at)
}

const mostLinks = 40

/**
 * Follows the links on the way to `path` in the merged view (P8); the last segment need not exist.
 * Throws PATH_ESCAPE where one leads out of the workspace, ELOOP where they go in circles.
 */
export function resolveLinks(store: SessionStore, path: WorkspacePath, follow: boolean): WorkspacePath {
  const waiting = path.split('/').filter((segment) => segment !== '')
  let done: WorkspacePath = ''
  for (let links = 0; waiting.length > 0; ) {
    const segment = spelling(store, done, waiting.shift() as string)
    if (segment === '.' || segment === '') continue
    if (segment === '..') {
      if (done === '') throw leavesWorkspace(path)
      done = done.includes('/') ? done.slice(0, done.lastIndexOf('/')) : ''
      continue
    }
    const next = joinPath(done, segment)
    const there = statMerged(store, next)
    const isLink = there !== null && kindOf(there.stat) === 'symlink'
    if (!isLink || (waiting.length === 0 && !follow)) {
      done = next
      continue
    }
    if (++links > mostLinks) throw loop(path)
    const target = store.port.readLink(there.at)
    if (target.startsWith('/')) done = ''
    waiting.unshift(...insideRoot(store.port.root, target, path).split('/'))
  }
  return done
}

function insideRoot(root: string, target: string, path: WorkspacePath): string {
  if (!target.startsWith('/')) return target
  if (target === root) return ''
  if (target.startsWith(`${root}/`)) return target.slice(root.length + 1)
  throw leavesWorkspace(path)
}

/**
 * Runs `action` on `path`; where a link lies on the way, on the path that it leads to. The guard is asked
 * for the path that was opened, not only for the one that was named.
 */
export function followingLinks<Result>(
  store: SessionStore,
  path: WorkspacePath,
  follow: boolean,
  action: (path: WorkspacePath) => Result,
): Result {
  store.record.refresh()
  store.guard.checkRead(path)
  try {
    return action(spelledOnDisk(store, path))
  } catch (error) {
    if (!isCowriteError(error, 'PATH_ESCAPE') && errnoOf(error) !== 'ELOOP' && errnoOf(error) !== 'ENOTDIR')
      throw error
    const real = resolveLinks(store, path, follow)
    if (real === path) throw error
    store.guard.checkRead(real)
    return action(real)
  }
}

/** On a disk that ignores case, or how a letter is put together, the spelling on disk is the key (P5). */
export function spelledOnDisk(store: SessionStore, path: WorkspacePath): WorkspacePath {
  if (store.port.caseSensitive) return path
  return path.split('/').reduce((folder, name) => joinPath(folder, spelling(store, folder, name)), '')
}

/** How the merged folder spells the name that is asked for. */
export function spelling(store: SessionStore, folder: WorkspacePath, name: string): string {
  if (store.port.caseSensitive || name === '.' || name === '..') return name
  const there = folder === '' ? null : statMerged(store, folder)
  if (folder !== '' && !there?.stat.isDirectory()) return name
  const names = listMerged(store, folder).map((entry) => entry.name)
  if (names.includes(name)) return name
  return names.find((other) => isSameName(store, other, name)) ?? name
}

/** Whether two names are one here. */
export function isSameName(store: SessionStore, one: string, other: string): boolean {
  return one === other || (!store.port.caseSensitive && folded(one) === folded(other))
}

function folded(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase()
}

function loop(path: WorkspacePath): NodeJS.ErrnoException {
  return errnoError('ELOOP', path)
}

function leavesWorkspace(path: WorkspacePath): CowriteError {
  return new CowriteError('PATH_ESCAPE', `${path} leads out of the workspace through a link.`, { path })
}
