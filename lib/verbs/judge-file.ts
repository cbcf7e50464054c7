import type { BigIntStats } from 'node:fs'
import type { CopyMark, Target, Wanted } from '../engine/intent.js'
import { stillMarked } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { hashFile, identityOf, permissionsOf } from '../store/fingerprint.js'
import { missingUpper, type SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { holdsMarkers } from '../text/merge.js'
import { conflict, type Judgement, type Room } from './examined.js'
import { requireLanding } from './lost-copy.js'
import { type Lower, withHash } from './lower-now.js'
import { mergeWithLower, readBounded } from './merge-with-lower.js'

/** In bytes: what is certainly a change is read up to here, to be named by its content. */
const largestReadAlways = 8 * 1024 * 1024
const unread = { sha256: null, bytes: null }

/** A file of the session, held against what lower holds now (T3). */
export async function judgeFile(
  store: SessionStore,
  entry: Entry,
  at: string,
  lower: Lower,
  stat: BigIntStats | null,
  room: Room,
): Promise<Judgement> {
  const { base } = entry
  if (stat === null) {
    requireLanding(store, entry)
    return { verdict: 'none' }
  }
  const now = await withHash(store.port, lower.now, entry.path, stat)
  const mayBeOld = [now, base].some((old) => old?.kind === 'file' && BigInt(old.size) === stat.size)
  // To read a gigabyte only to name what is certainly a change would make everybody wait; a commit reads it.
  const isRead = mayBeOld || (stat.size <= largestReadAlways && !room.isForCounting)
  const { sha256, bytes } = isRead ? await hashOwn(store, at, entry.path, stat) : unread
  const copy: CopyMark = { sha256, identity: identityOf(stat) }
  const judgement = judgeContent(store, entry, at, { ...lower, now }, stat, sha256)
  return { ...withContent(judgement, at, bytes, room), copy, size: Number(stat.size) }
}

/** The content itself in place of the file that it was read from, where there is room for it. */
function withContent(judgement: Judgement, at: string, bytes: Uint8Array | null, room: Room): Judgement {
  const { target } = judgement
  if (bytes === null || bytes.length > room.left || target?.wanted?.kind !== 'file') return judgement
  const { content } = target.wanted
  if (!('at' in content) || content.at !== at) return judgement
  room.left -= bytes.length
  return { ...judgement, target: { ...target, wanted: { ...target.wanted, content: { bytes } } } }
}

function judgeContent(
  store: SessionStore,
  entry: Entry,
  at: string,
  { now, unchanged }: Lower,
  stat: BigIntStats,
  sha256: string | null,
): Judgement {
  const { base } = entry
  const isOwn = (other: string | null): boolean => sha256 !== null && other === sha256
  const ownMode = permissionsOf(stat) & 0o777
  const mode = base?.kind === 'file' && ownMode === base.mode && now?.kind === 'file' ? now.mode : ownMode
  const becomesExecutable = isExecutable(mode) && !(now?.kind === 'file' && isExecutable(now.mode))
  const extra = becomesExecutable ? { becomesExecutable: true as const } : {}
  const target: Target = {
    path: entry.path,
    expected: now,
    wanted: {
      kind: 'file',
      mode,
      content: { at },
      ...(sha256 === null ? { identity: identityOf(stat) } : { sha256 }),
    },
  }

  const clash = (reason: string, wins: Target | null = null) => ({ ...conflict(reason, wins), ...extra })
  if (now?.kind === 'file' && isOwn(now.sha256) && now.mode === mode) return { verdict: 'none' }
  if (entry.marked && holdsMarkers(readBounded(store, at)?.toString() ?? '')) {
    return clash(stillMarked, target)
  }
  if (unchanged) return { verdict: 'clean', target, ...extra }
  const untouched = base?.kind === 'file' && isOwn(base.sha256) && base.mode === ownMode
  if (untouched) return { verdict: 'none' }
  if (now === null)
    return base === null
      ? { verdict: 'clean', target, ...extra }
      : clash('deleted in the live files since', target)
  if (now.kind === 'folder') return clash('a file in the session, and a folder in the live files')
  if (now.kind === 'symlink') return clash('a file in the session, and a link in the live files', target)
  if (base === null && isOwn(now.sha256)) {
    // The same content; of the modes, only whether it runs is anybody's intent.
    return isExecutable(mode) === isExecutable(now.mode)
      ? { verdict: 'none' }
      : { verdict: 'clean', target, ...extra }
  }
  if (entry.adopted && base === null) {
    return clash('put into the session by hand, and nobody knows which live version it began with', target)
  }
  if (base === null)
    return clash('created in the session and in the live files, or changed in both at the same time', target)
  if (isOwn(now.sha256) || now.sha256 === base.sha256) return { verdict: 'clean', target, ...extra }
  if (isOwn(base.sha256)) {
    const wanted: Wanted = {
      kind: 'file',
      mode,
      content: { at: entry.path },
      ...(now.sha256 ? { sha256: now.sha256 } : {}),
    }
    return { verdict: 'clean', target: { ...target, wanted }, ...extra }
  }
  return { ...mergeWithLower(store, entry, at, target), ...extra }
}

function isExecutable(mode: number): boolean {
  return (mode & 0o111) !== 0
}

/** The hash of a session's own copy, read again only when the file changed. */
async function hashOwn(
  store: SessionStore,
  at: string,
  path: WorkspacePath,
  stat: BigIntStats,
): Promise<{ sha256: string; bytes: Uint8Array | null }> {
  const known = store.hashes.get(at)
  if (known !== undefined && known.identity === identityOf(stat)) return { sha256: known.sha256, bytes: null }
  const hashed = await hashFile(store.port, at)
  if (hashed === null) throw missingUpper(store, path)
  const age = Date.now() - Number(hashed.stat.mtimeNs / 1_000_000n)
  if (age > store.port.timestampGranularity)
    store.hashes.set(at, { identity: identityOf(hashed.stat), sha256: hashed.sha256 })
  return hashed
}
