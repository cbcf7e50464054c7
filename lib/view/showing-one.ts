/** Putting one path of the session into the merged tree of a view. */
import { joinPath, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, removeTree, uniqueName } from '../store/files.js'
import { copyContent, permissionsOf } from '../store/fingerprint.js'
import { listMerged, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import type { Shown } from './shown.js'
import type { Tree } from './tree.js'

export interface Showing {
  store: SessionStore
  tree: Tree
  shown: Shown
}

export async function show(showing: Showing, path: WorkspacePath): Promise<void> {
  const { store, tree, shown } = showing
  const { merged } = tree
  const there = statMerged(store, path)
  if (there === null) clearAway(merged, path)
  else if (there.stat.isDirectory()) {
    if (merged.stat(path)?.isDirectory() !== true) clearAway(merged, path)
    ensureFolder(merged, path)
    for (const { name } of listMerged(store, path)) await show(showing, joinPath(path, name))
  } else await showFile(showing, path, there)
  const stat = tree.own.stat(tree.at(path))
  shown.add([[path, stat === null || there === null ? null : tree.identityIn(stat)]])
}

export function clearAway(merged: FilePort, path: WorkspacePath): void {
  const stat = merged.stat(path)
  if (stat?.isDirectory()) removeTree(merged, path)
  else if (stat !== null) merged.remove(path)
}

/** Aside first, and renamed into place: a program finds the old content or the new. */
async function showFile(
  { store, tree: { merged } }: Showing,
  path: WorkspacePath,
  { at, stat }: MergedStat,
): Promise<void> {
  ensureFolder(merged, parentOf(path))
  const aside = joinPath(parentOf(path), `.cowrite-${uniqueName()}`)
  if (stat.isSymbolicLink()) merged.symlink(store.port.readLink(at), aside)
  else {
    const from = store.port.openForReading(at)
    try {
      const to = merged.create(aside)
      try {
        to.chmod(permissionsOf(stat))
        await copyContent(from, to)
      } finally {
        to.close()
      }
    } finally {
      from.close()
    }
  }
  if (merged.stat(path)?.isDirectory()) removeTree(merged, path)
  merged.rename(aside, path)
}
