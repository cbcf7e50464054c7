/** Starting, opening and listing sessions. */
import type { SessionList, SessionState, SessionSummary, StartOptions } from '../api.js'
import { inFlight, isAbandoned } from '../engine/transaction.js'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { parseSessionName } from '../paths.js'
import { artifactsFolder } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { projectionFinding } from '../store/projection.js'
import { type SessionHeader, SessionRecord } from '../store/record.js'
import { isSealed, liftSeal } from '../store/seal.js'
import { closeStore, createSession, notThere, openStore, sessionNames } from '../store/session-store.js'
import { parseDuration } from '../text/duration.js'
import { activate, type Caller, currentSession, deactivate, sessionsAtWork } from './chats.js'
import { crashed, findDamage, hasDeadHolders, tidyAfterDeath } from './check.js'
import { recoverDead } from './closing.js'
import type { Site } from './site.js'

export interface Started {
  name: string
  resumed: boolean
  staleEnded: string[]
  previousSession: string | null
}

/** Makes a session, or resumes the agent's (S5). Throws INVALID_INPUT, ALREADY_EXISTS. */
export async function startSession(
  site: Site,
  caller: Caller,
  name: string | undefined,
  options: StartOptions,
): Promise<Started> {
  const description = checkDescription(options.description)
  const agentId = options.agentId ?? site.agentId
  const stale = options.autoEndStale === undefined ? null : parseDuration(options.autoEndStale)
  if (name === undefined && !options.idempotent) {
    throw new CowriteError('INVALID_INPUT', 'A session needs a name.', { argument: 'name' })
  }
  const wanted = name === undefined ? undefined : parseSessionName(name)
  const staleEnded = stale === null ? [] : await endStale(site, stale)
  if (options.idempotent) {
    const resumable =
      wanted === undefined ? await sessionOfAgent(site, caller, agentId) : ofAgent(site, wanted, agentId)
    if (resumable !== null) {
      const previousSession = options.activate === false ? null : await activate(site, caller, resumable)
      return { name: resumable, resumed: true, staleEnded, previousSession }
    }
    if (wanted === undefined) staleEnded.push(...(await endOtherAgents(site, agentId)))
  }
  const made = wanted ?? nameFromClock(site)
  const header: SessionHeader = {
    name: made,
    description,
    createdAt: new Date().toISOString(),
    agentId,
    parent: null,
    template: null,
    scratch: site.port.stat(artifactsFolder) === null,
    layers: [],
  }
  const folders = site.config.folders.filter((folder) => site.port.stat(folder)?.isDirectory())
  createSession(site.port, site.layout, header, folders)
  const previousSession = options.activate === false ? null : await activate(site, caller, made)
  return { name: made, resumed: false, staleEnded, previousSession }
}

const longestDescription = 2_000

function checkDescription(description: unknown): string {
  if (description === undefined || description === null) return ''
  if (typeof description === 'string' && description.length <= longestDescription) return description
  throw new CowriteError(
    'INVALID_INPUT',
    `A description is text of at most ${longestDescription} characters.`,
    {
      argument: 'description',
    },
  )
}

/** To end a stale session is to deactivate it: its changes stay. Staleness counts from the last write. */
async function endStale(site: Site, olderThan: number): Promise<string[]> {
  const stale = sessionsAtWork(site).filter((name) => Date.now() - lastWrite(site, name) > olderThan)
  await deactivate(site, stale)
  return stale
}

function lastWrite(site: Site, name: string): number {
  const own = site.layout.sessionLayout(name)
  const record = recordOrNull(site, name)
  if (record === null) return 0
  let latest = Date.parse(record.updatedAt)
  for (const { path } of record.entries.values()) {
    const stat = site.port.stat(own.upper(path))
    if (stat?.isFile()) latest = Math.max(latest, Number(stat.mtimeMs))
  }
  record.close()
  return latest
}

/** The session that the agent worked in last: the caller's own, or the active one. */
async function sessionOfAgent(site: Site, caller: Caller, agentId: string): Promise<string | null> {
  const current = await currentSession(site, caller)
  return current === null ? null : ofAgent(site, current, agentId)
}

function ofAgent(site: Site, name: string, agentId: string): string | null {
  const record = recordOrNull(site, name)
  if (record === null) return null
  const owner = record.header.agentId
  record.close()
  return owner === agentId ? name : null
}

/** Another agent's session is active: it makes room. */
async function endOtherAgents(site: Site, agentId: string): Promise<string[]> {
  const others = sessionsAtWork(site).filter((name) => ofAgent(site, name, agentId) === null)
  await deactivate(site, others)
  return others
}

function recordOrNull(site: Site, name: string): SessionRecord | null {
  const own = site.layout.sessionLayout(name)
  try {
    return SessionRecord.open(site.port, own, { sealed: isSealed(site.port, own) })
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || isCowriteError(error, 'CORRUPT'))
      return null
    throw error
  }
}

function nameFromClock(site: Site): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  const taken = new Set(sessionNames(site.port, site.layout))
  const base = `session-${stamp}`
  for (let again = 1; ; again++) {
    const name = again === 1 ? base : `${base}-${again}`
    if (!taken.has(name)) return name
  }
}

/**
 * Opens a session and makes sure that it is whole (S3). Throws SESSION_NOT_FOUND, SESSION_CRASHED, LOCKED.
 */
export async function openSession(
  site: Site,
  name: string,
): Promise<{ store: SessionStore; recovered: boolean }> {
  const wanted = parseSessionName(name)
  const own = site.layout.sessionLayout(wanted)
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(wanted)
  const unsealed = isSealed(site.port, own) && (await liftStaleSeal(site, wanted))
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(wanted)
  const died = hasDeadHolders(site.port, own)
  const store = openOrCrashed(site, wanted)
  try {
    const findings = findDamage(site.port, own, wanted)
    if (findings.length > 0) throw crashed(wanted, own, findings)
    if (died) tidyAfterDeath(store)
  } catch (error) {
    closeStore(store)
    throw error
  }
  return { store, recovered: died || unsealed }
}

function openOrCrashed(site: Site, name: string): SessionStore {
  try {
    return openStore(site.port, site.layout, site.guard, site.index, name)
  } catch (error) {
    if (isCowriteError(error, 'SESSION_NOT_FOUND')) throw error
    const own = site.layout.sessionLayout(name)
    if (isCowriteError(error, 'CORRUPT') || errnoOf(error) === 'ENOENT')
      throw crashed(name, own, findDamage(site.port, own, name))
    throw error
  }
}

/** Sealed by a commit that is under way (then one waits for it), or by one that died. */
async function liftStaleSeal(site: Site, name: string): Promise<boolean> {
  return withLock(site.port, site.layout, 'commit', async () => {
    await recoverDead(site)
    const own = site.layout.sessionLayout(name)
    if (!isSealed(site.port, own)) return false
    const busy = inFlight(site.port, site.layout).some((id) => !isAbandoned(site.port, site.layout, id))
    if (busy)
      throw new CowriteError('LOCKED', `The session '${name}' is being committed by another process.`, {
        session: name,
      })
    liftSeal(site.port, own)
    return true
  })
}

/** Every open session, newest first. */
export async function listSessions(site: Site, caller: Caller): Promise<SessionList> {
  const active = await activeOrNull(site, caller)
  const sessions = sessionNames(site.port, site.layout).map((name) => summaryOf(site, name, active))
  sessions.sort((left, right) =>
    left.createdAt < right.createdAt
      ? 1
      : left.createdAt > right.createdAt
        ? -1
        : left.name < right.name
          ? -1
          : 1,
  )
  return { sessions, count: sessions.length, active }
}

/** A damaged session.lock names nobody for certain; the list is still the way to find a session to switch to. */
async function activeOrNull(site: Site, caller: Caller): Promise<string | null> {
  try {
    return await currentSession(site, caller)
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) return null
    throw error
  }
}

function summaryOf(site: Site, name: string, active: string | null): SessionSummary {
  const own = site.layout.sessionLayout(name)
  const record = recordOrNull(site, name)
  const isWhole = record !== null && !needsLook(site, name) && projectionIsSound(site, name)
  try {
    const status: SessionState = !isWhole ? 'CRASHED' : name === active ? 'ACTIVE' : 'INACTIVE'
    return {
      name,
      status,
      createdAt: record?.header.createdAt ?? createdOf(site, own.folder),
      updatedAt: record?.updatedAt ?? '',
      description: record?.header.description ?? '',
      agentId: record?.header.agentId ?? '',
      changes: isWhole ? countChanges(record) : null,
      humanRetries: isWhole ? record.retries.length : null,
    }
  } finally {
    record?.close()
  }
}

function countChanges(record: SessionRecord): number {
  let count = 0
  for (const { kind, base, path } of record.entries.values()) {
    const isFolder = kind === 'folder' || (kind === 'whiteout' && base?.kind === 'folder')
    if (!isFolder || !record.hasBelow(path)) count += 1
  }
  return count
}

/** After a death at work the copies are held against the record; otherwise a look at session.json is enough. */
function needsLook(site: Site, name: string): boolean {
  const own = site.layout.sessionLayout(name)
  return hasDeadHolders(site.port, own) && findDamage(site.port, own, name).length > 0
}

function projectionIsSound(site: Site, name: string): boolean {
  return projectionFinding(site.port, site.layout.sessionLayout(name), name) === null
}

function createdOf(site: Site, folder: string): string {
  const stat = site.port.stat(folder)
  return stat ? new Date(Number(stat.birthtimeMs || stat.ctimeMs)).toISOString() : ''
}
