import { walk } from '../store/files.js'
import { hasScratchFolder, type SessionStore } from '../store/overlay.js'

/** How many files lie in the session's scratch folder. */
export function countScratch(store: SessionStore): number {
  if (!hasScratchFolder(store) || store.port.stat(store.layout.artifacts) === null) return 0
  let count = 0
  for (const { kind } of walk(store.port, store.layout.artifacts)) if (kind !== 'folder') count += 1
  return count
}
