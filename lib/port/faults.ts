import { getSystemErrorMap } from 'node:util'
import { CowriteError, errnoOf } from '../errors.js'
import type { AnyStats } from './anchor.js'

/** Everything the system calls an error: its number and its words, by its name. */
let known: Map<string, { errno: number; words: string }> | undefined

function knownErrors(): Map<string, { errno: number; words: string }> {
  known ??= new Map([...getSystemErrorMap()].map(([errno, [name, words]]) => [name, { errno, words }]))
  return known
}

/** An error as node:fs would throw it. */
export function errnoError(
  code: string,
  syscall: string,
  path: string,
  destination?: string,
): NodeJS.ErrnoException {
  const { errno, words } = knownErrors().get(code) ?? { errno: -1, words: 'error' }
  const names = destination === undefined ? `'${path}'` : `'${path}' -> '${destination}'`
  const error: NodeJS.ErrnoException = new Error(`${code}: ${words}, ${syscall} ${names}`)
  return Object.assign(
    error,
    { errno, code, syscall, path },
    destination === undefined ? {} : { dest: destination },
  )
}

/** The same error with the names that the caller knows, instead of those that the verified call was made with. */
export function restate(error: unknown, path: string, destination?: string): unknown {
  const code = errnoOf(error)
  if (code === undefined || !knownErrors().has(code)) return error
  const { syscall = 'open' } = error as NodeJS.ErrnoException
  return errnoError(code, syscall, path, destination)
}

export function pathEscape(path: string): CowriteError<'PATH_ESCAPE'> {
  return new CowriteError('PATH_ESCAPE', `${path} leads through a symbolic link or out of the workspace`, {
    path,
  })
}

export function wrongKind(path: string, stats: AnyStats): CowriteError<'WRONG_KIND'> {
  const found = kindInWords(stats)
  return new CowriteError('WRONG_KIND', `${path} is a ${found}, not a file`, {
    path,
    expected: 'file',
    found,
  })
}

function kindInWords(stats: AnyStats): string {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'symbolic link'
  if (stats.isFIFO()) return 'FIFO'
  if (stats.isSocket()) return 'socket'
  return 'device'
}
