/** The folders of a session in which changes are built: made by the first who writes, so that a start need not. */
import type { FilePort } from '../port/port.js'
import { makeIfMissing, uniqueName } from './files.js'
import type { SessionLayout } from './layout.js'
import type { SessionStore } from './overlay.js'

type Place = Pick<SessionStore, 'port' | 'layout'> & { note?: string | null }

/** Throws ENOENT where the session has ended. */
export function makeWorkFolders(port: FilePort, layout: SessionLayout): void {
  port.together(() => {
    for (const folder of [layout.holders, layout.bases, layout.temporary]) makeIfMissing(port, folder)
  })
}

/** A path for content that is being built. */
export function temporaryPath(store: Place): { name: string; at: string } {
  requireFolders(store)
  const name = uniqueName()
  return { name, at: `${store.layout.temporary}/${name}` }
}

/** A path for content that is kept as base, and its name there. */
export function basePath(store: Place): { kept: string; at: string } {
  requireFolders(store)
  const kept = uniqueName()
  return { kept, at: `${store.layout.bases}/${kept}` }
}

/** Whoever has a note in the session has made them. */
function requireFolders({ port, layout, note }: Place): void {
  if (note === null || note === undefined) makeWorkFolders(port, layout)
}
