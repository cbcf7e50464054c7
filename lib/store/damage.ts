import { errnoOf, isCowriteError } from '../errors.js'

const codes = ['CORRUPT', 'WRONG_KIND', 'PATH_ESCAPE'] as const
const errnos: readonly string[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EIO']

/** Whether an error, met while a session's own files were read, says that they are not as they were left. */
export function tellsOfDamage(error: unknown): boolean {
  return codes.some((code) => isCowriteError(error, code)) || errnos.includes(errnoOf(error) ?? '')
}

/** As `tellsOfDamage`, but for what a failing disk says now, and may not say again. */
export function tellsOfLastingDamage(error: unknown): boolean {
  return tellsOfDamage(error) && errnoOf(error) !== 'EIO'
}

/** As `tellsOfDamage`, and where this process has no leave to read: what is another's stands in nobody's way. */
export function cannotBeRead(error: unknown): boolean {
  return tellsOfDamage(error) || ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')
}

const obstacles: Record<string, string> = {
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'its path is too long',
}

/** How every sentence begins that says why one path of a session cannot be told of. */
export const cannotBeLookedAt = 'cannot be looked at'

/**
 * Why one path cannot be looked at, where an error says no more than that: the others are as they were. Null where the
 * error is about more, or tells of damage that can be mended.
 */
export function obstacleOf(error: unknown): string | null {
  const why = isCowriteError(error, 'PATH_ESCAPE')
    ? 'a link is on the way to it'
    : obstacles[errnoOf(error) ?? '']
  return why === undefined ? null : `${cannotBeLookedAt}: ${why}`
}

const refusals: readonly string[] = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']

/** Whether an error says that nothing can be written here, which need not keep anybody from reading. */
export function cannotBeWritten(error: unknown): boolean {
  return isCowriteError(error, 'CANNOT_WRITE') || refusals.includes(errnoOf(error) ?? '')
}
