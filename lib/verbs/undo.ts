import type { UndoOptions, UndoResult } from '../api.js'
import { transact, withTransaction } from '../engine/engine.js'
import type { Intent, IntentTarget, Target } from '../engine/intent.js'
import { finished, type Transaction } from '../engine/transaction.js'
import { type Conflict, CowriteError } from '../errors.js'
import { ancestorsOf, isWithin, joinPath, nameOf, parsePath, type WorkspacePath } from '../paths.js'
import { statLower } from '../store/fingerprint.js'
import { withLock } from '../store/locks.js'
import { recordOrNull } from './check.js'
import { finishSession, recoverDead, refuseBlocked } from './closing.js'
import { isAllIn, listCommits, pruneQuietly, putBackOf, readHistory } from './history.js'
import type { Site } from './site.js'
import { waysBack } from './way-back.js'

/**
 * Puts back what a commit replaced, where lower still is what the commit left (T5). It is a commit of its own,
 * and can be undone. Throws NOT_FOUND, CONFLICT with every path that changed since.
 */
export async function undo(
  site: Site,
  commitId: string | undefined,
  options: UndoOptions = {},
): Promise<UndoResult> {
  // What nobody may name is refused as that, whatever there is to undo.
  for (const file of options.files ?? []) site.guard.checkRead(parsePath(file))
  return withLock(site.port, site.layout, 'commit', async () => {
    const recovered = await recoverDead(site)
    // Which commit is the newest, or what one left, cannot be told while it is in between.
    const between = recovered.blocked.find(
      ({ id }) => commitId === undefined || Number(id) === Number(commitId),
    )
    if (between !== undefined) refuseBlocked(site, recovered, between.session)
    const history = readHistory(site)
    const commit = findCommit(site, history, commitId)
    const back = putBackOf(history, commit.id)
    return withTransaction(site.port, site.layout, { kind: 'undo', session: '' }, (transaction) =>
      putBack(site, transaction, commit, back, options),
    )
  })
}

async function putBack(
  site: Site,
  transaction: Transaction,
  commit: Intent,
  /** Which of its paths undos that still stand have put back. */
  back: ReadonlySet<WorkspacePath>,
  options: UndoOptions,
): Promise<UndoResult> {
  const { targets, putsBack, skipped } = await targetsOf(site, commit, back, options)
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
  if (!applied.pendingCleanup) pruneQuietly(site, transaction.id, applied)
  const gone = goneFromSession(site, commit, targets)
  return {
    undone: true,
    commitId: commit.id,
    undoId: transaction.id,
    restored: pathsOf(targets, ({ wanted }) => wanted !== null),
    removed: pathsOf(targets, ({ wanted }) => wanted === null),
    inPart: putsBack !== null && !isAllIn(commit.targets, new Set([...back, ...putsBack])),
    skipped,
    overtaken: applied.overtaken,
    ...(applied.waiting ? { waiting: applied.waiting } : {}),
    ...(gone === null ? {} : { goneFromSession: gone }),
  }
}

/** What a commit in part took out of a session that goes on: none of it comes back there by an undo. */
function goneFromSession(
  { port, layout }: Site,
  { kind, session, createdAt }: Intent,
  targets: readonly Target[],
): NonNullable<UndoResult['goneFromSession']> | null {
  if (kind !== 'commit') return null
  const record = recordOrNull(port, layout.sessionLayout(session))
  if (record === null) return null
  record.close()
  // Another that bears its name never held it.
  if (record.header.createdAt > createdAt) return null
  const files = pathsOf(targets, ({ path }) => !record.entries.has(path))
  return files.length === 0 ? null : { session, files }
}

function pathsOf(targets: readonly Target[], which: (target: Target) => boolean): string[] {
  return targets
    .filter((target) => which(target) && (target.wanted ?? target.expected)?.kind !== 'folder')
    .map(({ path }) => path)
}

/** By its id, or the newest that is not undone. */
function findCommit(site: Site, history: readonly Intent[], commitId: string | undefined): Intent {
  const standing = listCommits(site, history).filter(({ undone }) => !undone)
  const wanted = commitId ?? standing.find(({ kind }) => kind === 'commit')?.commitId
  if (wanted === undefined) throw new CowriteError('NOT_FOUND', 'There is no commit to undo.', { path: '' })
  const intent = history.find(({ id }) => id === wanted || Number(id) === Number(wanted))
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

async function targetsOf(
  site: Site,
  commit: Intent,
  back: ReadonlySet<WorkspacePath>,
  { files, skipChanged }: UndoOptions,
): Promise<WayBack> {
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

/** Without what others have made impossible since, and what in turn needs that. */
function withoutObstacles(
  site: Site,
  targets: readonly Target[],
): { going: Target[]; parents: Target[]; obstacles: Obstacle[] } {
  const all: Obstacle[] = []
  for (let rest = targets; ; ) {
    const going = withoutSharedFolders(site, rest)
    const obstacles: Obstacle[] = inTheWay(site, going)
    const parents = site.port.together(() => parentsFor(site, going, obstacles))
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
  const present = new Set<WorkspacePath>()
  for (const { path, wanted } of targets) {
    for (const folder of wanted === null ? [] : ancestorsOf(path)) {
      if (present.has(folder) || known.get(folder)?.wanted?.kind === 'folder') continue
      const stat = statLower(site.port, folder)
      if (stat?.isDirectory()) {
        present.add(folder)
        continue
      }
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
