import * as z from 'zod'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { type Config, configSchema, defaultConfig } from './config-schema.js'
import {
  clear,
  clearAtOnce,
  ensureFolder,
  namesIn,
  readJson,
  toJson,
  uniqueName,
  writeNewFile,
} from './files.js'
import { statLower } from './fingerprint.js'
import {
  checkFormat,
  formatVersion,
  type Layout,
  layoutOf,
  type StateFolderName,
  stateFolderNames,
} from './layout.js'

/**
 * The state folder of a workspace, if it has one; one whose config cannot be read is still one. Throws
 * WORKSPACE_UNAVAILABLE where it has lost its marker.
 */
export function findStateFolder(port: FilePort): StateFolderName | null {
  for (const name of stateFolderNames) {
    if (port.stat(layoutOf(name).config)?.isFile() && isMarker(readMarker(port, name))) return name
  }
  const name = markerlessStateFolder(port)
  if (name === null) return null
  const { config } = layoutOf(name)
  const lacks = port.stat(config) === null ? 'is gone' : "does not say that it is cowrite's"
  throw new CowriteError(
    'WORKSPACE_UNAVAILABLE',
    `${config} in ${port.root} ${lacks}, by which cowrite knows its own folder. Put it back, or write ${plainConfig} into it if ${name}/ is yours.`,
    { root: port.root, reason: 'marker gone' },
  )
}

/** One without options. */
const plainConfig = `{ "cowrite": ${formatVersion} }`

/** A folder that holds all that a state folder does, but for the marker: somebody's sessions may lie in it. */
export function markerlessStateFolder(port: FilePort): StateFolderName | null {
  const isFolder = (path: string): boolean => statLower(port, path)?.isDirectory() ?? false
  const isState = (name: StateFolderName): boolean => {
    const { config, sessions, journal, history } = layoutOf(name)
    if (!isFolder(sessions) || !isFolder(journal) || !isFolder(history)) return false
    return port.stat(config) === null || !isMarker(readMarker(port, name))
  }
  return stateFolderNames.find(isState) ?? null
}

function readMarker(port: FilePort, name: StateFolderName): unknown {
  try {
    return readJson(port, layoutOf(name).config)
  } catch (error) {
    // A damaged marker among the state folder's own folders is still ours, and loadConfig will say what is wrong.
    if (port.stat(layoutOf(name).sessions)?.isDirectory()) return { cowrite: null }
    if (error instanceof CowriteError) return null
    throw error
  }
}

function isMarker(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'cowrite' in value
}

/** Throws WORKSPACE_UNAVAILABLE for a newer format, CORRUPT or INVALID_INPUT for what it cannot mean. */
export function loadConfig(port: FilePort, layout: Layout): Config {
  const value = readConfig(port, layout)
  if (Object.keys(value as object).length === 1) return defaultConfig()
  const parsed = configSchema().safeParse(value)
  if (parsed.success) return parsed.data
  throw new CowriteError(
    'INVALID_INPUT',
    `${layout.config} in ${port.root} is not as it should be: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`,
    { argument: layout.config },
  )
}

function readConfig(port: FilePort, { config }: Layout): unknown {
  try {
    const value = readJson(port, config)
    checkFormat((value as { cowrite?: unknown } | null)?.cowrite, config, port.root)
    return value
  } catch (error) {
    if (!isCowriteError(error, 'CORRUPT')) throw error
    const { cause } = error
    const why =
      cause instanceof SyntaxError ? 'is not valid JSON' : 'bears no format version that cowrite knows'
    // Whoever reads this may stand in a folder far below.
    const message = `${config} in ${port.root} ${why}. Mend it, or write ${plainConfig} into it, which leaves all options as they usually are.`
    throw new CowriteError('CORRUPT', message, { path: config }, { cause: error })
  }
}

/**
 * Makes the state folder, aside, and renames it in; any number of processes may do so at once.
 * Throws WORKSPACE_UNAVAILABLE where a folder of that name is there and is not ours.
 */
export function createStateFolder(port: FilePort, state: StateFolderName): Layout {
  const layout = layoutOf(state)
  for (let attempt = 1; ; attempt++) {
    if (findStateFolder(port) === state) return layout
    refuseForeign(port, layout)
    sweepUnfinished(port)
    const aside = `${unfinishedPrefix}${uniqueName()}`
    try {
      buildStateFolder(port, layout, aside)
      port.rename(aside, state)
      return layout
    } catch (error) {
      clear(port, aside)
      // Another process that makes it too has swept ours, or was quicker.
      const isRace = ['ENOENT', 'EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')
      if (!isRace || attempt === mostAttempts) throw error
    }
  }
}

const mostAttempts = 10

function buildStateFolder(port: FilePort, layout: Layout, aside: string): void {
  const inside = (path: string): string => `${aside}${path.slice(layout.state.length)}`
  for (const folder of [
    layout.sessions,
    layout.archives,
    layout.history,
    layout.journal,
    layout.locks,
    layout.trash,
  ]) {
    ensureFolder(port, inside(folder))
  }
  writeNewFile(port, inside(layout.gitignore), '*\n')
  writeNewFile(port, inside(layout.ignore), '*\n')
  writeNewFile(port, inside(layout.index), '')
  writeNewFile(port, inside(layout.operations), '')
  writeNewFile(port, inside(layout.config), toJson({ cowrite: formatVersion }))
}

const unfinishedPrefix = '.cowrite-new-'

function refuseForeign(port: FilePort, layout: Layout): void {
  if (port.stat(layout.state) === null) return
  throw new CowriteError(
    'WORKSPACE_UNAVAILABLE',
    `${layout.state}/ is already there and is not cowrite's; it was left as it is.`,
    { root: port.root, reason: 'state folder taken' },
  )
}

/** What a process left that was killed while it made the state folder; one that is still at it begins again. */
export function sweepUnfinished(port: FilePort): void {
  for (const name of unfinishedStateFolders(port))
    clearAtOnce(port, name, `${unfinishedPrefix}${uniqueName()}`)
}

/** State folders in the making, or left in it. */
export function unfinishedStateFolders(port: FilePort): string[] {
  return namesIn(port, '').filter((name) => name.startsWith(unfinishedPrefix))
}
