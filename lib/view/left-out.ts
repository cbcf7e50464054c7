/** What lay in a view that has ended and did not come into its session is kept beside that one's retries. */
import type { BigIntStats } from 'node:fs'
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { LeftOut } from '../run-api.js'
import { clear, ensureFolder, readIfThere, replaceFile, writeNewFile } from '../store/files.js'
import { leftOutVersions, type ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { timeInName } from '../text/duration.js'
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
  clear(store.port, place)
  clear(store.port, reasonsOf(place))
  const kept: LeftOut[] = []
  for (const one of leftOut) {
    const isKept = await keepOne({ store, tree, shown, place }, one.path)
    kept.push({ ...one, savedTo: isKept ? `${place}/${one.path}` : null })
  }
  if (kept.some(({ savedTo }) => savedTo !== null)) writeReasons(store, place, kept)
  return kept
}

interface Keeping {
  store: SessionStore
  tree: Tree
  shown: Shown
  place: string
}

/** False where there is nothing to keep: it was deleted, or is no file. Of a folder, what the view has changed in it. */
async function keepOne(work: Keeping, path: WorkspacePath): Promise<boolean> {
  const { tree } = work
  const stat = tree.own.stat(tree.at(path))
  if (stat === null) return false
  if (!stat.isDirectory()) return keepFile(work, path, stat)
  makeReadable(tree, path)
  let isAnyKept = false
  for (const [name, inside] of ownIn(tree, path)) {
    const child = joinPath(path, name)
    if (!inside.isDirectory() && work.shown.at(child) === tree.identityIn(inside)) continue
    if (await keepOne(work, child)) isAnyKept = true
  }
  return isAnyKept
}

async function keepFile(
  { store, tree, place }: Keeping,
  path: WorkspacePath,
  stat: BigIntStats,
): Promise<boolean> {
  if (!stat.isFile() && !stat.isSymbolicLink()) return false
  const to = `${place}/${path}`
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
