/** What a fork's parents had at a path: where one of them was committed since, lower is where the fork's change begins. */
import type { BigIntStats } from 'node:fs'
import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import {
  type Fingerprint,
  fingerprintOf,
  hashFile,
  permissionsOf,
  statLower,
  stillIs,
} from './fingerprint.js'
import { type Effective, isOnlyHidden } from './layers.js'
import { type Layer, locate, type SessionStore } from './overlay.js'

/** A change as it is, or as one to what a parent has brought to lower; that content lies at `begins` in a layer. */
export interface Rebased extends Effective {
  begins?: string
}

/**
 * All changes of the session, each against what it began with: where lower no longer is the base, but what one of the
 * layers below the change has there, that is the base. Deletions of what only a layer has are changes from then on.
 */
export async function rebasedEntries(store: SessionStore, entries: readonly Effective[]): Promise<Rebased[]> {
  if (store.layers.length === 1) return [...entries]
  const all = await Promise.all(entries.map((change) => rebased(store, change)))
  return all.filter((change) => !isOnlyHidden(store.layers, change))
}

export async function rebased(store: SessionStore, change: Effective): Promise<Rebased> {
  const { entry, layer } = change
  const below = store.layers.slice(store.layers.indexOf(layer) + 1)
  if (below.length === 0 || (await stillIs(store.port, entry.path, entry.base))) return change
  const lower = statLower(store.port, entry.path)
  for (let at = 0; at < below.length; at++) {
    const had = lookFrom(store, below.slice(at), entry.path)
    if (had === 'lower') return change
    const now = await sameAs(store, had, lower, entry.path)
    if (now === undefined) continue
    const { movedFrom: _, ...rest } = entry
    return { layer, entry: { ...rest, base: now, kept: null }, ...(had ? { begins: had.at } : {}) }
  }
  return change
}

/** What these layers show at a path; null where they hide it, `lower` where none of them has anything to say. */
function lookFrom(
  store: SessionStore,
  layers: readonly Layer[],
  path: WorkspacePath,
): { at: string; stat: BigIntStats } | null | 'lower' {
  try {
    const there = locate({ ...store, layers }, path)
    if (there?.source === 'global') return 'lower'
    const stat = there && store.port.stat(there.at)
    return there && stat && { at: there.at, stat }
  } catch (error) {
    // A link or a file of theirs is on the way: nothing is there.
    if (['ELOOP', 'ENOTDIR'].includes(errnoOf(error) ?? '') || isCowriteError(error, 'PATH_ESCAPE'))
      return null
    throw error
  }
}

/** What lower holds, where that is what a layer had; undefined where it is not. */
async function sameAs(
  { port }: SessionStore,
  had: { at: string; stat: BigIntStats } | null,
  lower: BigIntStats | null,
  path: WorkspacePath,
): Promise<Fingerprint | null | undefined> {
  if (had === null || lower === null) return had === null && lower === null ? null : undefined
  if (had.stat.isDirectory() && lower.isDirectory()) return fingerprintOf(port, path, lower, null)
  if (had.stat.isSymbolicLink() && lower.isSymbolicLink()) {
    return port.readLink(had.at) === port.readLink(path) ? fingerprintOf(port, path, lower, null) : undefined
  }
  if (!had.stat.isFile() || !lower.isFile() || had.stat.size !== lower.size) return undefined
  if (permissionsOf(had.stat) !== permissionsOf(lower)) return undefined
  const [theirs, now] = [await hashFile(port, had.at), await hashFile(port, path)]
  return now !== null && theirs?.sha256 === now.sha256
    ? fingerprintOf(port, path, now.stat, now.sha256)
    : undefined
}
