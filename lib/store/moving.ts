/** Moves: a creation and a deletion that know of each other, recorded in one line (C8). */
import { isWithin, joinPath, type WorkspacePath } from '../paths.js'
import { type Base, copyOnce, takeBase } from './copying.js'
import { errnoError } from './errno.js'
import { linkOrNot, removeTree } from './files.js'
import { type Fingerprint, fingerprintOf, takeFingerprint } from './fingerprint.js'
import { inTurn } from './in-turn.js'
import { discardTemporary, renameIntoUpper, requireLive, takeBack, takeOutOfUpper } from './landing.js'
import {
  entryBelow,
  isScratch,
  listMerged,
  type MergedStat,
  type SessionStore,
  statMerged,
} from './overlay.js'
import type { Entry } from './record.js'
import { refuseProtectedInside, requireParent, requireThere, showsBelow } from './removing.js'
import { temporaryPath } from './work-folders.js'
import { dropIfUnchanged } from './writing.js'

/** What becomes of one path of what is moved. */
interface Step {
  from: WorkspacePath
  to: WorkspacePath
  there: MergedStat
  known: Entry | undefined
  /** Whether the session holds something at the destination. */
  isReplaced: boolean
  /** What is at the destination, for the record. */
  base: Base
  /** What lower holds at the source. */
  sourceBase: Fingerprint | null
  /** The copy that will be renamed into place; none for a folder. */
  temporary: { name: string; at: string } | null
}

/**
 * Moves a file, a link or a folder with all in it; a file or an empty folder at the destination is replaced.
 * Throws ENOENT, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL as rename(2) does. `beforeLanding` runs last: if it throws,
 * nothing moved.
 */
export async function move(
  store: SessionStore,
  source: WorkspacePath,
  destination: WorkspacePath,
  beforeLanding?: () => void,
): Promise<void> {
  store.record.refresh()
  requireLive(store)
  const there = requireThere(store, source, 'rename')
  requireParent(store, destination, 'rename')
  if (source === destination) return
  if (isWithin(destination, source)) throw errnoError('EINVAL', source, 'rename')
  checkDestination(store, there, destination)
  if (isScratch(store, source) || isScratch(store, destination))
    return moveScratch(store, source, destination, there)

  const steps: Step[] = []
  let isDone: boolean
  try {
    await plan(store, source, destination, there, steps)
    isDone = await inTurn(store, () => {
      store.record.refresh()
      if (!isAsPlanned(store, source, steps)) return false
      beforeLanding?.()
      requireParent(store, destination, 'rename')
      checkDestination(store, there, destination)
      carryOut(store, source, destination, steps)
      requireLive(store)
      return true
    })
  } finally {
    for (const { to, temporary } of steps) if (temporary) discardTemporary(store, to, temporary)
  }
  if (!isDone) return move(store, source, destination, beforeLanding)
  for (const { to, temporary } of steps) if (temporary) await dropIfUnchanged(store, to)
}

/** Whether what is to be moved, and the record of where it goes, still is what was copied. */
function isAsPlanned(store: SessionStore, source: WorkspacePath, steps: readonly Step[]): boolean {
  const { record } = store
  const known = new Map(steps.map((step) => [step.from, step.known]))
  for (const entry of record.below(source)) {
    if (entry.kind !== 'whiteout' && known.get(entry.path) !== entry) return false
  }
  return steps.every(
    (step) =>
      record.entries.get(step.from) === step.known &&
      record.entries.has(step.to) === step.isReplaced &&
      (step.known === undefined || store.port.stat(step.there.at)?.ino === step.there.stat.ino),
  )
}

function checkDestination(store: SessionStore, source: MergedStat, destination: WorkspacePath): void {
  const there = statMerged(store, destination)
  if (there === null) return
  const isFolder = source.stat.isDirectory()
  if (isFolder && !there.stat.isDirectory()) throw errnoError('ENOTDIR', destination, 'rename')
  if (!isFolder && there.stat.isDirectory()) throw errnoError('EISDIR', destination, 'rename')
  if (isFolder && listMerged(store, destination).length > 0)
    throw errnoError('ENOTEMPTY', destination, 'rename')
}

async function plan(
  store: SessionStore,
  from: WorkspacePath,
  to: WorkspacePath,
  there: MergedStat,
  steps: Step[],
): Promise<void> {
  store.guard.checkWrite(from)
  store.guard.checkWrite(to)
  const known = store.record.entries.get(from)
  const isReplaced = store.record.entries.has(to)
  const base = isReplaced ? { fingerprint: null, kept: null } : await takeBase(store, to)
  const sourceBase = known ? known.base : await lowerAt(store, from, there)
  const temporary = there.stat.isDirectory() ? null : temporaryPath(store)
  steps.push({ from, to, there, known, isReplaced, base, sourceBase, temporary })
  if (temporary) await bringAside(store, from, there, temporary.at)
  else {
    if (there.entry?.base !== null) refuseProtectedInside(store, from, 'moved')
    for (const { name } of listMerged(store, from)) {
      const child = joinPath(from, name)
      await plan(store, child, joinPath(to, name), requireThere(store, child, 'rename'), steps)
    }
  }
}

async function lowerAt(
  store: SessionStore,
  path: WorkspacePath,
  there: MergedStat,
): Promise<Fingerprint | null> {
  if (there.source === 'global') {
    return there.stat.isFile()
      ? takeFingerprint(store.port, path)
      : fingerprintOf(store.port, path, there.stat, null)
  }
  return there.entry?.base ?? null
}

/** A second name for the session's own copy, or a copy (shared where the disk can) of what is below. */
async function bringAside(
  store: SessionStore,
  path: WorkspacePath,
  there: MergedStat,
  to: string,
): Promise<void> {
  const { port } = store
  if (there.stat.isSymbolicLink()) return port.symlink(port.readLink(there.at), to)
  if (store.record.entries.has(path) && linkOrNot(store.port, there.at, to)) return
  while ((await copyOnce(store, there.at, to)) === null);
}

function carryOut(
  store: SessionStore,
  source: WorkspacePath,
  destination: WorkspacePath,
  steps: Step[],
): void {
  const { port, record, layout } = store
  const now = new Date().toISOString()
  const set: Entry[] = []
  const drop: WorkspacePath[] = []
  for (const step of steps) {
    set.push(arrival(store, step, now))
    const { known, sourceBase } = step
    if (sourceBase === null && !showsBelow(store, step.from)) drop.push(step.from)
    else
      set.push({
        path: step.from,
        kind: 'whiteout',
        base: sourceBase,
        kept: (known ?? entryBelow(store, step.from))?.kept ?? null,
        firstWriteAt: now,
      })
    store.index.note(store.name, step.from)
    store.index.note(store.name, step.to)
  }
  const replaced = record.entries.get(destination)
  const before = new Map(
    steps.flatMap(({ from, to }) => [from, to]).map((path) => [path, record.entries.get(path)]),
  )
  record.append({ set, drop })
  try {
    if (replaced && replaced.kind === 'folder') takeOutOfUpper(store, destination, null, replaced)
    for (const { to, temporary } of steps) {
      if (temporary) renameIntoUpper(store, temporary.at, to)
      else makeUpperFolder(store, to)
    }
  } catch (error) {
    takeBack(store, wayBack(before))
    throw error
  }
  const [first] = steps
  if (first?.temporary) {
    if (first.known) takeOutOfUpper(store, source, first.there.stat.ino, first.known)
  } else if (port.stat(layout.upper(source)) !== null) {
    const aside = temporaryPath(store).at
    port.rename(layout.upper(source), aside)
    removeTree(port, aside)
  }
}

/** The sources are still in place: only the record has to forget. */
function wayBack(before: ReadonlyMap<WorkspacePath, Entry | undefined>): {
  set: Entry[]
  drop: WorkspacePath[]
} {
  const set = [...before.values()].filter((entry) => entry !== undefined)
  return { set, drop: [...before].filter(([, entry]) => entry === undefined).map(([path]) => path) }
}

function arrival(store: SessionStore, step: Step, now: string): Entry {
  const there = store.record.entries.get(step.to)
  const kind = step.there.stat.isDirectory()
    ? 'folder'
    : step.there.stat.isSymbolicLink()
      ? 'symlink'
      : 'file'
  const moved = step.there.entry
  const origin = moved?.movedFrom ?? (step.sourceBase ? step.from : undefined)
  const base = there ? there.base : step.base.fingerprint
  const mode = moved?.mode ?? (kind === 'folder' && step.sourceBase ? step.sourceBase.mode : undefined)
  return {
    path: step.to,
    kind,
    base,
    kept: there?.kept ?? step.base.kept,
    firstWriteAt: now,
    ...(origin !== undefined && origin !== step.to ? { movedFrom: origin } : {}),
    ...(kind === 'folder' && base !== null ? { opaque: true as const } : {}),
    ...(kind === 'folder' && mode !== undefined ? { mode } : {}),
    ...(step.temporary ? { pending: step.temporary.name } : {}),
    ...(moved?.marked ? { marked: true as const } : {}),
  }
}

function makeUpperFolder(store: SessionStore, path: WorkspacePath): void {
  const upper = store.layout.upper(path)
  if (store.port.stat(upper) !== null) return
  const empty = temporaryPath(store).at
  store.port.makeFolder(empty)
  renameIntoUpper(store, empty, path)
}

/** Scratch moves in place; between scratch and the rest it is copied, as between two disks. */
async function moveScratch(
  store: SessionStore,
  source: WorkspacePath,
  destination: WorkspacePath,
  there: MergedStat,
): Promise<void> {
  if (isScratch(store, source) && isScratch(store, destination)) {
    return store.port.rename(there.at, store.layout.upper(destination))
  }
  throw errnoError('EXDEV', source, 'rename')
}
