import picomatch from 'picomatch'
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
  const matches = globMatcher(options.glob)
  const found: { path: WorkspacePath; entry: MergedEntry }[] = []
  const gather = (path: WorkspacePath) => {
    for (const item of walkMerged(store, path, recursive)) {
      if (options.glob === undefined || (item.entry.kind !== 'folder' && matches(item.path))) found.push(item)
    }
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

function globMatcher(glob: string | undefined): (path: string) => boolean {
  return glob === undefined ? () => true : picomatch(glob, { dot: true, basename: !glob.includes('/') })
}

function* walkMerged(
  store: SessionStore,
  folder: WorkspacePath,
  recursive: boolean,
): Generator<{ path: WorkspacePath; entry: MergedEntry }> {
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
  const test = await lineTest(query, options.regex ?? false)
  const matchesGlob = globMatcher(options.glob)
  const { offset = 0, limit = usualMatches } = options
  const until = Date.now() + longestSearch
  const matches: Match[] = []
  let total = 0
  store.record.refresh()
  for (const { path, entry } of walkMerged(store, '', true)) {
    if (entry.kind !== 'file' || !matchesGlob(path)) continue
    options.signal?.throwIfAborted()
    if (Date.now() > until) throw tooSlow()
    const lines = linesOf(store, path)
    for (let at = 0; at < lines.length; at++) {
      const text = lines[at] as string
      if (!test(text)) continue
      total += 1
      if (total > offset && matches.length < limit)
        matches.push({ filePath: path, line: at + 1, text: text.slice(0, longestLine) })
      if (total % 256 === 0 && Date.now() > until) throw tooSlow()
    }
    await breathe()
  }
  return { matches, total }
}

async function lineTest(query: string, regex: boolean): Promise<(line: string) => boolean> {
  if (query === '') throw new CowriteError('INVALID_INPUT', 'The query is empty.', { argument: 'query' })
  const ignoreCase = query === query.toLowerCase()
  if (!regex)
    return ignoreCase ? (line) => line.toLowerCase().includes(query) : (line) => line.includes(query)
  const { RE2JS } = await import('re2js')
  try {
    const pattern = RE2JS.compile(query, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    return (line) => pattern.matcher(line).find()
  } catch (error) {
    throw new CowriteError(
      'INVALID_INPUT',
      `The pattern cannot be used: ${(error as Error).message}`,
      { argument: 'query', value: query },
      { cause: error },
    )
  }
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
