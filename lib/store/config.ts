import * as z from 'zod'
import { CowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, readJson, removeTree, toJson, uniqueName, writeNewFile } from './files.js'
import {
  checkFormat,
  formatVersion,
  type Layout,
  layoutOf,
  type StateFolderName,
  stateFolderNames,
} from './layout.js'

const patterns = z.array(z.string().min(1).max(1000)).max(1000)

const configSchema = z.strictObject({
  /** Also what marks a folder as a state folder. */
  cowrite: z.number().int(),
  /** Folders that a new session gets, where the workspace has them. */
  folders: z.array(z.string().min(1)).max(100).default(['context', 'acts']),
  /** Paths that no session may touch, and paths that none may write (globs). */
  protected: patterns.default([]),
  read_only: patterns.default([]),
  /** Paths that stay in the session unless they are asked for; null: what .gitignore says. */
  ignore: patterns.nullable().default(null),
  /** Further paths to point out before a commit (globs). */
  sensitive: patterns.default([]),
  /** `person`: a commit needs a person's word. */
  confirm: z.enum(['force', 'person']).default('force'),
  history: z
    .strictObject({
      max_commits: z.number().int().min(1).default(100),
      max_bytes: z
        .number()
        .int()
        .min(0)
        .default(2 * 1024 ** 3),
    })
    .default({ max_commits: 100, max_bytes: 2 * 1024 ** 3 }),
})

export type Config = z.output<typeof configSchema>

/** The state folder of a workspace, if it has one. Throws where a folder of that name is something else. */
export function findStateFolder(port: FilePort): StateFolderName | null {
  for (const name of stateFolderNames) {
    if (port.stat(layoutOf(name).config)?.isFile() && isMarker(readMarker(port, name))) return name
  }
  return null
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
  const value = readJson(port, layout.config)
  checkFormat((value as { cowrite?: unknown } | null)?.cowrite, layout.config, port.root)
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new CowriteError(
    'INVALID_INPUT',
    `${layout.config} is not as it should be: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`,
    { argument: layout.config },
  )
}

export function defaultConfig(): Config {
  return configSchema.parse({ cowrite: formatVersion })
}

/**
 * Makes the state folder, aside, and renames it in; any number of processes may do so at once.
 * Throws WORKSPACE_UNAVAILABLE where a folder of that name is there and is not ours.
 */
export function createStateFolder(port: FilePort, state: StateFolderName): Layout {
  const layout = layoutOf(state)
  refuseForeign(port, layout)
  sweepUnfinished(port)
  const aside = `${unfinishedPrefix}${uniqueName()}`
  const inside = (path: string): string => `${aside}${path.slice(state.length)}`
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
  try {
    port.rename(aside, state)
  } catch (error) {
    removeTreeIfThere(port, aside)
    if (findStateFolder(port) === state) return layout
    throw error
  }
  return layout
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
function sweepUnfinished(port: FilePort): void {
  for (const { name } of port.list('')) {
    if (name.startsWith(unfinishedPrefix)) removeTreeIfThere(port, name)
  }
}

function removeTreeIfThere(port: FilePort, path: string): void {
  if (port.stat(path) !== null) removeTree(port, path)
}
