import { CowriteError, type ErrorCode, errnoOf, isCowriteError } from '../errors.js'
import type { OperationName } from '../render/commands.js'
import { renderFailure } from '../render/failure.js'
import { nextSteps } from '../render/next-steps.js'
import { originOf } from './failed-in.js'
import type { Face } from './operation.js'

export type FailureKind = 'mend your arguments' | 'not found' | 'someone must decide' | 'it broke'

const kinds: Record<ErrorCode, FailureKind> = {
  INVALID_INPUT: 'mend your arguments',
  PATH_ESCAPE: 'mend your arguments',
  PATH_PROTECTED: 'mend your arguments',
  WRONG_KIND: 'mend your arguments',
  ALREADY_EXISTS: 'mend your arguments',
  UNSUPPORTED: 'mend your arguments',
  NOT_FOUND: 'not found',
  SESSION_NOT_FOUND: 'not found',
  NO_ACTIVE_SESSION: 'not found',
  CANCELLED: 'someone must decide',
  CONFLICT: 'someone must decide',
  SESSION_CRASHED: 'someone must decide',
  LOCKED: 'someone must decide',
  WORKSPACE_UNAVAILABLE: 'it broke',
  SERVER_FAILED: 'it broke',
  CANNOT_WRITE: 'it broke',
  TOOL_FAILED: 'it broke',
  CORRUPT: 'it broke',
  IO: 'it broke',
}

/** Whose turn it is after an error, for a model that cannot tell it from the message. */
export function kindOfFailure(code: ErrorCode): FailureKind {
  return kinds[code]
}

export interface Failure {
  code: ErrorCode
  message: string
  data: unknown
  /** Commands or calls as they are typed, nothing escaped. */
  next_steps: string[]
  /** What a person reads. */
  text: string
}

/** Any error as the adapters tell it. `operation` is known by itself for what an operation or `parseInput` threw. */
export function describeFailure(
  thrown: unknown,
  face: Face,
  operation: OperationName | undefined = originOf(thrown),
): Failure {
  const error = ours(thrown)
  const steps = nextSteps(error, operation)
  return {
    code: error.code,
    message: error.message,
    data: error.data,
    next_steps: steps.map((step) => step.plain(face)),
    text: renderFailure(error, face, { operation, kind: kindOfFailure(error.code) }),
  }
}

/** The error itself, or what it was caused by, or a code and a sentence for a foreign one. */
function ours(thrown: unknown): CowriteError {
  if (isCowriteError(thrown)) return thrown
  if (thrown instanceof Error && isCowriteError(thrown.cause)) return thrown.cause
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new CowriteError('CANCELLED', 'Stopped before it was done', {}, { cause: thrown })
  }
  const errno = errnoOf(thrown)
  if (errno === undefined) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new CowriteError('IO', `Something unexpected went wrong: ${message}`, {}, { cause: thrown })
  }
  return fromErrno(thrown as SystemError, errno)
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

function fromErrno(error: SystemError, errno: string): CowriteError {
  const path = typeof error.path === 'string' ? error.path : undefined
  const what = path ?? 'The file'
  const where = path === undefined ? {} : { path }
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return new CowriteError('NOT_FOUND', `${what} is not there`, { path: path ?? '' }, { cause: error })
  }
  const reason = cannotWrite[errno] ?? (isRefusedWrite(error, errno) ? 'it may not be written' : undefined)
  if (reason !== undefined) {
    const message = `${what} cannot be written: ${reason}`
    return new CowriteError('CANNOT_WRITE', message, { ...where, reason }, { cause: error })
  }
  const why = otherReasons[errno] ?? `the system says ${errno}`
  return new CowriteError('IO', `${what} cannot be used: ${why}`, { ...where, errno }, { cause: error })
}

function isRefusedWrite({ syscall, message }: SystemError, errno: string): boolean {
  if (!noLeave.includes(errno) || readingCalls.includes(syscall)) return false
  // Node says only `open` for both; what is being opened for reading is named as such where it is ours.
  return syscall !== undefined || /writ|mkdir|rename|unlink|link/.test(message)
}
