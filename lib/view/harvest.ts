/** Bringing what was done in a view into its session: the folders that it touched are held against the session's. */
import type { BigIntStats } from 'node:fs'
import { errnoOf, isCowriteError } from '../errors.js'
import { ancestorsOf, joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { LeftOut } from '../run-api.js'
import { entriesIn } from '../store/files.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import type { ViewLayout } from '../store/layout.js'
import { changeMode, makeFolder } from '../store/making.js'
import { isScratch, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import { bringFiles, type Found } from './bring-files.js'
import { bringRemoval } from './bring-removal.js'
import { touchedIn } from './populate.js'
import { withRepositories } from './repositories.js'
import { identityIn, type Shown } from './shown.js'
import { beginningOf } from './view-folder.js'

export interface Harvest {
  store: SessionStore
  view: ViewLayout
  /** The merged tree: what is not in it was deleted, or is covered. */
  merged: FilePort
  shown: Shown
  /** When the view began: what lower holds since then is no base of what was done in it. */
  began: bigint
  leftOut: LeftOut[]
  /** Where something was done to a repository that lower has too. */
  repositories: WorkspacePath[]
}

/**
 * Brings in what was done since the last time. Safe to repeat: where it is cut short, the view is as it was, and the
 * rest is brought in by the next.
 */
export async function harvest(
  session: SessionStore,
  view: ViewLayout,
  merged: FilePort,
  shown: Shown,
): Promise<Pick<Harvest, 'leftOut' | 'repositories'>> {
  const work = begin(session, view, merged, shown)
  await lookInto(work, '')
  return work
}

/**
 * As `harvest`, of one file and those beside it: a session may hold thousands that nobody asks for. False, with nothing
 * done, where links are on the way, or something else is there: then where it lies is not to be told from its path.
 */
export async function harvestAt(
  session: SessionStore,
  view: ViewLayout,
  merged: FilePort,
  shown: Shown,
  path: WorkspacePath,
): Promise<boolean> {
  const folders = ancestorsOf(path)
  if (!folders.every((folder) => merged.stat(folder)?.isDirectory())) return false
  const there = merged.stat(path)
  if (there !== null && !there.isFile()) return false
  const work = begin(session, view, merged, shown)
  for (const folder of folders) {
    const own = work.store.port.stat(view.at(folder))
    // Nothing at it or below it was touched.
    if (own === null) return true
    await bringFolder(work, folder, own)
  }
  await lookInto(work, parentOf(path), { deep: false })
  return true
}

function begin(session: SessionStore, view: ViewLayout, merged: FilePort, shown: Shown): Harvest {
  const store = withRepositories(session)
  store.record.refresh()
  shown.refresh()
  const began = beginningOf(store.port, view)
  return { store, view, merged, shown, began, leftOut: [], repositories: [] }
}

async function lookInto(work: Harvest, folder: WorkspacePath, { deep = true } = {}): Promise<void> {
  makeReadable(work, folder)
  const own = entriesIn(work.store.port, work.view.at(folder))
  const lower = new Set(entriesIn(work.store.port, folder).map(({ name }) => name))
  const touched = touchedIn(work.store, folder)
  await bringRemovals(work, folder, lower)
  const files: Found[] = []
  const folders: WorkspacePath[] = []
  for (const { name } of own) {
    const path = joinPath(folder, name)
    const stat = work.store.port.stat(work.view.at(path))
    if (stat === null || isWhiteout(stat) || isScratch(work.store, path) || isState(work.store, path))
      continue
    if (name === '.git' && stat.isDirectory() && statLower(work.store.port, path)?.isDirectory()) {
      work.repositories.push(path)
      continue
    }
    const reason = refusal(work.store, path, stat)
    if (reason !== null) {
      if (hasChanged(work, path, stat)) work.leftOut.push({ path, reason })
    } else if (stat.isDirectory()) {
      await bringFolder(work, path, stat)
      folders.push(path)
    } else if (hasChanged(work, path, stat))
      files.push({ path, stat, isNew: !lower.has(name) && !touched.has(name) })
  }
  await bringFiles(work, files)
  if (deep) for (const path of folders) await lookInto(work, path)
}

/** A program may have taken the leave to look into it from its owner, too. */
function makeReadable({ store: { port }, view, merged }: Harvest, folder: WorkspacePath): void {
  const stat = port.stat(view.at(folder))
  if (!stat?.isDirectory() || (stat.mode & 0o700n) === 0o700n) return
  // In the merged tree, which remembers what it has seen.
  merged.chmod(folder, permissionsOf(stat) | 0o700)
}

function hasChanged({ shown }: Harvest, path: WorkspacePath, stat: BigIntStats): boolean {
  return shown.at(path) !== identityIn(stat)
}

/** As overlayfs has it: a device of no kind. */
export function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n
}

/** Where the real state folder is mounted. */
function isState({ layout }: SessionStore, path: WorkspacePath): boolean {
  return path === layout.folder.split('/', 1)[0]
}

/** Why what is there cannot come in; null where it can. */
function refusal({ guard }: SessionStore, path: WorkspacePath, stat: BigIntStats): string | null {
  if (stat.isFIFO()) return 'a FIFO'
  if (stat.isSocket()) return 'a socket'
  if (stat.isBlockDevice() || stat.isCharacterDevice()) return 'a device'
  try {
    if (stat.isDirectory()) guard.checkRead(path)
    else guard.checkWrite(path)
    return null
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    return guard.isProtected(path) ? 'protected' : 'read-only by the config'
  }
}

/** What was there, for lower or for the session, and is not in the merged folder any more. */
async function bringRemovals(
  work: Harvest,
  folder: WorkspacePath,
  lower: ReadonlySet<string>,
): Promise<void> {
  const { store, shown } = work
  const there = namesIn(work.merged, folder)
  if (there === null) return
  const gone = new Set([...lower, ...touchedIn(store, folder)].filter((name) => !there.has(name)))
  for (const name of gone) {
    const path = joinPath(folder, name)
    if (isScratch(store, path) || isState(store, path) || shown.at(path) === null) continue
    // Not from before the view: somebody has put it into the session meanwhile.
    if (!lower.has(name) && shown.at(path) === undefined) continue
    if (store.guard.isProtected(path)) work.leftOut.push({ path, reason: 'protected, so not deleted' })
    else if (statMerged(store, path) !== null) await bringRemoval(work, path)
    shown.add([[path, null]])
  }
}

function namesIn(port: FilePort, folder: WorkspacePath): Set<string> | null {
  try {
    return new Set(port.list(folder).map(({ name }) => name))
  } catch (error) {
    // A program that is still at work may have taken it away since.
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '') || isCowriteError(error, 'PATH_ESCAPE'))
      return null
    throw error
  }
}

async function bringFolder(work: Harvest, path: WorkspacePath, stat: BigIntStats): Promise<void> {
  if (!hasChanged(work, path, stat)) return
  const { store, shown } = work
  const there = statMerged(store, path)
  // What its owner may not look into, enter or change could not be committed, or not be undone.
  const mode = (permissionsOf(stat) & 0o777) | 0o700
  if (there !== null && !there.stat.isDirectory()) {
    await bringRemoval(work, path)
    await make(store, path, mode)
  } else if (there === null) await make(store, path, mode)
  else if (modeOf(there) !== mode) await changeMode(store, path, mode)
  shown.add([[path, identityIn(stat)]])
}

async function make(store: SessionStore, path: WorkspacePath, mode: number): Promise<void> {
  await inTurn(store, () => {
    if (statMerged(store, path)?.stat.isDirectory()) return
    makeFolder(store, path, mode)
  })
}

function modeOf({ stat, entry }: MergedStat): number {
  return entry?.kind === 'folder' && entry.mode !== undefined ? entry.mode : permissionsOf(stat) & 0o777
}
