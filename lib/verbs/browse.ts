import type { ListedFile, Match } from '../api.js'
import { CowriteError } from '../errors.js'
import { joinPath, parseFolder, type WorkspacePath } from '../paths.js'
import { readIfThere } from '../store/files.js'
import { kindOf } from '../store/fingerprint.js'
import {
  followingLinks,
  listMerged,
  type MergedEntry,
  type SessionStore,
  statMerged,
} from '../store/overlay.js'
import { decodeText } from '../text/decode.js'
import { textFinder } from '../text/find-text.js'
import { filterByGlob } from '../text/glob.js'
import { inTime, outOfTime } from '../text/in-time.js'
import { adoptAt } from './adopt.js'

export interface ListOptions {
  folder?: string
  glob?: string
  recursive?: boolean
  limit?: number
  offset?: number
}

const usualLimit = 200

/** Entries of the merged view, by name. A glob is held against the path below the workspace. */
export async function listFiles(
  store: SessionStore,
  options: ListOptions = {},
): Promise<{ entries: ListedFile[]; total: number }> {
  const folder = parseFolder(options.folder)
  const recursive = options.recursive ?? options.glob !== undefined
  await adoptAt(store, folder)
  let found: Walked[] = []
  const gather = (path: WorkspacePath) => {
    found = matching([...walkMerged(store, path, recursive)], options.glob)
  }
  if (folder === '') {
    store.record.refresh()
    gather('')
  } else followingLinks(store, folder, true, gather)
  const { offset = 0, limit = usualLimit } = options
  return {
    entries: found.slice(offset, offset + limit).map((item) => listed(store, item.path, item.entry)),
    total: found.length,
  }
}

interface Walked {
  path: WorkspacePath
  entry: MergedEntry
}

/** What a glob names is files. Throws INVALID_INPUT for one that takes too long. */
function matching(walked: Walked[], glob: string | undefined): Walked[] {
  if (glob === undefined) return walked
  const files = walked.filter(({ entry }) => entry.kind !== 'folder')
  return filterByGlob(files, glob, 'glob', ({ path }) => path)
}

function* walkMerged(store: SessionStore, folder: WorkspacePath, recursive: boolean): Generator<Walked> {
  const entries = listMerged(store, folder).sort((left, right) => (left.name < right.name ? -1 : 1))
  for (const entry of entries) {
    const path = joinPath(folder, entry.name)
    yield { path, entry }
    if (recursive && entry.kind === 'folder') yield* walkMerged(store, path, recursive)
  }
}

function listed(store: SessionStore, path: WorkspacePath, entry: MergedEntry): ListedFile {
  const there = statMerged(store, path)
  const isFile = there?.stat.isFile() ?? false
  return {
    filePath: path,
    kind: there ? kindOf(there.stat) : entry.kind,
    sizeBytes: isFile ? Number(there?.stat.size) : 0,
    source: entry.source,
  }
}

export interface SearchOptions {
  regex?: boolean
  glob?: string
  limit?: number
  offset?: number
  signal?: AbortSignal
}

/** In milliseconds; a search that takes longer says so rather than hold everything up. */
const longestSearch = 20_000
const largestSearched = 8 * 1024 * 1024
const longestLine = 500
const longestQuery = 10_000
const usualMatches = 100

/**
 * Lines of the merged view that hold a text, or match a pattern (RE2: no pattern takes more than linear time).
 * A query without capitals finds them too. Throws INVALID_INPUT, UNSUPPORTED where it takes too long.
 */
export async function searchText(
  store: SessionStore,
  query: string,
  options: SearchOptions = {},
): Promise<{ matches: Match[]; total: number }> {
  const linesWith = await lineSearch(query, options.regex ?? false)
  const { offset = 0, limit = usualMatches } = options
  const until = performance.now() + longestSearch
  const matches: Match[] = []
  let total = 0
  await adoptAt(store, '')
  for (const { path, entry } of matching([...walkMerged(store, '', true)], options.glob)) {
    if (entry.kind !== 'file') continue
    options.signal?.throwIfAborted()
    if (performance.now() > until) throw tooSlow()
    const lines = linesOf(store, path)
    for (const at of linesWith(lines, until)) {
      total += 1
      const text = (lines[at] as string).slice(0, longestLine)
      if (total > offset && matches.length < limit) matches.push({ filePath: path, line: at + 1, text })
    }
    await breathe()
  }
  return { matches, total }
}

/** The places of the lines that match, from 0. Throws UNSUPPORTED where that takes until after `until`. */
type LineSearch = (lines: readonly string[], until: number) => number[]

async function lineSearch(query: string, regex: boolean): Promise<LineSearch> {
  if (query === '') throw new CowriteError('INVALID_INPUT', 'The query is empty.', { argument: 'query' })
  if (query.length > longestQuery) {
    const message = `The query has ${query.length} characters; at most ${longestQuery} are searched for.`
    throw new CowriteError('INVALID_INPUT', message, { argument: 'query' })
  }
  const ignoreCase = query === query.toLowerCase()
  if (regex) return patternSearch(query, ignoreCase)
  const find = textFinder(query)
  return (lines) => placesWhere(lines, (line) => find(ignoreCase ? line.toLowerCase() : line, 0) !== -1)
}

async function patternSearch(query: string, ignoreCase: boolean): Promise<LineSearch> {
  const { RE2JS } = await import('re2js')
  try {
    const pattern = RE2JS.compile(query, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    return (lines, until) => {
      // Linear in the line is not yet soon: both the pattern and the line can be long.
      const found = inTime(until - performance.now(), () =>
        placesWhere(lines, (line) => pattern.matcher(line).find()),
      )
      if (found === outOfTime) throw tooSlow()
      return found
    }
  } catch (error) {
    throw new CowriteError(
      'INVALID_INPUT',
      `The pattern cannot be used: ${(error as Error).message.slice(0, 300)}`,
      { argument: 'query', value: query.slice(0, 300) },
      { cause: error },
    )
  }
}

function placesWhere(lines: readonly string[], test: (line: string) => boolean): number[] {
  return lines.flatMap((line, at) => (test(line) ? [at] : []))
}

function linesOf(store: SessionStore, path: WorkspacePath): string[] {
  const there = statMerged(store, path)
  if (there === null || Number(there.stat.size) > largestSearched) return []
  const bytes = readIfThere(store.port, there.at)
  const text = bytes && decodeText(bytes)
  return text ? text.split(/\r?\n/) : []
}

function tooSlow(): CowriteError {
  return new CowriteError(
    'UNSUPPORTED',
    `The search took longer than ${longestSearch / 1000} s: narrow it with a glob.`,
    { what: 'search' },
  )
}

/** Lets the event loop turn, so that a long search can be cancelled. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
