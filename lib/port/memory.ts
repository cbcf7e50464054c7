import { CowriteError, errnoOf } from '../errors.js'
import { plainAnchor } from './anchor-plain.js'
import { anchoredPort } from './anchored-port.js'
import { linuxLike, type MemoryFs } from './memory-fs.js'
import type { FilePort } from './port.js'

/**
 * Opens `root` on a memfs volume (`memfs().fs`, `createFsFromVolume(volume)`). The verbs and their errors are those
 * of a disk; what a disk alone can promise (durability, and P2 against another process) is not promised here.
 */
export function openMemoryPort(volume: MemoryFs, root: string): FilePort {
  const fs = linuxLike(volume)
  try {
    const realRoot = fs.realpathSync.native(root)
    fs.readdirSync(realRoot, { withFileTypes: true })
    return anchoredPort(fs, plainAnchor(fs, realRoot), {
      caseSensitive: true,
      timestampGranularity: 1, // Whole milliseconds, rounded down.
      linksLinks: true,
      reflinks: false,
      syncsFolders: true,
      timesTell: false,
    })
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    const message = `${root} is not a folder that can be read (${reason})`
    throw new CowriteError('WORKSPACE_UNAVAILABLE', message, { root, reason }, { cause: error })
  }
}
