/** What is said to whoever asks for a session that has ended as if it were open. */
import { CowriteError, type ErrorData, isCowriteError } from '../errors.js'
import { endedSessions } from '../store/ended-sessions.js'
import { localDay } from '../text/local-time.js'
import type { Site } from '../verbs/site.js'
import { historyOfSession } from './commits.js'

/** The same error, where it is another, and where nothing is known of such a session. */
export function withEnd(site: Site, error: unknown): unknown {
  const asked = nameAskedFor(error)
  const ended = asked === null ? undefined : lastCalled(site, asked)
  if (ended === undefined) return error
  const { name, how, createdAt, endedAt: at } = ended
  const commits = how === 'committed' ? historyOfSession(site, { name, createdAt, endedAt: at }) : []
  // A session of that name that was begun and committed at once may count among them.
  const [last] = commits
    .filter(({ kind }) => kind === 'commit')
    .sort((one, other) => far(one.committedAt, at) - far(other.committedAt, at))
  const commitId = last?.commitId ?? null
  const session = sessionIdOf(site, ended)
  const told: ErrorData['SESSION_NOT_FOUND'] = { session, ended: { how, at, commitId } }
  const by = commitId === null ? '' : ` (commit ${commitId})`
  const message = `Session '${session}' not found: it was ${how} on ${localDay(at)}${by}`
  return new CowriteError('SESSION_NOT_FOUND', message, told, { cause: error })
}

/** In milliseconds. */
function far(from: string, to: string): number {
  return Math.abs(Date.parse(from) - Date.parse(to))
}

/** A name, or the `name@created` by which lists tell apart those that bore one. */
function nameAskedFor(error: unknown): string | null {
  if (isCowriteError(error, 'SESSION_NOT_FOUND')) return error.data.session
  if (!isCowriteError(error, 'INVALID_INPUT')) return null
  const { value } = error.data
  return typeof value === 'string' && /^[\w-]+@\d{4}-\d\d/.test(value) ? value : null
}

type Ended = ReturnType<typeof endedSessions>[number]

function lastCalled({ port, layout }: Site, asked: string): Ended | undefined {
  const [name = '', made = ''] = asked.toLowerCase().split('@', 2)
  return endedSessions(port, layout).findLast(
    (ended) => ended.name.toLowerCase() === name && ended.createdAt.toLowerCase().startsWith(made),
  )
}

/** By its name, where no other has borne that since. */
function sessionIdOf({ port, layout }: Site, { name, createdAt }: Ended): string {
  const isOpen = port.stat(layout.session(name)) !== null
  const last = endedSessions(port, layout).findLast((ended) => ended.name === name)
  return isOpen || last?.createdAt !== createdAt ? `${name}@${createdAt}` : name
}
