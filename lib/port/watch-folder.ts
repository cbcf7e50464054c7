import { watch } from 'node:fs'
import { errnoOf } from '../errors.js'

/**
 * Tells the name of each entry that comes to a folder, goes or changes, null where the system does not say which.
 * Nothing is looked at for it: in a folder that is written to all the time, that would cost more than the writes.
 * Returns what ends it. Where there is no such folder, there is nothing to tell of.
 */
export function watchFolder(
  path: string,
  tell: (name: string | null) => void,
  failed: (error: unknown) => void,
): () => void {
  try {
    const watcher = watch(path, (_event, name) => tell(name))
    watcher.on('error', failed)
    return () => watcher.close()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    if (errnoOf(error) !== 'ENOENT') failed(error)
    return () => {}
  }
}
