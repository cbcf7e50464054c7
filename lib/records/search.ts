/** Finding a session by what was changed, rejected, meant or said in it. */
import type { Retry } from '../api.js'
import { CowriteError } from '../errors.js'
import type { RecordFilter, RecordHit, RecordMatch, RecordMatches } from '../records-api.js'
import { cannotBeRead } from '../store/damage.js'
import { readIfThere } from '../store/files.js'
import { isRejection } from '../store/record.js'
import type { Site } from '../verbs/site.js'
import { committedBy, pastOf } from './changed.js'
import { type Held, heldBy } from './details.js'
import { allKnown, fits, type Known, type Place, toldSpan } from './known.js'
import { summaryOf } from './list.js'
import { hitsInMessages } from './messages.js'

const usualLimit = 20
const longestQuery = 1_000
/** Of each kind, of one session. */
const mostHits = 5
/** In characters. */
const longestHit = 200

/**
 * Sessions in which every word stands somewhere: in the name, the description, the path of a changed file, a
 * rejection's reason, or together in one message. Newest first.
 */
export async function searchRecords(
  place: Place,
  query: string,
  options: RecordFilter & { limit?: number; offset?: number },
): Promise<RecordMatches> {
  const { limit = usualLimit, offset = 0, ...filter } = options
  const words = wordsOf(query)
  const known = (await allKnown(place)).known.filter(fits(filter))
  const inMessages = await hitsInMessages(place, known, words)
  const past = pastOf(place.site)
  const matches = known.flatMap((session, at): RecordMatch[] => {
    const said = inMessages.get(at) ?? []
    const committed = session.ended === null ? committedBy(past.commitsOf(session)) : []
    const isLookedAt = said.length > 0 || committed.length > 0 || mayHold(place, session, words)
    const held = isLookedAt ? heldBy(place.site, session) : null
    const lines = held === null ? [] : linesOf(session, held, committed)
    const isFound = words.every((word) => lines.some((line) => holds(line, word)))
    if (said.length === 0 && !isFound) return []
    const hits = [...bestOf(lines, words), ...said].map(clipped)
    return [{ ...summaryOf(session), hits, files: filesOf(hits, held?.retries ?? []) }]
  })
  return {
    query,
    sessions: matches.slice(offset, offset + limit),
    count: matches.length,
    limit,
    offset,
    ...toldSpan(filter),
  }
}

function wordsOf(query: string): string[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length > 0 && query.length <= longestQuery) return words
  const why = words.length === 0 ? 'say which words to look for' : `at most ${longestQuery} characters`
  throw new CowriteError('INVALID_INPUT', `query needs words: ${why}`, { argument: 'query' })
}

function holds({ text, path = '' }: RecordHit, word: string): boolean {
  return text.toLowerCase().includes(word) || path.toLowerCase().includes(word)
}

/**
 * False where the words are surely not all there: most sessions hold none of them, and to look for a word in the bytes of
 * a record takes a tenth of reading the record.
 */
function mayHold(
  { site }: Place,
  { name, description, parent, ended }: Known,
  words: readonly string[],
): boolean {
  // A fork holds what its layers do, and JSON has another way to write some signs.
  if (ended !== null || parent !== null || words.some((word) => /["\\\p{Cc}]/u.test(word))) return true
  const record = readOrNull(site, site.layout.sessionLayout(name).record)
  if (record === null) return true
  const text = `${name}\n${description}\n${record.toString()}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

function readOrNull({ port }: Site, path: string): Buffer | null {
  try {
    return readIfThere(port, path)
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}

/** What there is to look through, but for messages. */
function linesOf(
  session: Known,
  { files, retries }: Held,
  committed: readonly { path: string }[],
): RecordHit[] {
  const paths = new Set([...files, ...committed].map(({ path }) => path))
  return [
    { in: 'name', text: session.name },
    { in: 'description', text: session.description },
    ...[...paths].map((path): RecordHit => ({ in: 'path', text: path, path })),
    ...retries.filter(isRejection).map(
      ({ reason, filePath, recordedAt }): RecordHit => ({
        ...{ in: 'retry', text: reason, path: filePath, at: recordedAt },
      }),
    ),
  ]
}

/** Of each kind the lines that hold most of the words. */
function bestOf(lines: readonly RecordHit[], words: readonly string[]): RecordHit[] {
  const found = lines
    .map((hit) => ({ hit, count: words.filter((word) => holds(hit, word)).length }))
    .filter(({ count }) => count > 0)
  return ['name', 'description', 'retry', 'path'].flatMap((kind) =>
    found
      .filter(({ hit }) => hit.in === kind)
      .sort((left, right) => right.count - left.count)
      .slice(0, mostHits)
      .map(({ hit }) => hit),
  )
}

/** How often each of the files found was rejected: by all of its retries, found or not. */
function filesOf(hits: readonly RecordHit[], retries: readonly Retry[]): RecordMatch['files'] {
  const paths = hits.flatMap(({ in: where, path }) =>
    path !== undefined && (where === 'path' || where === 'retry') ? [path] : [],
  )
  const rejected = retries.filter(isRejection)
  return [...new Set(paths)].map((path) => ({
    path,
    rejections: rejected.filter(({ filePath }) => filePath === path).length,
  }))
}

function clipped(hit: RecordHit): RecordHit {
  return hit.text.length <= longestHit ? hit : { ...hit, text: `${hit.text.slice(0, longestHit)}…` }
}
