import { errnoOf, isCowriteError } from '../errors.js'
import type { FilePort, FolderEntry } from '../port/port.js'

/** What lies in a folder of lower. Nothing, where there is none, or a link is in its place or on the way to it. */
export function listLower(port: FilePort, folder: string): FolderEntry[] {
  try {
    return port.list(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return []
    // The session made a folder where lower has a link.
    if (isCowriteError(error, 'PATH_ESCAPE')) return []
    throw error
  }
}
