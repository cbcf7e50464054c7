import type { BigIntStats } from 'node:fs'
import type { ChangeKind } from '../api.js'
import type { CopyMark, Target, Wanted } from '../engine/intent.js'
import { isCowriteError, stillMarked } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { readIfThere } from '../store/files.js'
import {
  compareStat,
  type Fingerprint,
  fingerprintOf,
  hashFile,
  identityOf,
  kindOf,
  looksLike,
  permissionsOf,
  sha256Of,
  statLower,
} from '../store/fingerprint.js'
import type { Seen } from '../store/looking.js'
import { mayBeMissing, missingUpper, resolveLinks, type SessionStore } from '../store/overlay.js'
import { changeOf, type Entry } from '../store/record.js'
import { decodeText } from '../text/decode.js'
import { holdsMarkers, mergeTexts } from '../text/merge.js'

/** One path of a session, held against what lower holds now (T3). */
export interface Examined {
  path: WorkspacePath
  entry: Entry
  /** Where the session's content is; null for a deletion. */
  at: string | null
  change: ChangeKind
  kind: 'file' | 'folder' | 'symlink'
  /** `none`: the session's version and lower's are the same, or the session's is the base. */
  verdict: 'clean' | 'merged' | 'conflict' | 'none'
  reason?: string
  /** What a commit would do; for a conflict, what `keep_session` would do, if that can be done. */
  target: Target | null
  /** The text with markers, where a conflict is one of texts. */
  marked?: string
  /** Whether the commit would make a file executable that was not. */
  becomesExecutable?: true
  /** The session's copy as it was looked at, where it is a file, and its size. */
  copy?: CopyMark
  size?: number
}

type Findings = Pick<Examined, 'verdict'> &
  Partial<Pick<Examined, 'reason' | 'target' | 'marked' | 'becomesExecutable' | 'copy' | 'size'>>

/** Folders before what they hold, names in code point order. */
export function comparePaths(left: WorkspacePath, right: WorkspacePath): number {
  const shorter = Math.min(left.length, right.length)
  let at = 0
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++
  if (at === shorter) return left.length - right.length
  return rankOf(left.charCodeAt(at)) - rankOf(right.charCodeAt(at))
}

function rankOf(code: number): number {
  return code === slash ? -1 : code
}

const slash = 0x2f

/** Room for the contents that are read on the way, of which a commit is made: none is read twice. In bytes. */
export interface Room {
  left: number
  /** Only whether it is a change is asked, and not which: nothing is read that does not decide it. */
  isForCounting?: true
}

export async function examine(
  store: SessionStore,
  entry: Entry,
  at: string,
  seen: Seen,
  room: Room = { left: 0 },
): Promise<Examined> {
  const lower = await lookAtLower(store.port, entry.path, entry.base, seen.get(entry.path))
  const findings = lower.isSpecial
    ? conflict('a pipe, socket or device in the live files')
    : await judge(store, entry, at, lower, seen.get(at), room)
  return {
    path: entry.path,
    entry,
    at: entry.kind === 'whiteout' ? null : at,
    change: changeOf(entry),
    kind: entry.kind === 'whiteout' ? (entry.base?.kind ?? 'file') : entry.kind,
    ...findings,
    target: findings.target ?? null,
  }
}

interface Lower {
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

function judge(
  store: SessionStore,
  entry: Entry,
  at: string,
  lower: Lower,
  own: BigIntStats | null | undefined,
  room: Room,
): Promise<Findings> | Findings {
  if (entry.kind === 'whiteout') return judgeDeletion(entry, lower)
  if (entry.kind === 'folder') return judgeFolder(entry, lower)
  if (entry.kind === 'symlink') return judgeLink(store, entry, at, lower)
  // Where nothing was, another process may have put it by now.
  return judgeFile(store, entry, at, lower, own ?? store.port.stat(at), room)
}

function judgeDeletion(entry: Entry, { now, unchanged }: Lower): Findings {
  if (now === null) return { verdict: 'none' }
  const target: Target = { path: entry.path, expected: now, wanted: null }
  if (unchanged) return { verdict: 'clean', target }
  const sameKind = now.kind === entry.base?.kind
  if (sameKind && now.kind === 'folder') return { verdict: 'clean', target }
  if (now.kind === 'folder') return conflict('deleted in the session, and a folder in the live files now')
  return conflict('changed in the live files since, deleted in the session', target)
}

function judgeFolder(entry: Entry, { now, unchanged }: Lower): Findings {
  const { base } = entry
  const wanted: Wanted = { kind: 'folder', mode: entry.mode ?? (base?.kind === 'folder' ? base.mode : null) }
  const target: Target = { path: entry.path, expected: now, wanted }
  if (now === null) {
    if (base === null || base.kind !== 'folder') return { verdict: 'clean', target }
    return entry.opaque ? { verdict: 'clean', target } : conflict('deleted in the live files since', target)
  }
  if (now.kind === 'folder') {
    const mode = entry.mode
    return mode === undefined || mode === now.mode ? { verdict: 'none' } : { verdict: 'clean', target }
  }
  if (unchanged && base !== null) return { verdict: 'clean', target }
  return conflict('a folder in the session, and a file in the live files')
}

function judgeLink(store: SessionStore, entry: Entry, at: string, { now, unchanged }: Lower): Findings {
  const pointsTo = readLinkAt(store, entry, at)
  if (pointsTo === null) return { verdict: 'none' }
  const target: Target = { path: entry.path, expected: now, wanted: { kind: 'symlink', target: pointsTo } }
  if (now?.kind === 'symlink' && now.target === pointsTo) return { verdict: 'none' }
  if (leadsOut(store, entry.path)) return conflict('a link that points out of the workspace')
  if (unchanged || (now === null && entry.base === null)) return { verdict: 'clean', target }
  if (now?.kind === 'folder') return conflict('a link in the session, and a folder in the live files')
  return conflict(
    now === null ? 'deleted in the live files since' : 'changed in the live files since',
    target,
  )
}

/** Only a hand can have put such a link into the session's folder; it must not land. */
function leadsOut(store: SessionStore, path: WorkspacePath): boolean {
  try {
    resolveLinks(store, path, true)
    return false
  } catch (error) {
    return isCowriteError(error, 'PATH_ESCAPE')
  }
}

function readLinkAt(store: SessionStore, entry: Entry, at: string): string | null {
  if (store.port.stat(at)?.isSymbolicLink()) return store.port.readLink(at)
  return requireLanding(store, entry)
}

/** Not there, and nobody was told that it would be: no change. Otherwise a lost copy is damage. */
function requireLanding(store: SessionStore, entry: Entry): null {
  if (mayBeMissing(store, entry)) return null
  throw missingUpper(store, entry.path)
}

async function judgeFile(
  store: SessionStore,
  entry: Entry,
  at: string,
  lower: Lower,
  stat: BigIntStats | null,
  room: Room,
): Promise<Findings> {
  const { base } = entry
  if (stat === null) {
    requireLanding(store, entry)
    return { verdict: 'none' }
  }
  const now = await withHash(store, lower.now, entry.path, stat)
  const mayBeOld = [now, base].some((old) => old?.kind === 'file' && BigInt(old.size) === stat.size)
  // To read a gigabyte only to name what is certainly a change would make everybody wait; a commit reads it.
  const isRead = mayBeOld || (stat.size <= largestReadAlways && !room.isForCounting)
  const { sha256, bytes } = isRead ? await hashOwn(store, at, entry.path, stat) : unread
  const copy: CopyMark = { sha256, identity: identityOf(stat) }
  const findings = judgeContent(store, entry, at, { ...lower, now }, stat, sha256)
  return { ...withContent(findings, at, bytes, room), copy, size: Number(stat.size) }
}

const unread = { sha256: null, bytes: null }

/** The content itself in place of the file that it was read from, where there is room for it. */
function withContent(findings: Findings, at: string, bytes: Uint8Array | null, room: Room): Findings {
  const { target } = findings
  if (bytes === null || bytes.length > room.left || target?.wanted?.kind !== 'file') return findings
  const { content } = target.wanted
  if (!('at' in content) || content.at !== at) return findings
  room.left -= bytes.length
  return { ...findings, target: { ...target, wanted: { ...target.wanted, content: { bytes } } } }
}

function judgeContent(
  store: SessionStore,
  entry: Entry,
  at: string,
  { now, unchanged }: Lower,
  stat: BigIntStats,
  sha256: string | null,
): Findings {
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
  if (base === null) return clash('created in the session and in the live files', target)
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

const largestReadAlways = 8 * 1024 * 1024

/** The hash of lower's file, where it was never taken and the session's may turn out to be the same (C3). */
async function withHash(
  store: SessionStore,
  now: Fingerprint | null,
  path: WorkspacePath,
  own: BigIntStats,
): Promise<Fingerprint | null> {
  if (now?.kind !== 'file' || now.sha256 !== null || BigInt(now.size) !== own.size) return now
  const hashed = await hashFile(store.port, path)
  return hashed && identityOf(hashed.stat) === now.identity ? { ...now, sha256: hashed.sha256 } : now
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

function mergeWithLower(store: SessionStore, entry: Entry, at: string, target: Target): Findings {
  const texts = threeTexts(store, entry, at)
  if (texts === 'no base')
    return conflict('changed on both sides, and the version that both began with was not kept', target)
  if (texts === 'binary') return conflict('changed on both sides, and not text that could be merged', target)
  const outcome = mergeTexts(texts.base, texts.ours, texts.theirs)
  if ('marked' in outcome) {
    return {
      ...conflict('changed on both sides, in the same place', target),
      marked: outcome.marked({ session: `session ${store.name}` }),
    }
  }
  const wanted = target.wanted as Extract<Wanted, { kind: 'file' }>
  const { sha256: _, ...rest } = wanted
  return {
    verdict: 'merged',
    target: { ...target, wanted: { ...rest, content: { bytes: Buffer.from(outcome.merged) } } },
  }
}

const largestMergedFile = 8 * 1024 * 1024

function threeTexts(
  store: SessionStore,
  entry: Entry,
  at: string,
): { base: string; ours: string; theirs: string } | 'no base' | 'binary' {
  const kept = readBase(store, entry)
  if (kept === null) return 'no base'
  const texts = [kept, readBounded(store, at), readBounded(store, entry.path)].map(
    (bytes) => bytes && decodeText(bytes),
  )
  const [base, ours, theirs] = texts
  if (typeof base !== 'string' || typeof ours !== 'string' || typeof theirs !== 'string') return 'binary'
  return { base, ours, theirs }
}

/** The content that the session's first write found, where it was kept and still is what it was: a wrong one would merge wrongly. */
export function readBase(store: SessionStore, entry: Entry): Buffer | null {
  if (entry.kept === null) return null
  for (const layer of store.layers) {
    const bytes = readIfThere(store.port, `${layer.layout.bases}/${entry.kept}`)
    if (bytes !== null) return isBaseOf(entry, bytes) ? bytes : null
  }
  return null
}

function isBaseOf({ base }: Entry, bytes: Buffer): boolean {
  const sha256 = base?.sha256 ?? null
  return sha256 === null || sha256Of(bytes) === sha256
}

function readBounded(store: SessionStore, at: string): Buffer | null {
  const stat = store.port.stat(at)
  return stat === null || Number(stat.size) > largestMergedFile ? null : readIfThere(store.port, at)
}

function conflict(reason: string, target: Target | null = null): Findings {
  return { verdict: 'conflict', reason, target }
}
