/** Views that are copies: where nothing can be mounted. They cost what they copy, and are looked through to be known. */
import { existsSync, mkdirSync } from 'node:fs'
import { joinPath, type WorkspacePath } from '../paths.js'
import type { ViewCost } from '../run-api.js'
import { statLower } from '../store/fingerprint.js'
import { isScratch, listMerged, type SessionStore, statMerged } from '../store/overlay.js'
import { asSeen } from './as-seen.js'
import { copyRepository } from './copied-repositories.js'
import { copiedTree } from './copied-tree.js'
import { removePlace } from './place.js'
import { processesInFolder } from './processes.js'
import type { StandingProvider } from './provider.js'
import { showScratch } from './scratch.js'
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

  find: ({ folder }) => (folder !== null && existsSync(folder) ? copiedTree(folder) : null),
  findAgain: async (_plan, folder) => (existsSync(folder) ? copiedTree(folder) : null),

  update: (store, _view, tree, shown, paths) =>
    update(store, tree, shown, (path) => copyRepository(store, tree, shown, path), paths ? { paths } : {}),

  processesIn: ({ folder }, options) => (folder === null ? [] : processesInFolder(folder, options)),

  async end({ folder }) {
    if (folder !== null) removePlace(folder)
  },
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
