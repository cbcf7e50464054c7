import { CowriteError, errnoOf, isCowriteError } from './errors.js'

/** Runs `work` so that whatever the system throws comes out under a code of ours, with the original as cause. */
export async function withOwnErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw asOwnError(error)
  }
}

/** An error of the system as one of ours. What is neither is a mistake in a program, and is left as it is. */
export function asOwnError(thrown: unknown): unknown {
  if (isCowriteError(thrown)) return thrown
  if (thrown instanceof Error && isCowriteError(thrown.cause)) return thrown.cause
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new CowriteError('CANCELLED', 'Stopped before it was done', {}, { cause: thrown })
  }
  const errno = errnoOf(thrown)
  return errno === undefined || !errno.startsWith('E') ? thrown : fromErrno(thrown as SystemError, errno)
}

type SystemError = Error & { path?: unknown; syscall?: unknown }

const cannotWrite: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
}
const noLeave: readonly string[] = ['EACCES', 'EPERM']
const readingCalls: readonly unknown[] = [
  'scandir',
  'opendir',
  'stat',
  'lstat',
  'fstat',
  'readlink',
  'read',
  'realpath',
]
const otherReasons: Record<string, string> = {
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
  EIO: 'the disk reports an error',
  ELOOP: 'it is a link, or links that lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EBUSY: 'another program is using it',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
}
const wrongKinds: Record<string, [expected: string, found: string]> = {
  EISDIR: ['a file', 'a folder'],
  ENOTDIR: ['a folder', 'no folder'],
  ENOTEMPTY: ['an empty folder', 'a folder with files in it'],
}

function fromErrno(error: SystemError, errno: string): CowriteError {
  const path = typeof error.path === 'string' ? error.path : undefined
  const what = path ?? 'The file'
  const where = path === undefined ? {} : { path }
  if (errno === 'ENOENT')
    return new CowriteError('NOT_FOUND', `${what} is not there`, { path: path ?? '' }, { cause: error })
  if (errno === 'EEXIST')
    return new CowriteError('ALREADY_EXISTS', `${what} is there already`, where, { cause: error })
  const kinds = wrongKinds[errno]
  if (kinds) {
    const [expected, found] = kinds
    const message = `${what} cannot be used so: ${expected} is needed, and it is ${found}`
    return new CowriteError('WRONG_KIND', message, { path: path ?? '', expected, found }, { cause: error })
  }
  const reason = cannotWrite[errno] ?? (isRefusedWrite(error, errno) ? 'it may not be written' : undefined)
  if (reason !== undefined) {
    return new CowriteError(
      'CANNOT_WRITE',
      `${what} cannot be written: ${reason}`,
      { ...where, reason },
      { cause: error },
    )
  }
  const why = otherReasons[errno] ?? `the system says ${errno}`
  return new CowriteError('IO', `${what} cannot be used: ${why}`, { ...where, errno }, { cause: error })
}

function isRefusedWrite({ syscall, message }: SystemError, errno: string): boolean {
  if (!noLeave.includes(errno) || readingCalls.includes(syscall)) return false
  // Node says only `open` for both; what is being opened for reading is named as such where it is ours.
  return syscall !== undefined || /writ|mkdir|rename|unlink|link/.test(message)
}
