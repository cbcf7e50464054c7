import * as z from 'zod'
import { CowriteError, errnoOf } from '../errors.js'
import type { FilePort } from '../port/port.js'
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

const patterns = z.array(z.string().min(1).max(1000)).max(1000)

const dollars = z.number().min(0).max(1_000_000)

const template = z.strictObject({
  description: z.string().max(2_000).default('').describe('What a session is about that is given no words'),
  folders: z.array(z.string().min(1).max(1_000)).max(100).default([]).describe('Folders to make'),
  files: z
    .record(
      z.string().min(1).max(1_000),
      z.union([z.string(), z.strictObject({ source: z.string().min(1) })]),
    )
    .default({})
    .describe(
      'Files to begin with, where the workspace has none: their text, or another file of the workspace',
    ),
  allowed_paths: patterns.default([]).describe('Paths that the session may write; all, where none is named'),
  read_only_paths: patterns.default([]).describe('Paths that it may not write'),
  allowed_tools: z.array(z.string().min(1)).max(100).default([]).describe('Tools for files that it allows'),
  retries: z
    .strictObject({
      auto_detect: z.boolean().default(true).describe('Whether feedback in plain words is taken for one'),
    })
    .default({ auto_detect: true }),
})

export type Template = z.output<typeof template>

/** The descriptions are what the reference says of each option. */
export const configSchema = z.strictObject({
  cowrite: z.number().int().describe('The version of the format on disk; also what marks a state folder'),
  folders: z
    .array(z.string().min(1))
    .max(100)
    .default(['context', 'acts'])
    .describe('Folders that a new session gets, where the workspace has them'),
  protected: patterns.default([]).describe('Paths that no session may touch'),
  read_only: patterns.default([]).describe('Paths that no session may write'),
  ignore: patterns
    .nullable()
    .default(null)
    .describe('Paths that stay in the session unless they are asked for; null: what .gitignore says'),
  sensitive: patterns.default([]).describe('Further paths to point out before a commit'),
  confirm: z
    .enum(['force', 'person'])
    .default('force')
    .describe("What a commit needs: force alone, or a person's word as well"),
  chats: z
    .strictObject({
      start_session: z
        .boolean()
        .default(false)
        .describe('Whether a chat that has no session is given one when it begins'),
      end_stale: z
        .string()
        .regex(/^[1-9]\d*[smhd]$/)
        .nullable()
        .default(null)
        .describe('Sessions without a write for so long, such as 24h, are deactivated when a chat begins'),
    })
    .default({ start_session: false, end_stale: null }),
  templates: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), template)
    .default({})
    .describe('What sessions can begin with, by name: `session start NAME --template T`'),
  history: z
    .strictObject({
      max_commits: z.number().int().min(1).default(100).describe('How many commits can be undone'),
      max_bytes: z
        .number()
        .int()
        .min(0)
        .default(2 * 1024 ** 3)
        .describe('How much of them is kept, in bytes; the newest always is'),
    })
    .default({ max_commits: 100, max_bytes: 2 * 1024 ** 3 }),
  agent_command: z
    .array(z.string().min(1).max(10_000))
    .min(1)
    .max(100)
    .default(['claude', '-p', '--output-format', 'stream-json', '--verbose'])
    .describe('The command that session query gives a message to, as its last argument'),
  prices: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        input: dollars,
        output: dollars,
        cached: dollars,
        written: dollars.optional(),
        written_for_long: dollars.optional(),
        up_to: z.number().int().min(1).optional(),
      }),
    )
    .default({})
    .describe('What models cost, in US dollars for a million tokens, before the list that cowrite has'),
})

export type Config = z.output<typeof configSchema>

/** The state folder of a workspace, if it has one. Throws WORKSPACE_UNAVAILABLE where one has lost its marker. */
export function findStateFolder(port: FilePort): StateFolderName | null {
  for (const name of stateFolderNames) {
    if (port.stat(layoutOf(name).config)?.isFile() && isMarker(readMarker(port, name))) return name
  }
  const name = markerlessStateFolder(port)
  if (name === null) return null
  const { config } = layoutOf(name)
  throw new CowriteError(
    'WORKSPACE_UNAVAILABLE',
    `${config} is gone, by which cowrite knows its own folder. Put it back, or write { "cowrite": ${formatVersion} } into it if ${name}/ is yours.`,
    { root: port.root, reason: 'marker gone' },
  )
}

/** A folder that holds all that a state folder does, but for the marker: somebody's sessions may lie in it. */
export function markerlessStateFolder(port: FilePort): StateFolderName | null {
  const isFolder = (path: string): boolean => statLower(port, path)?.isDirectory() ?? false
  const isState = (name: StateFolderName): boolean => {
    const { config, sessions, journal, history } = layoutOf(name)
    return isFolder(sessions) && isFolder(journal) && isFolder(history) && port.stat(config) === null
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
