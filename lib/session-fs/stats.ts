import type { BigIntStats, Stats } from 'node:fs'
import type { MergedStat, SessionStore } from '../store/overlay.js'

/** What stands at a place, in node's own classes. The mode of a folder may be known to the record alone. */
export function statsOf(store: SessionStore, { at, entry }: MergedStat, bigint = false): Stats | BigIntStats {
  const stats = store.port.nativeStat(at, bigint)
  if (entry?.kind !== 'folder' || entry.mode === undefined) return stats
  if (typeof stats.mode === 'bigint') stats.mode = (stats.mode & ~0o7777n) | BigInt(entry.mode)
  else stats.mode = (stats.mode & ~0o7777) | entry.mode
  return stats
}
