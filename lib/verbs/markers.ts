import { parentOf } from '../paths.js'
import { copyOnce } from '../store/copying.js'
import { ensureFolder, removeIfThere } from '../store/files.js'
import { takeFingerprint } from '../store/fingerprint.js'
import { renameIntoUpper } from '../store/landing.js'
import type { SessionStore } from '../store/overlay.js'
import { basePath, temporaryPath } from '../store/work-folders.js'
import type { Examined } from './examined.js'

/**
 * Writes texts with diff3 markers into the session's copies, and makes the present live file their base, so
 * that what is left once the markers are gone is what will be committed. Returns the paths that got markers.
 */
export async function placeMarkers(store: SessionStore, conflicts: readonly Examined[]): Promise<string[]> {
  const marked: string[] = []
  for (const { path, at, entry, marked: text } of conflicts) {
    if (text === undefined) continue
    const base = await takeFingerprint(store.port, path)
    const { kept, at: keptAt } = basePath(store)
    const copied = await copyOnce(store, path, keptAt)
    if (base === null || copied === null || copied.sha256 !== base.sha256) continue
    const temporary = temporaryPath(store)
    try {
      const file = store.port.create(temporary.at)
      try {
        const there = at === null ? null : store.port.stat(at)
        if (there) file.chmod(Number(there.mode & 0o777n))
        file.write(Buffer.from(text), 0)
      } finally {
        file.close()
      }
      ensureFolder(store.port, parentOf(store.layout.upper(path)))
      // The text before its base: with the base alone a commit would take the live file for seen.
      renameIntoUpper(store, temporary.at, path)
      store.record.append({ set: [{ ...entry, base, kept, marked: true }] })
      marked.push(path)
    } finally {
      removeIfThere(store.port, temporary.at)
    }
  }
  return marked
}
