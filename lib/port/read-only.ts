import { errnoError } from './faults.js'
import { lockSeam } from './lock-seam.js'
import type { FilePort } from './port.js'

/** The same files, of which none can be changed: whatever would write says EROFS, as on a disk that is mounted so. */
export function readOnlyPort(port: FilePort): FilePort {
  function refuse(path: string): never {
    throw errnoError('EROFS', 'open', port.absolute(path))
  }
  const refuseTarget = (_from: string, to: string): never => refuse(to)
  const verbs = {
    ...port,
    isWritable: () => false,
    openForWriting: refuse,
    create: refuse,
    makeFolder: refuse,
    removeFolder: refuse,
    remove: refuse,
    rename: refuseTarget,
    link: refuseTarget,
    symlink: refuseTarget,
    chmod: refuse,
    setTimes: refuse,
    reflink: refuseTarget,
    duplicate: refuseTarget,
    reflinkFrom: (_other: FilePort, _from: string, to: string) => refuse(to),
    syncFolder: async (path: string) => refuse(path),
    openHandle: async (path: string, flags: 'r' | 'r+' | 'a' | 'a+') =>
      flags === 'r' ? port.openHandle(path, flags) : refuse(path),
  }
  return { ...verbs, lockSeam: lockSeam(verbs) }
}
