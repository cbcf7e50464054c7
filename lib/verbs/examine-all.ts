/** All that a session changed, held against what lower holds now. */
import { isCowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import { kindOf } from '../store/fingerprint.js'
import { type Effective, effectiveEntries } from '../store/layers.js'
import { lookAtAll, type Seen } from '../store/looking.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { isSealed } from '../store/seal.js'

import { comparePaths, type Examined, examine, lookAtLower } from './examine.js'

export async function examineAll(store: SessionStore, seen = lookAtChanges(store)): Promise<Examined[]> {
  const examined: Examined[] = []
  const entries = effectiveEntries(store.layers)
  entries.sort((left, right) => comparePaths(left.entry.path, right.entry.path))
  for (const there of entries) {
    const found = await examineStill(store, there, seen)
    if (found !== null) examined.push(found)
  }
  examined.push(...(await newcomers(store, examined)))
  return examined
}

/** Where others write in the session meanwhile: what it holds by then; null where that is no change any more. */
async function examineStill(
  store: SessionStore,
  first: Effective,
  seenAtFirst: Seen,
): Promise<Examined | null> {
  let [there, seen] = [first, seenAtFirst]
  for (let again = 0; ; again++) {
    const { entry, layer } = there
    const at = layer.layout.upper(entry.path)
    try {
      return await examine(store, entry, at, seen)
    } catch (error) {
      if (!isCowriteError(error, 'CORRUPT') || again === mostChanges) throw error
      store.record.refresh()
      if (!store.record.isLive() && !isSealed(store.port, store.layout)) throw error
      const now = effectiveEntries(store.layers).find((other) => other.entry.path === entry.path)
      if (now === undefined) return null
      if (now.entry === entry && store.port.stat(at) === null) throw error
      there = now
      seen = lookAtAll(store.port, [entry.path, now.layer.layout.upper(entry.path)])
    }
  }
}

const mostChanges = 100

/** Both sides of every change, as they stand. A commit looks once more, right before it replaces a file. */
export function lookAtChanges(store: SessionStore): Seen {
  const changes = effectiveEntries(store.layers)
  const lower = changes.map(({ entry }) => entry.path)
  const own = changes.map(({ entry, layer }) => layer.layout.upper(entry.path))
  return lookAtAll(store.port, [...lower, ...own])
}

/** What appeared in lower inside a folder that the session deleted: no casualty, but a conflict (C8). */
async function newcomers(store: SessionStore, examined: readonly Examined[]): Promise<Examined[]> {
  const known = new Set(examined.map(({ path }) => path))
  const found: Examined[] = []
  for (const { entry, path } of examined) {
    const hidesLower = entry.kind === 'whiteout' || (entry.kind === 'folder' && entry.opaque === true)
    if (!hidesLower || entry.base?.kind !== 'folder') continue
    if (store.port.stat(path)?.isDirectory() !== true) continue
    for (const { name } of store.port.list(path)) {
      const child = joinPath(path, name)
      if (!known.has(child)) await addNewcomer(store, child, found)
    }
  }
  return found
}

async function addNewcomer(store: SessionStore, path: WorkspacePath, found: Examined[]): Promise<void> {
  const stat = store.port.stat(path)
  if (stat === null) return
  const kind = kindOf(stat)
  const { now } = await lookAtLower(store.port, path, null)
  const entry: Entry = { path, kind: 'whiteout', base: null, kept: null, firstWriteAt: '' }
  found.push({
    path,
    entry,
    at: null,
    change: 'deleted',
    kind: kind === 'other' ? 'file' : kind,
    verdict: 'conflict',
    reason: 'appeared in the live files, in a folder that the session deleted',
    target: now && { path, expected: now, wanted: null },
  })
  if (kind !== 'folder') return
  for (const { name } of store.port.list(path)) await addNewcomer(store, joinPath(path, name), found)
}
