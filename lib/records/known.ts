/** Every session that anything is known of, open or ended. */
import type { ChangeCounts, SessionSummary } from '../api.js'
import type { Intent } from '../engine/intent.js'
import { CowriteError } from '../errors.js'
import type { RecordFilter, RecordState, RecordSummary, WorkSpan } from '../records-api.js'
import { type EndedSession, endedSessions } from '../store/ended-sessions.js'
import { namesIn } from '../store/files.js'
import { isRejection } from '../store/record.js'
import { sessionCalled } from '../store/session-store.js'
import { localDay } from '../text/local-time.js'
import { parseSince, parseUntil } from '../text/spans.js'
import { type Caller, currentSession, noActiveSession } from '../verbs/chats.js'
import { totalOf } from '../verbs/counts.js'
import { isFileChange, readHistory } from '../verbs/history.js'
import { listSessions } from '../verbs/listing.js'
import { readArchiveList } from '../verbs/retries.js'
import type { Site } from '../verbs/site.js'
import { type Past, pastOf } from './changed.js'

export interface Known extends RecordSummary {
  /** Of an ended one. */
  ended: EndedSession | null
}

/** Where records are asked for. */
export interface Place {
  site: Site
  caller: Caller
}

export async function openOnes({ site, caller }: Place): Promise<{ known: Known[]; active: string | null }> {
  const { sessions, active } = await listSessions(site, caller)
  return { known: sessions.map(fromSummary), active }
}

function fromSummary({ name, status, ...summary }: SessionSummary): Known {
  return { sessionId: name, name, status, ...summary, endedAt: null, ended: null }
}

/** All of them, newest first; each by an id of its own. */
export async function allKnown(place: Place): Promise<{ known: Known[]; active: string | null }> {
  const { known: open, active } = await openOnes(place)
  const ended = endedOnes(place.site, open)
  const known = [...open, ...ended].sort(newestFirst)
  const taken = new Set(open.map(({ name }) => name))
  for (const session of known.filter(({ endedAt }) => endedAt !== null)) {
    if (taken.has(session.name)) session.sessionId = `${session.name}@${session.createdAt}`
    taken.add(session.name)
  }
  return { known, active }
}

function newestFirst(left: RecordSummary, right: RecordSummary): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1
  return left.name < right.name ? -1 : 1
}

function endedOnes(site: Site, open: readonly Known[]): Known[] {
  const listed = endedSessions(site.port, site.layout)
  const intents = readHistory(site)
  const past = pastOf(site, intents)
  return [...listed, ...unlisted(site, listed, open, intents)].map((ended) => fromEnded(ended, past))
}

function fromEnded(told: EndedSession, past: Past): Known {
  const ended = past.whole(told)
  const { name, how, createdAt, updatedAt, endedAt, description, agentId, source, parent } = ended
  const { humanRetries } = ended
  const counts = countsTold(ended)
  return {
    sessionId: name,
    name,
    status: how === 'committed' ? 'COMMITTED' : 'CANCELLED',
    ...{ description, createdAt, updatedAt, endedAt, agentId, source, parent, humanRetries, ended },
    changes: counts && totalOf(counts),
    ...(how === 'committed' && past.isUndone(ended) ? { undone: true as const } : {}),
  }
}

/** What was counted when it ended; null where nobody did. */
export function countsTold({ changes, paths }: EndedSession): ChangeCounts | null {
  if (changes === null || 'moved' in changes) return changes
  const moved = paths.filter(({ movedFrom }) => movedFrom !== undefined).length
  const { modified, created, deleted } = changes
  return { modified, created: created - moved, deleted: deleted - moved, moved, newFolders: 0 }
}

/** In milliseconds: a commit is in history before its session has ended. */
const slack = 60_000

/** What history and archives tell of sessions that the list does not name: it was full, or not kept yet. */
function unlisted(
  site: Site,
  listed: readonly EndedSession[],
  open: readonly Known[],
  intents: readonly Intent[],
): EndedSession[] {
  const found = new Map<string, EndedSession>()
  const isListed = (name: string, at: number): boolean =>
    open.some((one) => one.name === name && Date.parse(one.createdAt) <= at) ||
    listed.some(
      (one) => one.name === name && Date.parse(one.createdAt) <= at && at <= Date.parse(one.endedAt) + slack,
    )
  for (const { kind, session, createdAt: at, targets } of intents) {
    if (kind === 'undo' || session === '' || isListed(session, Date.parse(at))) continue
    const files = targets.filter(isFileChange)
    const paths = files.map(({ path, expected, next }) => ({
      path,
      change:
        next === null
          ? ('deleted' as const)
          : expected === null
            ? ('created' as const)
            : ('modified' as const),
    }))
    found.set(session, { ...unknown(session, at), how: 'committed', paths })
  }
  for (const archive of namesIn(site.port, site.layout.archives)) {
    if (listed.some((one) => one.archive === archive)) continue
    const stat = site.port.stat(site.layout.archive(archive))
    const list = readArchiveList(site.port, site.layout.archive(archive))
    if (!stat?.isDirectory() || list === null) continue
    const at = list.retries.at(-1)?.recordedAt ?? new Date(Number(stat.mtimeMs)).toISOString()
    if (open.some(({ name, createdAt }) => name === list.session && createdAt <= at)) continue
    const how = /-cancelled-\d{8}-\d{6}(-\d+)?$/.test(archive)
      ? ('cancelled' as const)
      : ('committed' as const)
    const before = how === 'committed' ? found.get(list.session) : undefined
    const key = how === 'committed' ? list.session : archive
    found.set(key, {
      ...(before ?? unknown(list.session, at)),
      how,
      archive,
      humanRetries: list.retries.filter(isRejection).length,
    })
  }
  return [...found.values()]
}

function unknown(name: string, at: string): Omit<EndedSession, 'how'> {
  return {
    ...{ name, createdAt: at, updatedAt: at, endedAt: at, description: '', agentId: '' },
    ...{
      source: null,
      parent: null,
      template: null,
      changes: null,
      paths: [],
      humanRetries: null,
      archive: null,
    },
  }
}

/**
 * The session of that name: the open one, else the one that ended last; `name@2026-01-16` is the one that was made
 * then. Without a name, the caller's own. Throws SESSION_NOT_FOUND, NO_ACTIVE_SESSION, INVALID_INPUT.
 */
export async function findKnown(place: Place, asked: string | undefined): Promise<Known> {
  const { site, caller } = place
  const wanted = asked ?? (await currentSession(site, caller))
  if (wanted === null) throw noActiveSession(caller)
  const [bare = '', made] = wanted.split('@', 2)
  const name = sessionCalled(site.port, site.layout, bare)
  const { known } = await allKnown(place)
  const named = known.filter(
    (session) => session.name === name || session.name.toLowerCase() === name.toLowerCase(),
  )
  const found =
    made === undefined
      ? named.find(({ sessionId }) => !sessionId.includes('@'))
      : // As lists of sessions show the day, else as programs get the moment.
        (named.find(({ createdAt }) => localDay(createdAt) === made) ??
        named.find(({ createdAt }) => createdAt.startsWith(made)))
  if (found === undefined)
    throw new CowriteError('SESSION_NOT_FOUND', `Session '${wanted}' not found`, { session: wanted })
  return found
}

const states: readonly RecordState[] = ['ACTIVE', 'INACTIVE', 'CRASHED', 'COMMITTED', 'CANCELLED']

/** Whether a state is one of those that only ended sessions have. Throws INVALID_INPUT for what is no state. */
export function wantsEnded({ status, all = false }: RecordFilter): boolean {
  const state = stateOf(status)
  return all || state === 'COMMITTED' || state === 'CANCELLED'
}

function stateOf(status: string | undefined): RecordState | null {
  if (status === undefined) return null
  const found = states.find((state) => state === status.toUpperCase())
  if (found !== undefined) return found
  throw new CowriteError(
    'INVALID_INPUT',
    `status must be one of ${states.join(', ')}; it was ${JSON.stringify(status.slice(0, 100))}`,
    { argument: 'status', value: status.slice(0, 100) },
  )
}

/** When it ended, or was changed last. */
export function lastDone({ endedAt, updatedAt, createdAt }: RecordSummary): string {
  return endedAt ?? (updatedAt || createdAt)
}

/** The moments that a filter's own words mean; null where there is no bound. */
export function spanOf({ since = 'all', until = 'all' }: RecordFilter): WorkSpan {
  return { from: parseSince(since, 'since'), until: parseUntil(until, 'until') }
}

/** As answers tell it, so that nobody has to guess by which of its times a session was chosen. */
export function toldSpan(filter: RecordFilter): { span?: WorkSpan } {
  const span = spanOf(filter)
  return span.from === null && span.until === null ? {} : { span }
}

export function fits(filter: RecordFilter): (session: RecordSummary) => boolean {
  const { status, agentId, source } = filter
  const state = stateOf(status)
  const client = source?.toLowerCase()
  const { from, until } = spanOf(filter)
  return (session) =>
    (from === null || lastDone(session) >= from) &&
    (until === null || session.createdAt < until) &&
    (state === null || session.status === state) &&
    (agentId === undefined || session.agentId === agentId) &&
    (client === undefined || session.source === client || session.source?.startsWith(`${client}-`) === true)
}
