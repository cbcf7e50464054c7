/** Bringing what was done in a view into its session: the folders that it touched are held against the session's. */
import type { BigIntStats } from 'node:fs'
import { ancestorsOf, joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { LeftOut } from '../run-api.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import type { ViewLayout } from '../store/layout.js'
import { listLower } from '../store/lower.js'
import { changeMode, makeFolder } from '../store/making.js'
import { isScratch, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import { bringFiles, type Found } from './bring-files.js'
import { bringRemoval } from './bring-removal.js'
import { touchedIn } from './populate.js'
import { limitOn, limitOnRemoval, refusal, refused } from './refusal.js'
import { withRepositories } from './repositories.js'
import { bringScratch } from './scratch.js'
import type { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'
import { beginningOf } from './view-folder.js'

export interface Harvest {
  store: SessionStore
  tree: Tree
  shown: Shown
  /** When the view began: what lower holds since then is no base of what was done in it. */
  began: bigint
  /** Whether a copy's files that the session has are held against it by their content, whatever their times say. */
  thorough: boolean
  leftOut: LeftOut[]
  /** Where something was done to a repository that lower has too. */
  repositories: WorkspacePath[]
  /** Where what lies there is not told from what lower has: see Tree. */
  strange: readonly WorkspacePath[]
  /** Files that are gone, by their inode: one that comes in with the same was moved. */
  gone: Map<bigint, WorkspacePath>
}

/**
 * Brings in what was done since the last time. Safe to repeat: where it is cut short, the view is as it was, and the
 * rest is brought in by the next.
 */
export async function harvest(
  session: SessionStore,
  view: ViewLayout,
  tree: Tree,
  shown: Shown,
  thorough = false,
): Promise<Pick<Harvest, 'leftOut' | 'repositories'>> {
  const work = { ...begin(session, view, tree, shown), thorough }
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
  tree: Tree,
  shown: Shown,
  path: WorkspacePath,
): Promise<boolean> {
  const folders = ancestorsOf(path)
  if (!folders.every((folder) => tree.merged.stat(folder)?.isDirectory())) return false
  const there = tree.merged.stat(path)
  if (there !== null && !there.isFile()) return false
  const work = begin(session, view, tree, shown)
  for (const folder of folders) {
    const own = tree.own.stat(tree.at(folder))
    // Nothing at it or below it was touched, or nothing of it comes in.
    if (own === null || work.strange.includes(folder) || refusalOfFolder(work, folder) !== null) return true
    await bringFolder(work, folder, own)
  }
  await lookInto(work, parentOf(path), { deep: false })
  return true
}

function begin(session: SessionStore, view: ViewLayout, tree: Tree, shown: Shown): Harvest {
  const store = withRepositories(session)
  store.record.refresh()
  shown.refresh()
  const began = beginningOf(store.port, view)
  const strange = tree.strange()
  return {
    store,
    tree,
    shown,
    began,
    leftOut: [],
    repositories: [],
    strange,
    gone: new Map(),
    thorough: false,
  }
}

async function lookInto(work: Harvest, folder: WorkspacePath, { deep = true } = {}): Promise<void> {
  makeReadable(work.tree, folder)
  const lower = new Set(listLower(work.store.port, folder).map(({ name }) => name))
  const touched = touchedIn(work.store, folder)
  await bringRemovals(work, folder, lower)
  const files: Found[] = []
  const folders: WorkspacePath[] = []
  for (const [name, stat] of ownIn(work.tree, folder)) {
    const path = joinPath(folder, name)
    if (isScratch(work.store, path) || isState(work.store, path)) {
      await bringOther(work, path, stat)
      continue
    }
    if (!stat.isDirectory() && !hasChanged(work, path, stat)) continue
    if (work.strange.includes(path) || (!stat.isDirectory() && holdsStrange(work, path))) {
      if (hasChangedAt(work, path, stat)) work.leftOut.push(refused(path, elsewhere))
      else if (stat.isDirectory() && hasOtherFiles(work, path)) work.leftOut.push(refused(path, elsewhere))
      continue
    }
    if (name === '.git' && stat.isDirectory() && statLower(work.store.port, path)?.isDirectory()) {
      if (hasChangedInside(work, path)) work.repositories.push(path)
      continue
    }
    const left = refusal(work.store, path, stat) ?? (stat.isDirectory() ? refusalOfFolder(work, path) : null)
    if (left !== null) {
      // What is too long is not looked into.
      const isToldBy = left.code === 'INVALID_INPUT' ? hasChanged : hasChangedAt
      if (isToldBy(work, path, stat)) work.leftOut.push(left)
    } else if (stat.isDirectory()) {
      await bringFolder(work, path, stat)
      folders.push(path)
    } else {
      const isNew = !lower.has(name) && !touched.has(name)
      const movedFrom = isNew && stat.isFile() ? originOf(work, path) : undefined
      files.push({ path, stat, isNew, ...(movedFrom === undefined ? {} : { movedFrom }) })
    }
  }
  await bringFiles(work, files)
  if (deep) for (const path of folders) await lookInto(work, path)
}

/** A program may have taken the leave to look into it from its owner, too. */
export function makeReadable(tree: Tree, folder: WorkspacePath): void {
  const stat = tree.own.stat(tree.at(folder))
  if (!stat?.isDirectory() || (stat.mode & 0o700n) === 0o700n) return
  // In the merged tree, which remembers what it has seen.
  tree.merged.chmod(folder, permissionsOf(stat) | 0o700)
}

function hasChanged(work: Harvest, path: WorkspacePath, stat: BigIntStats): boolean {
  if (work.shown.at(path) !== work.tree.identityIn(stat)) return true
  return work.thorough && work.tree.isCopy && stat.isFile() && work.store.record.entries.has(path)
}

function hasChangedAt(work: Harvest, path: WorkspacePath, stat: BigIntStats): boolean {
  return stat.isDirectory() ? hasChangedInside(work, path) : hasChanged(work, path, stat)
}

/** Whether a folder that the session has, too, holds something else than it had when the view began. */
function hasOtherFiles(work: Harvest, folder: WorkspacePath): boolean {
  return ownIn(work.tree, folder).some(([name, stat]) => {
    const path = joinPath(folder, name)
    return hasChanged(work, path, stat) || (stat.isDirectory() && hasOtherFiles(work, path))
  })
}

const elsewhere = 'something is mounted there that the view does not show'

function holdsStrange({ strange }: Harvest, path: WorkspacePath): boolean {
  return strange.some((at) => at === path || at.startsWith(`${path}/`))
}

/** Whether something in a folder was changed that is not looked into by itself. An overlay has it for that alone. */
function hasChangedInside(work: Harvest, folder: WorkspacePath): boolean {
  const { tree, shown } = work
  if (!tree.isCopy) return shown.at(folder) === undefined
  const there = new Set<WorkspacePath>()
  const look = (path: WorkspacePath): boolean =>
    ownIn(tree, path).some(([name, stat]) => {
      const child = joinPath(path, name)
      there.add(child)
      return hasChanged(work, child, stat) || (stat.isDirectory() && look(child))
    })
  return look(folder) || [...shown.below(folder)].some((path) => !there.has(path))
}

/** What stands where a command has the session's scratch, or cowrite's own folder, mounted. */
async function bringOther(work: Harvest, path: WorkspacePath, stat: BigIntStats): Promise<void> {
  const { tree, store, shown, leftOut } = work
  if (!tree.isApart) return
  if (isScratch(store, path) && stat.isDirectory()) await bringScratch(store, tree, shown, path)
  else if (isScratch(store, path)) leftOut.push({ path, reason: 'no folder for scratch', code: 'WRONG_KIND' })
  else leftOut.push(refused(path, "cowrite's own folder"))
}

/** A new folder that the session may not write is left out as a whole, unless something in it may come in. */
function refusalOfFolder(work: Harvest, path: WorkspacePath): LeftOut | null {
  const limit = limitOn(work.store.guard, path)
  if (limit === null || statMerged(work.store, path) !== null || holdsFit(work, path)) return null
  return refused(path, limit)
}

function holdsFit(work: Harvest, folder: WorkspacePath): boolean {
  const { store, tree } = work
  makeReadable(tree, folder)
  return ownIn(tree, folder).some(([name, stat]) => {
    const path = joinPath(folder, name)
    if (!stat.isDirectory()) return refusal(store, path, stat) === null
    return limitOn(store.guard, path) === null || holdsFit(work, path)
  })
}

/** Where the real state folder is mounted. */
function isState({ layout }: SessionStore, path: WorkspacePath): boolean {
  return path === layout.folder.split('/', 1)[0]
}

/** What was there, for lower or for the session, and is not in the merged folder any more. */
async function bringRemovals(
  work: Harvest,
  folder: WorkspacePath,
  lower: ReadonlySet<string>,
): Promise<void> {
  const { store, shown } = work
  const there = work.tree.left(folder, lower)
  if (there === null) return
  const gone = new Set([...lower, ...touchedIn(store, folder)].filter((name) => !there.has(name)))
  for (const name of gone) {
    const path = joinPath(folder, name)
    if (isScratch(store, path) || isState(store, path) || shown.at(path) === null) continue
    if (!wasShown(work, path, lower.has(name))) continue
    if (holdsStrange(work, path)) {
      work.leftOut.push(refused(path, `${elsewhere}, so not deleted`))
      continue
    }
    const before = statMerged(store, path)
    const limit = limitOnRemoval(store.guard, path, before)
    if (limit !== null) {
      // Told whenever somebody looks, as of files.
      work.leftOut.push(refused(path, `${limit}, so not deleted`))
      continue
    }
    if (store.guard.isProtected(path)) work.leftOut.push(refused(path, 'protected, so not deleted'))
    else {
      if (before !== null) noteGone(work, path, before)
      if (before !== null) await bringRemoval(work, path)
    }
    shown.add([[path, null]])
  }
}

/**
 * An overlay shows a file that was renamed with the inode that it had, and one that was made anew with another, since the
 * old one is still there beneath: where all lies on one device, the number tells a move. A copy knows of no moves.
 */
function noteGone({ store, tree, gone }: Harvest, path: WorkspacePath, { stat, entry }: MergedStat): void {
  if (tree.isCopy || !stat.isFile() || stat.dev !== tree.own.stat(tree.at(''))?.dev) return
  const origin = entry?.movedFrom ?? path
  if (statLower(store.port, origin) !== null) gone.set(stat.ino, origin)
}

function originOf({ tree, gone }: Harvest, path: WorkspacePath): WorkspacePath | undefined {
  const inode = gone.size === 0 ? undefined : tree.merged.stat(path)?.ino
  const origin = inode === undefined ? undefined : gone.get(inode)
  if (inode !== undefined) gone.delete(inode)
  return origin
}

/** Where not, somebody has put it into the session, or into a copy's lower, meanwhile. */
function wasShown({ tree, shown }: Harvest, path: WorkspacePath, isInLower: boolean): boolean {
  return shown.at(path) !== undefined || (isInLower && !tree.isCopy)
}

async function bringFolder(work: Harvest, path: WorkspacePath, stat: BigIntStats): Promise<void> {
  if (!hasChanged(work, path, stat)) return
  const { store, shown, tree } = work
  const there = statMerged(store, path)
  // What its owner may not look into, enter or change could not be committed, or not be undone.
  const mode = (permissionsOf(stat) & 0o777) | 0o700
  if (there !== null && !there.stat.isDirectory()) {
    await bringRemoval(work, path)
    await make(store, path, mode)
  } else if (there === null) await make(store, path, mode)
  else if (modeOf(there) !== mode) await changeMode(store, path, mode)
  shown.add([[path, tree.identityIn(stat)]])
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
