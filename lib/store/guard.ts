import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { isShortAlias, isWithin, nameOf, portabilityProblem, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { globTest } from '../text/glob.js'
import { shortened } from '../text/words.js'
import type { Config } from './config-schema.js'
import { isTooLong, type Layout, layoutOf, tooLong } from './layout.js'

/** Which workspace paths a caller may name (P3, P5). */
export interface Guard {
  /** Whether a path is out of sight: it is neither listed nor read nor written. */
  isProtected(path: WorkspacePath): boolean
  /** Throws PATH_PROTECTED. */
  checkRead(path: WorkspacePath): void
  /** Throws PATH_PROTECTED. */
  checkWrite(path: WorkspacePath): void
  /** Throws PATH_PROTECTED where only the session's own limits are in the way. */
  checkLimits(path: WorkspacePath): void
}

/** The folders that version control and cowrite itself keep, at any depth and in any spelling. */
const keptNames = new Set(['.git', '.cowrite'])
const mayBeKept = /(^|\/)\.(git|cowrite)(\/|$)/i
const mayHideState = /(^|\/)workspace(\/|$)/i

export function makeGuard(port: FilePort, layout: Layout, config: Config): Guard {
  const isProtectedByConfig = matcher(config.protected)
  const isReadOnly = matcher(config.read_only)

  const state = layout.state.toLowerCase()

  function isProtected(path: WorkspacePath): boolean {
    if (path === '') return false
    if (isWithin(path.toLowerCase(), state) && isOwnStateFolder(path)) return true
    if (holdsKept(path)) return true
    if (mayHideState.test(path) && holdsNestedState(path)) return true
    return isProtectedByConfig(path)
  }

  function isOwnStateFolder(path: WorkspacePath): boolean {
    return !port.caseSensitive || isWithin(path, layout.state)
  }

  /** A workspace within the workspace: its state folder is known by its marker. */
  function holdsNestedState(path: WorkspacePath): boolean {
    const segments = path.split('/')
    return segments.some((segment, at) => {
      if (segment.toLowerCase() !== 'workspace') return false
      const folder = segments.slice(0, at + 1).join('/')
      if (folder === layout.state) return true
      return hasMarker(port, folder)
    })
  }

  function holdsKept(path: WorkspacePath): boolean {
    return port.caseSensitive ? mayBeKept.test(path) : path.split('/').some(isKept)
  }

  /** Disks that ignore case also have short aliases, streams, and signs that they do not see. */
  function isKept(segment: string): boolean {
    if (keptNames.has(segment.toLowerCase())) return true
    if (port.caseSensitive) return false
    const bare = segment.replace(/\p{Default_Ignorable_Code_Point}/gu, '').replace(/:.*$|[. ]+$/su, '')
    return keptNames.has(bare.toLowerCase()) || isShortAlias(bare)
  }

  function refuse(path: WorkspacePath, why: string): never {
    throw new CowriteError('PATH_PROTECTED', `${path} ${why}.`, { path, reason: why })
  }

  return {
    isProtected,
    checkRead(path) {
      if (isProtected(path)) refuse(path, 'is protected: it is no file of the workspace')
    },
    checkWrite(path) {
      if (isProtected(path)) refuse(path, 'is protected: it is no file of the workspace')
      if (isReadOnly(path)) refuse(path, 'is read-only by the workspace config')
    },
    checkLimits() {},
  }
}

/** Throws INVALID_INPUT for a path that is too long for a session. */
export function checkLength({ root }: Pick<FilePort, 'root'>, path: WorkspacePath): void {
  if (!isTooLong(root, path)) return
  const shown = shortened(path)
  throw new CowriteError('INVALID_INPUT', `${shown} cannot be created: ${tooLong}.`, {
    argument: 'file_path',
    value: shown,
  })
}

/** Throws INVALID_INPUT for a new name that would break on another system. */
export function checkNewName(path: WorkspacePath): void {
  const problem = portabilityProblem(nameOf(path))
  if (problem === null) return
  throw new CowriteError('INVALID_INPUT', `${path} cannot be created: ${problem}.`, {
    argument: 'file_path',
    value: path,
  })
}

/** Whether `folder` is the state folder of a workspace, known by its marker. */
export function hasMarker(port: FilePort, folder: WorkspacePath): boolean {
  const marker = layoutOf('workspace').config.replace('workspace', folder)
  try {
    return port.stat(marker)?.isFile() ?? false
  } catch (error) {
    // A link on the way: whoever follows it is asked again with the path it leads to.
    if (isCowriteError(error, 'PATH_ESCAPE') || errnoOf(error) === 'ELOOP') return false
    throw error
  }
}

export function matcher(patterns: readonly string[]): (path: WorkspacePath) => boolean {
  if (patterns.length === 0) return () => false
  const matches = globTest(patterns, 'the config', { ignoreCase: true })
  return (path) =>
    matches(path) ||
    patterns.some((pattern) => isWithin(path.toLowerCase(), pattern.replace(/\/+$/, '').toLowerCase()))
}
