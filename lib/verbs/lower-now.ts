import type { BigIntStats } from 'node:fs'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import {
  compareStat,
  type Fingerprint,
  fingerprintOf,
  hashFile,
  identityOf,
  kindOf,
  looksLike,
  statLower,
} from '../store/fingerprint.js'

/** What lower holds at a path, held against what the session's first write found. */
export interface Lower {
  now: Fingerprint | null
  /** Whether it is what the session's first write found. */
  unchanged: boolean
  /** Neither a file nor a folder nor a link: never touched (P6). */
  isSpecial?: true
}

export async function lookAtLower(
  port: FilePort,
  path: WorkspacePath,
  base: Fingerprint | null,
  stat = statLower(port, path),
): Promise<Lower> {
  const quick = compareStat(stat, base)
  if (stat === null) return { now: null, unchanged: base === null }
  if (kindOf(stat) === 'other') return { now: null, unchanged: false, isSpecial: true }
  if (quick === 'same' && base && (stat.isFile() || stat.isDirectory())) return { now: base, unchanged: true }
  const content = stat.isFile() ? await hashFile(port, path) : null
  const now = fingerprintOf(port, path, content?.stat ?? stat, content?.sha256 ?? null)
  if (now === null || base === null || now.kind !== base.kind) return { now, unchanged: false }
  if (now.kind === 'symlink') return { now, unchanged: now.target === base.target }
  if (now.kind === 'folder') return { now, unchanged: now.mode === base.mode }
  if (base.sha256 === null) return { now, unchanged: looksLike(content?.stat ?? stat, base) }
  return { now, unchanged: now.sha256 === base.sha256 && now.mode === base.mode }
}

/** The hash of lower's file, where it was never taken and the session's may turn out to be the same (C3). */
export async function withHash(
  port: FilePort,
  now: Fingerprint | null,
  path: WorkspacePath,
  own: BigIntStats,
): Promise<Fingerprint | null> {
  if (now?.kind !== 'file' || now.sha256 !== null || BigInt(now.size) !== own.size) return now
  const hashed = await hashFile(port, path)
  return hashed && identityOf(hashed.stat) === now.identity ? { ...now, sha256: hashed.sha256 } : now
}
