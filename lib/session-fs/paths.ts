/** What callers name files by: text, bytes and file URLs, relative to the workspace or absolute under it. */
import { posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { errnoError } from '../port/faults.js'
import { argumentError } from './errors.js'

/** A path as it was asked for. */
export interface Asked {
  /** The caller's own words, for errors. */
  shown: string
  /** Relative to the workspace; `..` is still in it, since what it leads to depends on links. */
  path: WorkspacePath
  /** Whether `path` is normalized: it holds no `..`. */
  plain: boolean
  /** Whether it can only be a folder: it ends in a slash, or in `.`. */
  asFolder: boolean
  /** `.` or `..`, where the path ends in that. */
  dots: string
}

const longestPath = 4000
const longestName = 255

/** The caller's path as text. Throws node's own TypeErrors for what is no path at all. */
export function textOf(input: unknown, argument = 'path'): string {
  const text = asText(input, argument)
  if (text.includes('\0')) {
    const expected = 'must be a string, Uint8Array, or URL without null bytes'
    throw argumentError(
      'ERR_INVALID_ARG_VALUE',
      `The argument '${argument}' ${expected}. Received ${inspect(text)}`,
    )
  }
  return text
}

function asText(input: unknown, argument: string): string {
  if (typeof input === 'string') return input
  if (input instanceof Uint8Array)
    return Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString()
  if (input instanceof URL) return fileURLToPath(input)
  const expected = 'must be of type string or an instance of Buffer or URL'
  throw argumentError(
    'ERR_INVALID_ARG_TYPE',
    `The "${argument}" argument ${expected}. Received ${inspect(input)}`,
  )
}

/** Throws PATH_ESCAPE, INVALID_INPUT, ENOENT for an empty path, ENAMETOOLONG (P1). */
export function ask(root: string, shown: string): Asked {
  if (shown === '') throw errnoError('ENOENT', 'open', shown)
  const relative = relativeTo(withSlashes(root), withSlashes(shown), shown)
  if (relative.includes('\\'))
    throw invalid(shown, 'A path is written with / between its parts, not with \\.')
  if (relative.length > longestPath) throw errnoError('ENAMETOOLONG', 'open', shown)
  const all = relative.split('/')
  const last = all[all.length - 1] as string
  const segments = all.filter((segment) => segment !== '' && segment !== '.')
  if (segments.some(isTooLong)) throw errnoError('ENAMETOOLONG', 'open', shown)
  return {
    shown,
    path: segments.join('/'),
    plain: !segments.includes('..'),
    asFolder: last === '' || last === '.' || last === '..',
    dots: lastName(all),
  }
}

function lastName(segments: string[]): string {
  const last = segments.findLast((segment) => segment !== '') ?? '.'
  return last === '.' || last === '..' ? last : ''
}

function withSlashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path
}

function relativeTo(root: string, path: string, shown: string): string {
  if (!path.startsWith('/') && !/^[A-Za-z]:/.test(path)) return path
  return under(root, path) ?? under(root, posix.normalize(path)) ?? leave(shown)
}

function under(root: string, path: string): string | null {
  if (path === root) return '.'
  const prefix = root.endsWith('/') ? root : `${root}/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : null
}

function leave(shown: string): never {
  throw new CowriteError('PATH_ESCAPE', `${shown} is not in the workspace.`, { path: shown })
}

function isTooLong(name: string): boolean {
  return name.length * 3 > longestName && Buffer.byteLength(name) > longestName
}

function invalid(value: string, message: string): CowriteError {
  return new CowriteError('INVALID_INPUT', message, { argument: 'path', value })
}
