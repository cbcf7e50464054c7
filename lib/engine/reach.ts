/** Whether what is to be put in place can be, asked before there is no way back. */
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { statLower } from '../store/fingerprint.js'
import type { Target } from './intent.js'

/** The folder itself, or the nearest around it that is there and is one. */
export function nearestFolder(port: FilePort, folder: WorkspacePath): WorkspacePath {
  const candidates = [folder, ...ancestorsOf(folder).reverse()]
  return candidates.find((each) => each === '' || statLower(port, each)?.isDirectory() === true) ?? ''
}

/** Throws CANNOT_WRITE, naming the folder, where a target would be met by one that takes and gives no names. */
export function refuseUnwritable(port: FilePort, targets: readonly Target[]): void {
  const folders = new Set(targets.filter(takesName).map(({ path }) => parentOf(path)))
  for (const folder of new Set([...folders].map((each) => nearestFolder(port, each)))) {
    if (port.isWritable(folder)) continue
    const reason = 'it may not be written'
    const named = folder === '' ? 'The workspace folder' : folder
    throw new CowriteError('CANNOT_WRITE', `${named} cannot be written: ${reason}; nothing was changed.`, {
      path: folder,
      reason,
    })
  }
}

/** A folder that stays one only gets another mode. */
function takesName({ expected, wanted }: Target): boolean {
  return !(expected?.kind === 'folder' && wanted?.kind === 'folder')
}

/** Whether an error says that nothing is there, or that the way leads elsewhere. */
export function isAway(error: unknown): boolean {
  return isCowriteError(error, 'PATH_ESCAPE') || ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')
}
