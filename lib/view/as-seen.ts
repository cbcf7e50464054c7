/** The session as a folder shows it to any program: with what callers neither see nor name. */
import { nameOf, type WorkspacePath } from '../paths.js'
import { hasMarker } from '../store/guard.js'
import type { SessionStore } from '../store/overlay.js'

/** All but state folders: what the config protects, and what git keeps, is there to be read. */
export function asSeen(store: SessionStore): SessionStore {
  const isProtected = (path: WorkspacePath): boolean => isStateFolder(store, path)
  return { ...store, guard: { isProtected, checkRead() {}, checkWrite() {}, checkLimits() {} } }
}

/** Whether a folder is this workspace's state folder, or that of one within it. */
export function isStateFolder({ port, layout }: SessionStore, path: WorkspacePath): boolean {
  if (path === layout.folder.split('/', 1)[0]) return true
  const name = nameOf(path).toLowerCase()
  return name === '.cowrite' || (name === 'workspace' && hasMarker(port, path))
}
