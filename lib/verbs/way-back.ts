/** What brings back what a commit replaced, path by path (T5). */
import type { BigIntStats } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Intent, IntentTarget, Next, Target, Wanted } from '../engine/intent.js'
import { isStill } from '../engine/keep.js'
import { isMarked, largeFile } from '../engine/stage.js'
import type { Conflict } from '../errors.js'
import { ancestorsOf, type WorkspacePath } from '../paths.js'
import {
  type Fingerprint,
  fingerprintOf,
  hashFile,
  identityOf,
  isSameMark,
  markIn,
  statLower,
  takeFingerprint,
} from '../store/fingerprint.js'
import { transactionNames } from '../store/layout.js'
import { lookAtAll, type Seen } from '../store/looking.js'
import type { Site } from './site.js'

/** What each path must become, where lower still is what the commit left. */
export async function waysBack(
  site: Site,
  commit: Intent,
  asked: readonly IntentTarget[],
): Promise<{ targets: Target[]; conflicts: Conflict[] }> {
  const targets: Target[] = []
  const conflicts: Conflict[] = []
  const kept = asked.flatMap((target) => placeOfKept(site, commit, target) ?? [])
  const seen = lookAtAll(site.port, [...asked.map(({ path }) => path), ...kept])
  const untouched = untouchedSince(site, commit)
  for (const target of asked) {
    // What is behind a link has another path: at this one there is nothing.
    const looked = seen.get(target.path)
    const stat = looked === undefined ? statLower(site.port, target.path) : looked
    const isReached = stat !== null
    const now = isReached ? await lookAt(site, target, stat, untouched) : null
    if (isReached && now === null) {
      conflicts.push({ path: target.path, reason: 'neither a file nor a folder since the commit' })
      continue
    }
    if (!isLeft(now, target)) {
      conflicts.push({
        path: target.path,
        reason: now === null ? whyGone(site, target.path) : 'changed since the commit',
      })
      continue
    }
    const back = await wayBack(site, commit, target, now, seen)
    if (back === 'lost')
      conflicts.push({
        path: target.path,
        reason: 'what the commit replaced here is not in the history any more',
      })
    else if (back !== null) targets.push(back)
  }
  return { targets, conflicts }
}

function whyGone(site: Site, path: WorkspacePath): string {
  const link = ancestorsOf(path).find((folder) => statLower(site.port, folder)?.isSymbolicLink())
  return link === undefined ? 'deleted since the commit' : `${link} is a link since the commit`
}

/**
 * Whether a file is the one that a commit put in place, and was not written to since: by its device, inode, size and
 * the time of its last write, as it was staged, and no later change than the commit's end, not even of its names. Where
 * the intent was written in the same tick of the clock, another write may have that time too: then the content has to tell.
 */
function untouchedSince({ port, layout }: Site, commit: Intent) {
  const entry = layout.historyEntry(commit.id)
  const ended = port.stat(entry)?.ctimeNs ?? 0n
  const intended = port.stat(`${entry}/${transactionNames.intent}`)?.mtimeNs ?? 0n
  return (stat: BigIntStats, next: StagedFile): boolean =>
    isMarked(stat, next) && stat.mtimeNs < intended && stat.ctimeNs <= ended
}

type StagedFile = Extract<Next, { kind: 'file' }>

/** What lower holds; of a file that is the one that the commit put there, without reading it. */
async function lookAt(
  { port }: Site,
  { path, next }: IntentTarget,
  stat: BigIntStats,
  isUntouched: (stat: BigIntStats, next: StagedFile) => boolean,
): Promise<Fingerprint | null> {
  if (next?.kind !== 'file' || !isMarked(stat, next)) return takeFingerprint(port, path)
  if (Number(stat.size) <= largeFile && !isUntouched(stat, next)) return takeFingerprint(port, path)
  const known = fingerprintOf(port, path, stat, next.sha256)
  if (!known?.racy || known.sha256 !== null) return known
  // Where the commit was a moment ago, times do not tell yet what is written from now on.
  await setTimeout(port.timestampGranularity)
  const later = port.stat(path)
  const settled = later && isMarked(later, next) ? fingerprintOf(port, path, later, null) : null
  return settled === null || settled.racy ? takeFingerprint(port, path) : settled
}

/** Whether lower holds what the commit left there. */
function isLeft(now: Fingerprint | null, { next }: IntentTarget): boolean {
  if (next === null || now === null) return now === null && next === null
  if (now.kind !== next.kind) return false
  if (next.kind === 'symlink') return now.target === next.target
  if (next.kind === 'folder') return true
  const isSame =
    next.sha256 === null ? isSameMark(markIn(now.identity), next.mark) : now.sha256 === next.sha256
  return isSame && now.mode === next.mode
}

async function wayBack(
  site: Site,
  commit: Intent,
  target: IntentTarget,
  now: Fingerprint | null,
  seen: Seen,
): Promise<Target | 'lost' | null> {
  const { path, expected, next } = target
  if (expected === null) return removal(site, path, next?.kind === 'folder', now)
  if (expected.kind === 'folder')
    return { path, expected: now, wanted: { kind: 'folder', mode: expected.mode } }
  if (expected.kind === 'symlink') {
    return { path, expected: now, wanted: { kind: 'symlink', target: expected.target ?? '' } }
  }
  const at = placeOfKept(site, commit, target)
  if (at === null) return 'lost'
  const known = await lookAtKept(site, at, expected, seen.get(at))
  if (known === null) return 'lost'
  const wanted: Wanted = { kind: 'file', mode: expected.mode & 0o777, content: { at }, ...known }
  return { path, expected: now, wanted }
}

/** Where a file lies that the commit replaced; null where it replaced none. */
function placeOfKept({ layout }: Site, { id }: Intent, { kept }: IntentTarget): string | null {
  return kept === null ? null : `${layout.historyEntry(id)}/${kept}`
}

/** By what the old version is known; null where it is gone. When it is put back, what was copied is hashed all the same. */
async function lookAtKept(
  { port }: Site,
  at: string,
  expected: Fingerprint,
  stat = port.stat(at),
): Promise<{ sha256: string } | { identity: string } | null> {
  const { sha256 } = expected
  if (await isStill(port, at, expected, stat)) {
    return sha256 !== null ? { sha256 } : stat && { identity: identityOf(stat) }
  }
  const hashed = await hashFile(port, at)
  return hashed === null || (sha256 !== null && hashed.sha256 !== sha256) ? null : { sha256: hashed.sha256 }
}

/** A folder that the commit made, and that is gone already, needs nothing. */
function removal(site: Site, path: string, isFolder: boolean, now: Fingerprint | null): Target | null {
  if (isFolder && site.port.stat(path)?.isDirectory() !== true) return null
  return { path, expected: now, wanted: null }
}
