/** Bringing what the session and lower have by now into an overlay that stands: it shows of itself what is not changed. */
import type { BigIntStats } from 'node:fs'
import { joinPath, type WorkspacePath } from '../paths.js'
import { entriesIn } from '../store/files.js'
import { identityOf, statLower } from '../store/fingerprint.js'
import type { ViewLayout } from '../store/layout.js'
import { isScratch, listMerged, type SessionStore, statMerged } from '../store/overlay.js'
import { touchedIn } from './populate.js'
import { isSame } from './same-content.js'
import { clearAway, show } from './showing-one.js'
import type { Shown } from './shown.js'
import type { Tree } from './tree.js'
import { beginningOf } from './view-folder.js'

interface Updating {
  store: SessionStore
  tree: Tree
  shown: Shown
  began: bigint
  /** Whether the tree shows lower as it is now. */
  showsLower: boolean
}

/** What a program has changed in the tree, and the session has not yet, stays as it is. */
export async function updateOverlay(
  store: SessionStore,
  view: ViewLayout,
  tree: Tree,
  shown: Shown,
  showsLower: boolean,
): Promise<void> {
  store.record.refresh()
  shown.refresh()
  const work = { store, tree, shown, began: beginningOf(store.port, view), showsLower }
  await updateChanges(work, '')
  await updateLower(work, '')
}

/** What was written in the session by its own names, past the view. */
async function updateChanges(work: Updating, folder: WorkspacePath): Promise<void> {
  const { store, tree } = work
  const merged = new Set(listMerged(store, folder).map(({ name }) => name))
  for (const name of touchedIn(store, folder)) {
    const path = joinPath(folder, name)
    if (isScratch(store, path)) continue
    const own = tree.own.stat(tree.at(path))
    if (!merged.has(name)) {
      if (tree.merged.stat(path) !== null && isAsShown(work, path, own)) {
        clearAway(tree.merged, path)
        work.shown.add([[path, null]])
      }
      continue
    }
    const there = statMerged(store, path)
    if (there === null) continue
    if (there.stat.isDirectory()) {
      if (!tree.merged.stat(path)?.isDirectory()) await show(work, path)
      else await updateChanges(work, path)
    } else if (there.source === 'session' && there.stat.ino !== own?.ino && isAsShown(work, path, own)) {
      if (own === null || !(await isSame([store.port, there.at, there.stat], [tree.own, tree.at(path), own])))
        await show(work, path)
    }
  }
}

function isAsShown({ shown, tree }: Updating, path: WorkspacePath, own: BigIntStats | null): boolean {
  return own === null || shown.at(path) === tree.identityIn(own)
}

/** What is younger than the view is shown anew, unless it is there of itself; what is done there goes on from that. */
async function updateLower(work: Updating, folder: WorkspacePath): Promise<void> {
  const { store, tree, shown, began, showsLower } = work
  for (const { name, kind } of entriesIn(store.port, folder)) {
    const path = joinPath(folder, name)
    if (store.guard.isProtected(path) || isScratch(store, path)) continue
    if (kind === 'folder') {
      await updateLower(work, path)
      continue
    }
    const lower = statLower(store.port, path)
    if (kind !== 'file' || lower === null || lower.ctimeNs <= began) continue
    const there = statMerged(store, path)
    const own = tree.own.stat(tree.at(path))
    if (there?.source !== 'global' || shown.originOf(path) === identityOf(lower)) continue
    if (!isAsShown(work, path, own)) continue
    if (!showsLower || own !== null) await show(work, path)
    shown.add([[path, shown.at(path) ?? 'lower', identityOf(lower)]])
  }
}
