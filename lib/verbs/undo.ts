import type { BigIntStats } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { UndoOptions, UndoResult } from '../api.js'
import { transact, withTransaction } from '../engine/engine.js'
import type { Intent, IntentTarget, Next, Target, Wanted } from '../engine/intent.js'
import { isStill } from '../engine/keep.js'
import { isMarked, largeFile } from '../engine/stage.js'
import { finished, type Transaction } from '../engine/transaction.js'
import { type Conflict, CowriteError } from '../errors.js'
import { ancestorsOf, isWithin, joinPath, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import {
  type Fingerprint,
  fingerprintOf,
  hashFile,
  identityOf,
  statLower,
  takeFingerprint,
} from '../store/fingerprint.js'
import { transactionNames } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import { lookAtAll, type Seen } from '../store/looking.js'
import { finishSession, recoverDead, refuseBlocked } from './closing.js'
import { isAllIn, listCommits, pruneQuietly, putBackOf, readHistory } from './history.js'
import type { Site } from './site.js'

/**
 * Puts back what a commit replaced, where lower still is what the commit left (T5). It is a commit of its own,
 * and can be undone. Throws NOT_FOUND, CONFLICT with every path that changed since.
 */
export async function undo(
  site: Site,
  commitId: string | undefined,
  options: UndoOptions = {},
): Promise<UndoResult> {
  return withLock(site.port, site.layout, 'commit', async () => {
    const recovered = await recoverDead(site)
    // Which commit is the newest, or what one left, cannot be told while it is in between.
    const between = recovered.blocked.find(
      ({ id }) => commitId === undefined || Number(id) === Number(commitId),
    )
    if (between !== undefined) refuseBlocked(site, recovered, between.session)
    const commit = findCommit(site, commitId)
    return withTransaction(site.port, site.layout, { kind: 'undo', session: '' }, (transaction) =>
      putBack(site, transaction, commit, options),
    )
  })
}

async function putBack(
  site: Site,
  transaction: Transaction,
  commit: Intent,
  options: UndoOptions,
): Promise<UndoResult> {
  const { targets, putsBack, skipped } = await targetsOf(site, commit, options)
  if (targets.length === 0)
    throw new CowriteError('NOT_FOUND', `Nothing of commit ${commit.id} is left to undo.`, {
      path: commit.id,
    })
  const about = {
    kind: 'undo' as const,
    session: commit.session,
    agentId: site.agentId,
    undoes: commit.id,
    ...(putsBack === null ? {} : { putsBack }),
    merged: [],
    afterwards: { do: 'nothing' as const },
  }
  const finish = async () => {
    await finishSession(site, about.afterwards)
  }
  const applied = await transact(site.port, site.layout, transaction, about, targets, finish, options)
  if (!applied.pendingCleanup) pruneQuietly(site)
  return {
    undone: true,
    commitId: commit.id,
    undoId: transaction.id,
    restored: pathsOf(targets, ({ wanted }) => wanted !== null),
    removed: pathsOf(targets, ({ wanted }) => wanted === null),
    inPart: putsBack !== null && !isAll(site, commit, putsBack),
    skipped,
    overtaken: applied.overtaken,
  }
}

/** Whether with these all of a commit is put back. */
function isAll(site: Site, { id, targets }: Intent, putsBack: readonly WorkspacePath[]): boolean {
  const back = new Set([...putBackOf(site, id), ...putsBack])
  return isAllIn(targets, back)
}

function pathsOf(targets: readonly Target[], which: (target: Target) => boolean): string[] {
  return targets
    .filter((target) => which(target) && (target.wanted ?? target.expected)?.kind !== 'folder')
    .map(({ path }) => path)
}

/** By its id, or the newest that is not undone. */
function findCommit(site: Site, commitId: string | undefined): Intent {
  const standing = listCommits(site).filter(({ undone }) => !undone)
  const wanted = commitId ?? standing.find(({ kind }) => kind === 'commit')?.commitId
  if (wanted === undefined) throw new CowriteError('NOT_FOUND', 'There is no commit to undo.', { path: '' })
  const intent = readHistory(site).find(({ id }) => id === wanted || Number(id) === Number(wanted))
  if (intent === undefined) throw missing(site, wanted)
  if (!standing.some(({ commitId: id }) => id === intent.id)) {
    throw new CowriteError('CONFLICT', `Commit ${intent.id} is undone already.`, { conflicts: [] })
  }
  return intent
}

function missing({ port, layout }: Site, wanted: string): CowriteError {
  const id = finished(port, layout).find((other) => Number(other) === Number(wanted))
  if (id === undefined)
    return new CowriteError('NOT_FOUND', `There is no commit ${wanted} in the history.`, { path: wanted })
  const message = `Commit ${id} cannot be undone: what it did is in the history, but cannot be read any more.`
  return new CowriteError('CORRUPT', message, { path: layout.historyEntry(id) })
}

interface WayBack {
  targets: Target[]
  /** The commit's paths that are put back; null for all of them. */
  putsBack: WorkspacePath[] | null
  skipped: Conflict[]
}

async function targetsOf(site: Site, commit: Intent, { files, skipChanged }: UndoOptions): Promise<WayBack> {
  const back = putBackOf(site, commit.id)
  const asked = chosen(
    commit,
    commit.targets.filter(({ path }) => !back.has(path)),
    files,
  )
  const { targets, conflicts } = await waysBack(site, commit, asked)
  // What others have put into a folder is told once, as what was changed in it.
  if (conflicts.length > 0 && !skipChanged) throw changedSince(commit, conflicts, hasMore(targets))
  const { going, parents, obstacles } = withoutObstacles(site, targets)
  if (obstacles.length > 0 && !skipChanged) throw changedSince(commit, obstacles, hasMore(going))
  const skipped = [...conflicts, ...obstacles.map(asSkipped)]
  if (skipped.length > 0 && !hasMore(going)) throw changedSince(commit, skipped, false)
  const isWhole = skipped.length === 0 && asked.length === commit.targets.length
  const goes = new Set(going)
  const stays = [...skipped, ...targets.filter((target) => !goes.has(target))]
  const notGoing = new Set(stays.map(({ path }) => path))
  const putsBack = asked.map(({ path }) => path).filter((path) => !notGoing.has(path))
  return { targets: [...parents, ...going], putsBack: isWhole ? null : putsBack, skipped }
}

function hasMore(targets: readonly Target[]): boolean {
  return targets.some(({ wanted, expected }) => (wanted ?? expected)?.kind !== 'folder')
}

function asSkipped({ path, blocks, reason }: Obstacle): Conflict {
  return path === blocks
    ? { path, reason }
    : { path: blocks, reason: `${path} stands where it must come back` }
}

function changedSince({ id }: Intent, found: readonly Conflict[], isMore: boolean): CowriteError {
  const conflicts = found.map(({ path, reason }) => ({ path, reason }))
  const count = conflicts.length === 1 ? '1 file' : `${conflicts.length} files`
  const ways = isMore ? { ways: ['skip_changed'] } : {}
  const message = `${count} changed since commit ${id}; nothing was undone.`
  return new CowriteError('CONFLICT', message, { conflicts, commit: id, ...ways })
}

/** Those that `files` name: a path, a folder with what is in it, or a bare name that is unique. */
function chosen(commit: Intent, targets: IntentTarget[], files: string[] | undefined): IntentTarget[] {
  if (files === undefined || files.length === 0) return targets
  const named = new Set(files.flatMap((file) => pathsNamed(commit, targets, file)))
  const stays = targets.filter(({ path, next }) => !named.has(path) && next?.kind !== 'folder')
  // With the last file that the commit put into a folder goes the folder.
  return targets.filter(({ path, expected, next }) => {
    const isMade = expected === null && next?.kind === 'folder'
    const isEmptied = isMade && [...named].some((file) => isWithin(file, path))
    return named.has(path) || (isEmptied && !stays.some((other) => isWithin(other.path, path)))
  })
}

function pathsNamed({ id }: Intent, targets: readonly IntentTarget[], file: string): WorkspacePath[] {
  const wanted = parsePath(file)
  const paths = targets.map(({ path }) => path)
  const within = paths.filter((path) => isWithin(path, wanted))
  if (within.length > 0) return within
  const alike = wanted.includes('/') ? [] : paths.filter((path) => nameOf(path) === wanted)
  if (alike.length === 1) return alike
  const which = alike.length > 1 ? { candidates: alike } : {}
  const message =
    alike.length > 1
      ? `${wanted} could be any of ${alike.length} files of commit ${id}; name its path.`
      : `Commit ${id} has nothing at ${wanted} that could be put back.`
  throw new CowriteError('NOT_FOUND', message, { path: wanted, ...which })
}

/** What each path must become, where lower still is what the commit left. */
async function waysBack(
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

/** Without what others have made impossible since, and what in turn needs that. */
function withoutObstacles(
  site: Site,
  targets: readonly Target[],
): { going: Target[]; parents: Target[]; obstacles: Obstacle[] } {
  const all: Obstacle[] = []
  for (let rest = targets; ; ) {
    const going = withoutSharedFolders(site, rest)
    const obstacles: Obstacle[] = inTheWay(site, going)
    const parents = parentsFor(site, going, obstacles)
    if (obstacles.length === 0) return { going, parents, obstacles: all }
    all.push(...obstacles)
    const blocked = new Set(obstacles.map(({ blocks }) => blocks))
    rest = rest.filter(({ path }) => !blocked.has(path))
  }
}

/** A conflict, and the path that cannot come back because of it. */
interface Obstacle extends Conflict {
  blocks: WorkspacePath
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
  const isSame = next.sha256 === null ? now.identity.startsWith(`${next.mark}:`) : now.sha256 === next.sha256
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

/** A folder that the commit made stays where other things have come into it. */
function withoutSharedFolders(site: Site, targets: readonly Target[]): Target[] {
  const leaving = leavingOf(targets)
  return targets.filter(
    ({ path, expected, wanted }) =>
      wanted !== null || expected?.kind !== 'folder' || othersIn(site, path, leaving).length === 0,
  )
}

function leavingOf(targets: readonly Target[]): Set<WorkspacePath> {
  return new Set(targets.filter(({ wanted }) => wanted === null).map(({ path }) => path))
}

/** What lies in a folder and does not go with it. */
function othersIn(site: Site, folder: WorkspacePath, leaving: ReadonlySet<WorkspacePath>): WorkspacePath[] {
  return site.port.list(folder).flatMap(({ name, kind }) => {
    const child = joinPath(folder, name)
    if (!leaving.has(child)) return [child]
    return kind === 'folder' ? othersIn(site, child, leaving) : []
  })
}

/** What others have put into a folder of the commit's that must make room for the file that stood there. */
function inTheWay(site: Site, targets: readonly Target[]): Obstacle[] {
  const leaving = leavingOf(targets)
  return targets
    .filter(({ expected, wanted }) => expected?.kind === 'folder' && wanted && wanted.kind !== 'folder')
    .flatMap(({ path }) => othersIn(site, path, leaving).map((other) => ({ path, other })))
    .map(({ path, other }) => ({
      path: other,
      blocks: path,
      reason: `came since the commit, where ${path} must come back`,
    }))
}

/** The folders that what comes back needs, and that are gone. Something else in the place of one is a conflict. */
function parentsFor(site: Site, targets: readonly Target[], obstacles: Obstacle[]): Target[] {
  const known = new Map(targets.map((target) => [target.path, target]))
  const parents: Target[] = []
  for (const { path, wanted } of targets) {
    for (const folder of wanted === null ? [] : ancestorsOf(path)) {
      if (known.get(folder)?.wanted?.kind === 'folder') continue
      const stat = statLower(site.port, folder)
      if (stat?.isDirectory()) continue
      if (stat !== null) {
        obstacles.push({ path, blocks: path, reason: `${folder} is no folder any more` })
        break
      }
      const parent: Target = { path: folder, expected: null, wanted: { kind: 'folder', mode: null } }
      known.set(folder, parent)
      parents.push(parent)
    }
  }
  return parents
}
