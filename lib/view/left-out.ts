/** What lay in a view that has ended and did not come into its session is kept beside that one's retries. */
import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { LeftOut } from '../run-api.js'
import {
  clear,
  ensureFolder,
  namesIn,
  readIfThere,
  replaceFile,
  uniqueName,
  writeNewFile,
} from '../store/files.js'
import { leftOutVersions, type ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { timeInName } from '../text/duration.js'
import { shortened } from '../text/words.js'
import { bringAside } from './bring-files.js'
import { makeReadable } from './harvest.js'
import type { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'

/**
 * Returns where each is. Safe to repeat, as for a commit that is refused and tried again: what was kept of the same view
 * makes way for what lies there now.
 */
export async function keepLeftOut(
  store: SessionStore,
  view: ViewLayout,
  tree: Tree,
  shown: Shown,
  leftOut: readonly LeftOut[],
): Promise<LeftOut[]> {
  const place = placeFor(store, view, leftOut.length > 0)
  if (place === null) return []
  makeWay(store.port, place)
  clear(store.port, reasonsOf(place))
  const kept: LeftOut[] = []
  for (const one of leftOut) {
    const savedTo =
      one.code === 'INVALID_INPUT'
        ? await keepLong({ store, tree, shown }, one, place)
        : await keepOne({ store, tree, shown }, one.path, `${place}/${one.path}`)
    kept.push({ ...one, savedTo })
  }
  if (kept.some(({ savedTo }) => savedTo !== null)) writeReasons(store, place, kept)
  return kept
}

/** What was moved here is not in the view any more, and stays. */
const moved = 'moved-from-long-path-'
const copied = 'copied-from-long-path-'

function makeWay(port: FilePort, place: string): void {
  for (const name of namesIn(port, place)) if (!name.startsWith(moved)) clear(port, `${place}/${name}`)
}

interface Keeping {
  store: SessionStore
  tree: Tree
  shown: Shown
}

/**
 * What no session can hold by its path, under a short name; its path stands in a text of that name, beside the folder. A folder is moved out of the
 * view: there may be more in it than any path leads to. Throws CANNOT_WRITE where it is on another disk, and so deep.
 */
async function keepLong(work: Keeping, { path, reason }: LeftOut, place: string): Promise<string | null> {
  const { store, tree } = work
  const isFolder = tree.own.stat(tree.at(path))?.isDirectory() === true
  const name = `${isFolder && !tree.isCopy ? moved : copied}${uniqueName()}`
  const to = `${place}/${name}`
  ensureFolder(store.port, place)
  if (isFolder && !tree.isCopy) store.port.rename(tree.at(path), to)
  else if ((await keepReadable(work, { path, reason }, to)) === null) return null
  writeNewFile(store.port, `${place}.${name}.txt`, `${JSON.stringify(path)}: ${reason}\n`)
  return to
}

async function keepReadable(
  work: Keeping,
  { path, reason }: Pick<LeftOut, 'path' | 'reason'>,
  to: string,
): Promise<string | null> {
  try {
    return await keepOne(work, path, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENAMETOOLONG') throw error
    const message = `${shortened(path)} cannot be kept: ${reason}. Give it a shorter one in the view first.`
    throw new CowriteError('CANNOT_WRITE', message, { path, reason })
  }
}

/** Returns where; null where there is nothing to keep: it was deleted, or is no file. Of a folder, what the view has changed in it. */
async function keepOne(work: Keeping, path: WorkspacePath, to: string): Promise<string | null> {
  const { tree } = work
  const stat = tree.own.stat(tree.at(path))
  if (stat === null) return null
  if (!stat.isDirectory()) return (await keepFile(work, path, stat, to)) ? to : null
  makeReadable(tree, path)
  let isAnyKept = false
  for (const [name, inside] of ownIn(tree, path)) {
    const child = joinPath(path, name)
    if (!inside.isDirectory() && work.shown.at(child) === tree.identityIn(inside)) continue
    if ((await keepOne(work, child, `${to}/${name}`)) !== null) isAnyKept = true
  }
  return isAnyKept ? to : null
}

async function keepFile(
  { store, tree }: Keeping,
  path: WorkspacePath,
  stat: BigIntStats,
  to: string,
): Promise<boolean> {
  if (!stat.isFile() && !stat.isSymbolicLink()) return false
  ensureFolder(store.port, parentOf(to))
  await bringAside({ store, tree }, { path, stat }, to)
  return true
}

/** One folder for each view, by a name that the view's own folder remembers. Null where there is none and none is needed. */
function placeFor({ port, layout }: SessionStore, view: ViewLayout, isNeeded: boolean): string | null {
  const folder = `${layout.retries}/${leftOutVersions}`
  const known = readIfThere(port, view.leftOut)?.toString()
  if (known !== undefined && /^[\w-]+$/.test(known)) return `${folder}/${known}`
  if (!isNeeded) return null
  const time = timeInName(new Date())
  for (let again = 1; ; again++) {
    const name = again === 1 ? time : `${time}-${again}`
    if (port.stat(`${folder}/${name}`) !== null) continue
    replaceFile(port, view.leftOut, name)
    return `${folder}/${name}`
  }
}

function reasonsOf(place: string): string {
  return `${place}.reasons.txt`
}

/** For a person who comes upon it later. */
function writeReasons({ port }: SessionStore, place: string, kept: readonly LeftOut[]): void {
  const lines = kept.map(({ path, reason }) => `${JSON.stringify(path)}: ${reason}\n`)
  writeNewFile(port, reasonsOf(place), lines.join(''))
}
