/** Where a plain file of a session lies, seen from outside: for programs that must not be late. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../errors.js'
import {
  artifactsFolder,
  formatVersion,
  layoutOf,
  type StateFolderName,
  stateFolderNames,
} from '../store/layout.js'

export { stateFolderNames }

export interface Glanced {
  session: string
  /** The session's folder relative to the workspace, ending in `/`. */
  folder: string
  /** Absolute: the session's copy, or the live file. */
  at: string
  source: 'session' | 'global'
  /** Whether the copy may be written in place: it has no other name. */
  isOwn: boolean
}

interface Entry {
  path: string
  kind: string
}

/** In bytes; a record that is larger takes longer to read than to open the session. */
const longestRecord = 4 * 1024 * 1024

/**
 * Null for whatever is not plain at first sight: a chat without a session of its own, a view, a fork, something that
 * another process is in the middle of, a link, a folder that was deleted or made. Then the session is to be opened.
 * `path` is a workspace path on whose way there are no links, on a disk that tells upper case from lower.
 */
export function glance(root: string, chat: string, path: string): Glanced | null {
  try {
    return glanceAt(root, chat, path)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || errnoOf(error) !== undefined)
      return null
    throw error
  }
}

function glanceAt(root: string, chat: string, path: string): Glanced | null {
  const state = stateOf(root)
  if (state === null || path.startsWith(`${artifactsFolder}/`)) return null
  const layout = layoutOf(state)
  const text = (name: string): string => readFileSync(join(root, name), 'utf8')
  const stat = (name: string) => lstatSync(join(root, name), { throwIfNoEntry: false })

  const config = JSON.parse(text(layout.config))
  if (config.cowrite !== formatVersion || config.protected || config.read_only) return null
  const { version, bindings } = JSON.parse(text(layout.sessionLock))
  const bound = bindings.find((binding: { chat: unknown }) => binding.chat === chat)?.session
  if (version !== formatVersion || typeof bound !== 'string' || !/^[\w-]{1,64}$/.test(bound)) return null
  if (stat(layout.view(bound).folder) || readdirSync(join(root, layout.journal)).length > 0) return null

  const own = layout.sessionLayout(bound)
  if ((stat(own.record)?.size ?? 0) > longestRecord) return null
  const record = text(own.record)
  if (!/^\n\S+ \d+ \{"header":\{/.test(record)) return null
  if (/"(layers":\[[^\]]|limits"|snapshot")/.test(record) || hasChangedAround(record, path)) return null
  const entry = entryIn(record, path)
  const upper = own.upper(path)
  const copy = stat(upper)
  const found = { session: bound, folder: `${own.folder}/` }
  if (entry === null) {
    if (copy || stat(path)?.isFile() === false) return null
    return { ...found, at: join(root, path), source: 'global', isOwn: false }
  }
  if (entry.kind !== 'file' || !copy?.isFile()) return null
  return { ...found, at: join(root, upper), source: 'session', isOwn: copy.nlink === 1 }
}

function stateOf(root: string): StateFolderName | null {
  const there = stateFolderNames.filter((name) =>
    lstatSync(join(root, layoutOf(name).sessionLock), { throwIfNoEntry: false })?.isFile(),
  )
  return there.length === 1 ? (there[0] as StateFolderName) : null
}

/** Whether the session holds anything in the place of a folder on the way. */
function hasChangedAround(record: string, path: string): boolean {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    if (record.includes(JSON.stringify(path.slice(0, slash)))) return true
  }
  return false
}

/** What the record's lines come to for one path. */
function entryIn(record: string, path: string): Entry | null {
  const named = JSON.stringify(path)
  let entry: Entry | null = null
  for (let at = record.indexOf(named); at !== -1; ) {
    const start = record.lastIndexOf('\n', at) + 1
    const end = record.indexOf('\t', at)
    if (end === -1) break // Cut short, and nobody was told of it.
    const line = record.slice(start, end)
    const { set = [], drop = [] } = JSON.parse(line.slice(line.indexOf('{')))
    entry = set.findLast((one: Entry) => one.path === path) ?? (drop.includes(path) ? null : entry)
    at = record.indexOf(named, end)
  }
  return entry
}
