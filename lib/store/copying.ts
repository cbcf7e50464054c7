/** Copies of files as they were at one moment, and the bases that a session keeps of them. */

import type { BigIntStats } from 'node:fs'
import type { WorkspacePath } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { removeIfThere, writeNewFile } from './files.js'
import {
  copyContent,
  type Fingerprint,
  fingerprintOf,
  hashOpenFile,
  identityOf,
  permissionsOf,
  sha256Of,
} from './fingerprint.js'
import {
  entryBelow,
  isCovered,
  type Located,
  type MergedStat,
  type SessionStore,
  statBelow,
} from './overlay.js'
import { basePath } from './work-folders.js'

/** Above this, a base's content is kept by reflink or not at all (C2). */
const largestKeptBase = 8 * 1024 * 1024

/** Up to this, work is done in one synchronous step; above it, the event loop is not held. */
export const smallContent = 64 * 1024

/** What a path held before its first write. */
export interface Base {
  fingerprint: Fingerprint | null
  kept: string | null
}

export const nothing: Base = { fingerprint: null, kept: null }

/** The content of a file as it was at one moment. */
export interface Content {
  bytes: Buffer
  sha256: string
  stat: BigIntStats
  /** When it had not been looked at yet, in milliseconds. */
  since: number
}

/**
 * The base of a first write that replaces the whole content: lower's file is read, and kept. `seen` is what the caller
 * has found at `path` in the merged view, in the same step, and `read` what has been read there. At once where nothing
 * has to be read.
 */
export function takeBase(
  store: SessionStore,
  path: WorkspacePath,
  seen?: MergedStat | null,
  read: Content | null = null,
): Base | Promise<Base> {
  const below = entryBelow(store, path)
  if (below !== null) return { fingerprint: below.base, kept: below.kept }
  if (seen === undefined || !isAllThereIs(store, path)) return readBase(store, path)
  if (seen === null) return nothing
  return read === null ? readBase(store, path, seen) : keepRead(store, seen.at, read)
}

function readBase(store: SessionStore, path: WorkspacePath, seen?: MergedStat): Base | Promise<Base> {
  const { port } = store
  for (let known = seen; ; known = undefined) {
    const source = known ?? statBelow(store, path)
    if (source === null) return nothing
    const { stat } = source
    if (!stat.isFile()) return { fingerprint: fingerprintOf(port, source.at, stat, null), kept: null }
    const isSmall = stat.size <= BigInt(smallContent)
    const taken = isSmall ? keepSmall(store, source.at) : keepContent(store, source.at)
    if (taken instanceof Promise) return taken.then((base) => base ?? readBase(store, path))
    if (taken !== null) return taken
  }
}

/** As `keepContent`, at once. */
function keepSmall(store: SessionStore, at: string): Base | null {
  const { port } = store
  const from = port.openForReading(at)
  try {
    const before = from.stat()
    const bytes = from.readAll()
    const after = from.stat()
    if (identityOf(before) !== identityOf(after)) return null
    const { kept, at: keptAt } = basePath(store)
    writeNewFile(port, keptAt, bytes)
    return { fingerprint: fingerprintOf(port, at, after, sha256Of(bytes)), kept }
  } finally {
    from.close()
  }
}

/** Whether what is seen at a path that the session has not touched is what lower has there: nothing stands over that. */
function isAllThereIs(store: SessionStore, path: WorkspacePath): boolean {
  return store.layers.length === 1 && !store.record.entries.has(path) && !isCovered(store, path)
}

/** Removes a base's content that no entry came to name. */
export function discardBase(store: SessionStore, path: WorkspacePath, base: Base): void {
  const { record } = store
  if (base.kept === null || record.isBehind || record.entries.get(path)?.kept === base.kept) return
  removeIfThere(store.port, `${store.layout.bases}/${base.kept}`)
}

/** A fork's parent has changed the path: the base is what the parent's was. */
export function inheritedBase(source: Located): Base | null {
  return source.entry && { fingerprint: source.entry.base, kept: source.entry.kept }
}

/** What has been read need not be read again to be kept. */
function keepRead(
  store: SessionStore,
  at: string,
  { bytes, sha256, stat, since }: Content,
): Base | Promise<Base> {
  const { port } = store
  const { kept, at: target } = basePath(store)
  const base = { fingerprint: fingerprintOf(port, at, stat, sha256, since), kept }
  if (bytes.length > smallContent) return writeAside(port, target, bytes).then(() => base)
  writeNewFile(port, target, bytes)
  return base
}

async function writeAside(port: FilePort, path: string, bytes: Buffer): Promise<void> {
  const file = port.create(path)
  try {
    await file.writeAsync(bytes, 0)
  } finally {
    file.close()
  }
}

/** Null where the file changed while it was read. */
async function keepContent(store: SessionStore, at: string): Promise<Base | null> {
  const { port } = store
  const from = port.openForReading(at)
  try {
    const before = from.stat()
    const size = Number(before.size)
    if (size > largestKeptBase) return keepLarge(store, at, before)
    const { kept, at: keptAt } = basePath(store)
    const to = port.create(keptAt)
    try {
      const { sha256 } = await copyContent(from, to)
      const after = from.stat()
      if (identityOf(before) === identityOf(after)) {
        return { fingerprint: fingerprintOf(port, at, after, sha256), kept }
      }
    } finally {
      to.close()
    }
    removeIfThere(port, keptAt)
    return null
  } finally {
    from.close()
  }
}

function keepLarge(store: SessionStore, at: string, stat: BigIntStats): Base {
  const { kept, at: keptAt } = basePath(store)
  const shared = store.port.reflink(at, keptAt)
  return { fingerprint: fingerprintOf(store.port, at, stat, null), kept: shared ? kept : null }
}

/** Copies a file to `to`, with its mode, as it was at one moment, and keeps the same content as base. */
export async function copyAside(store: SessionStore, located: Located, to: string): Promise<Base> {
  const { port } = store
  for (;;) {
    const copied = await copyOnce(store, located.at, to)
    if (copied === null) continue
    const fingerprint = fingerprintOf(port, located.at, copied.stat, copied.sha256)
    // Where the times do not tell whether it is written to again, the content has to.
    if (fingerprint?.racy && fingerprint.sha256 === null) fingerprint.sha256 = await hashAt(store, to)
    if (located.source === 'session') return { fingerprint, kept: null }
    return { fingerprint, kept: await keepCopy(store, to, Number(copied.stat.size)) }
  }
}

async function keepCopy(store: SessionStore, copy: string, size: number): Promise<string | null> {
  const { kept, at } = basePath(store)
  if (size > smallContent && store.port.reflink(copy, at)) return kept
  if (size > largestKeptBase) return null
  await copyOnce(store, copy, at)
  return kept
}

/** Null (and nothing at `to`) where the source changed meanwhile. Large files are not hashed: it takes longer than to copy them. */
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
    const sha256 = await copyAs(port, from, at, to, before)
    if (identityOf(before) === identityOf(from.stat())) done = { stat: before, sha256 }
  } finally {
    from.close()
    if (done === null) removeIfThere(port, to)
  }
  return done
}

async function copyAs(
  port: FilePort,
  from: OpenFile,
  at: string,
  to: string,
  stat: BigIntStats,
): Promise<string | null> {
  const [size, permissions] = [Number(stat.size), permissionsOf(stat)]
  if (size > largestKeptBase) {
    await port.duplicate(at, to)
    port.chmod(to, permissions)
    return null
  }
  if (size > smallContent && port.reflink(at, to)) {
    port.chmod(to, permissions)
    return hashAt({ port }, to)
  }
  const target = port.create(to, permissions)
  try {
    target.chmod(permissions)
    return (await copyContent(from, target)).sha256
  } finally {
    target.close()
  }
}

export async function hashAt(store: Pick<SessionStore, 'port'>, path: string): Promise<string> {
  const file = store.port.openForReading(path)
  try {
    return await hashOpenFile(file)
  } finally {
    file.close()
  }
}
