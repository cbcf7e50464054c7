/** Which session a name means: the open one of that name, else the last one that bore it. */
import { CowriteError } from '../errors.js'
import { parseSessionName } from '../paths.js'
import { endedSessions } from '../store/ended-sessions.js'
import { recordOrNull } from '../verbs/check.js'
import type { Site } from '../verbs/site.js'
import { readLinks, type SessionIdentity } from './chats.js'
import { keyOf } from './session-key.js'

/** Throws SESSION_NOT_FOUND, INVALID_INPUT. */
export function identityOf(site: Site, given: string): SessionIdentity {
  const name = parseSessionName(given)
  const found = openIdentity(site, name) ?? endedIdentity(site, name)
  if (found === null)
    throw new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
  return found
}

function openIdentity(site: Site, name: string): SessionIdentity | null {
  const record = recordOrNull(site.port, site.layout.sessionLayout(name))
  if (record === null) return crashedIdentity(site, name)
  record.close()
  return { name, createdAt: record.header.createdAt, endedAt: null }
}

/** Its record does not say when it was made; a chat that came to it does, else its folder. */
function crashedIdentity(site: Site, name: string): SessionIdentity | null {
  const folder = site.port.stat(site.layout.session(name))
  if (!folder?.isDirectory()) return null
  const told = readLinks(site).findLast(({ session }) => session === name)?.sessionCreatedAt
  const made = new Date(Number(folder.birthtimeMs || folder.ctimeMs)).toISOString()
  return { name, createdAt: told ?? made, endedAt: null }
}

function endedIdentity({ port, layout }: Site, name: string): SessionIdentity | null {
  const last = endedSessions(port, layout).findLast((ended) => ended.name === name)
  return last === undefined ? null : { name, createdAt: last.createdAt, endedAt: last.endedAt }
}

/** The end of each session that has one, by `keyOf`. */
export function endsOf({ port, layout }: Site): Map<string, string> {
  return new Map(
    endedSessions(port, layout).map((ended) => [keyOf(ended.name, ended.createdAt), ended.endedAt]),
  )
}
