/** A session's scratch in a view that stands: files of the view's own, which go to the session's as they come. */
import { joinPath, type WorkspacePath } from '../paths.js'
import { ensureFolder, entriesIn, removeIfThere } from '../store/files.js'
import { artifactsFolder } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { temporaryPath } from '../store/work-folders.js'
import { copyAcross } from './copy-across.js'
import type { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'

type Place = Pick<Tree, 'own' | 'at' | 'identityIn'>

/** Puts what the session has of it into a view that is made. */
export async function showScratch(store: SessionStore, place: Place, shown: Shown): Promise<void> {
  const show = async (folder: WorkspacePath): Promise<void> => {
    ensureFolder(place.own, place.at(folder))
    for (const { name, kind } of entriesIn(store.port, store.layout.upper(folder))) {
      const path = joinPath(folder, name)
      const [from, to] = [store.layout.upper(path), place.at(path)]
      if (kind === 'folder') await show(path)
      else if (kind === 'symlink') place.own.symlink(store.port.readLink(from), to)
      else if (kind === 'file') await copyAcross(store.port, from, place.own, to)
      const stat = place.own.stat(to)
      if (stat !== null) shown.add([[path, place.identityIn(stat)]])
    }
  }
  await show(artifactsFolder)
}

/** Brings what was written there into the session's; what was deleted there stays in it. */
export async function bringScratch(
  store: SessionStore,
  tree: Tree,
  shown: Shown,
  folder: WorkspacePath,
): Promise<void> {
  ensureFolder(store.port, store.layout.upper(folder))
  for (const [name, stat] of ownIn(tree, folder)) {
    const path = joinPath(folder, name)
    if (stat.isDirectory()) await bringScratch(store, tree, shown, path)
    if (shown.at(path) === tree.identityIn(stat) || !(stat.isFile() || stat.isSymbolicLink())) continue
    const aside = temporaryPath(store).at
    try {
      if (stat.isFile()) await copyAcross(tree.own, tree.at(path), store.port, aside)
      else store.port.symlink(tree.own.readLink(tree.at(path)), aside)
      store.port.rename(aside, store.layout.upper(path))
    } finally {
      removeIfThere(store.port, aside)
    }
    shown.add([[path, tree.identityIn(stat)]])
  }
}
