/** Views that are copies: where nothing can be mounted. They cost what they copy, and are looked through to be known. */
import { lstatSync, mkdirSync } from 'node:fs'
import { CowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import type { ViewCost } from '../run-api.js'
import { statLower } from '../store/fingerprint.js'
import { isScratch, listMerged, type SessionStore, statMerged } from '../store/overlay.js'
import { asSeen } from './as-seen.js'
import { copyRepository } from './copied-repositories.js'
import { copiedTree } from './copied-tree.js'
import { isFolder, removePlace } from './place.js'
import { processesInFolder } from './processes.js'
import type { StandingProvider } from './provider.js'
import { showScratch } from './scratch.js'
import type { Tree } from './tree.js'
import { update } from './updating.js'

export const copy: StandingProvider = {
  name: 'copy',
  missing: () => null,

  async stand({ scratch }, folder, store, shown, { onBegin, onProgress, signal }) {
    const cost = measure(store, signal)
    onBegin?.(cost)
    mkdirSync(folder)
    const tree = copiedTree(folder)
    if (scratch) await showScratch(store, tree, shown)
    let done = 0
    const onFile = (): void => {
      signal?.throwIfAborted()
      done += 1
      onProgress?.(Math.min(done, cost.files), cost.files, 'copying files')
    }
    await update(store, tree, shown, (path) => copyRepository(store, tree, shown, path), { onFile })
    return tree
  },

  find: ({ folder }) => (folder === null ? null : treeIn(folder)),
  findAgain: async (_plan, folder) => treeIn(folder),

  update: (store, _view, tree, shown, paths) =>
    update(store, tree, shown, (path) => copyRepository(store, tree, shown, path), paths ? { paths } : {}),

  processesIn: ({ folder }, options) => (folder === null ? [] : processesInFolder(folder, options)),

  async end({ folder }) {
    if (folder !== null) removePlace(folder)
  },
}

/** Null where there is none. Throws CORRUPT where something else is in its place. */
function treeIn(folder: string): Tree | null {
  if (isFolder(folder)) return copiedTree(folder)
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return null
  throw new CowriteError(
    'CORRUPT',
    `A view stood in ${folder}, which is a folder no more, but a link or a file: put the folder back to have what was done in it, or remove what is there to go on without.`,
    { path: folder },
  )
}

/** What will be copied; git's objects are not. */
function measure(session: SessionStore, signal: AbortSignal | undefined): ViewCost {
  const store = asSeen(session)
  const cost = { provider: 'copy' as const, files: 0, bytes: 0 }
  const look = (folder: WorkspacePath): void => {
    signal?.throwIfAborted()
    for (const { name, kind } of listMerged(store, folder)) {
      const path = joinPath(folder, name)
      if (isScratch(store, path)) continue
      if (kind === 'folder') {
        if (name !== '.git' || statLower(store.port, path) === null) look(path)
      } else if (kind !== 'other') {
        const there = statMerged(store, path)
        cost.files += 1
        cost.bytes += there?.stat.isFile() ? Number(there.stat.size) : 0
      }
    }
  }
  look('')
  return cost
}
