import { type CowriteError, type ErrorCode, errnoOf, isCowriteError } from '../errors.js'
import { asOwnError } from '../foreign-errors.js'
import { errnoError } from '../port/faults.js'

/** What an error says of the call that failed: names as the caller gave them. */
export interface Call {
  syscall: string
  path: string
  dest?: string
  /** What is protected is not listed either: to who only looks, it is not there. Who writes is told that it may not. */
  looksOnly?: boolean
}

/** Marks what already has its final shape, so that a call made of other calls passes it on. */
const finished = new WeakSet<object>()

/** An error as node:fs throws it, with ours in `cause`. What is no failure of the system is left as it is. */
export function asNodeError(error: unknown, { syscall, path, dest, looksOnly }: Call): unknown {
  if (error instanceof Error && finished.has(error)) return error
  const isHidden = looksOnly && isCowriteError(error, 'PATH_PROTECTED')
  const code = isHidden ? 'ENOENT' : isCowriteError(error) ? errnoFor(error) : errnoOf(error)
  if (code === undefined || !/^E(?!RR_)[A-Z0-9]+$/.test(code)) return error
  const made = errnoError(code, syscall, path, dest)
  const cause = isCowriteError(error) ? error : asOwnError(errnoError(code, syscall, path, dest))
  Object.defineProperty(made, 'cause', {
    value: cause,
    enumerable: false,
    configurable: true,
    writable: true,
  })
  finished.add(made)
  return made
}

const errnoByCode: Partial<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'EINVAL',
  PATH_ESCAPE: 'EACCES',
  PATH_PROTECTED: 'EPERM',
  ALREADY_EXISTS: 'EEXIST',
  UNSUPPORTED: 'EPERM',
  CONFLICT: 'EBUSY',
  LOCKED: 'EBUSY',
  NOT_FOUND: 'ENOENT',
  SESSION_NOT_FOUND: 'EBADF',
  CANNOT_WRITE: 'EACCES',
}

const errnoByKind: Record<string, string> = { folder: 'EISDIR', 'symbolic link': 'ELOOP' }

function errnoFor(error: CowriteError): string {
  if (isCowriteError(error, 'WRONG_KIND')) return errnoByKind[error.data.found] ?? 'ENXIO'
  const original = errnoOf(error.cause)
  return original ?? errnoByCode[error.code] ?? 'EIO'
}

/** As node's own argument errors: a TypeError or RangeError with a code. */
export function argumentError(
  code: 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE',
  message: string,
): Error {
  const Kind = code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError
  return Object.assign(new Kind(message), { code })
}

/** What is thrown where the caller's signal says to stop. */
export function throwIfAborted(signal: AbortSignal | undefined | null): void {
  if (!signal?.aborted) return
  const error = new Error('The operation was aborted', { cause: signal.reason })
  throw Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
