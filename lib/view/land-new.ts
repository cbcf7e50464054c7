import { parentOf, type WorkspacePath } from '../paths.js'
import { ensureFolder } from '../store/files.js'
import { renameIntoUpper, requireLive, takeBack } from '../store/landing.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'

/** A file or a link that neither lower nor the session had. */
export interface New {
  path: WorkspacePath
  kind: 'file' | 'symlink'
  temporary: { name: string; at: string }
  movedFrom?: WorkspacePath
}

/**
 * Puts new files into upper, in a turn of the caller's: recorded first, all in one line, as `land` does it one by one.
 * A program that unpacks an archive makes thousands.
 */
export function landNew(store: SessionStore, files: readonly New[]): void {
  if (files.length === 0) return
  const { port, record, layout } = store
  const firstWriteAt = new Date().toISOString()
  const set: Entry[] = files.map(({ path, kind, temporary, movedFrom }) => {
    const moved = movedFrom === undefined ? {} : { movedFrom }
    return { path, kind, base: null, kept: null, firstWriteAt, pending: temporary.name, ...moved }
  })
  for (const { path } of files) store.index.note(store.name, path)
  for (const folder of new Set(files.map(({ path }) => parentOf(layout.upper(path)))))
    ensureFolder(port, folder)
  record.append({ set })
  let put = 0
  try {
    for (; put < files.length; put++) {
      const { path, temporary } = files[put] as New
      renameIntoUpper(store, temporary.at, path)
    }
  } catch (error) {
    takeBack(store, { drop: files.slice(put).map(({ path }) => path) })
    throw error
  }
  requireLive(store)
}
