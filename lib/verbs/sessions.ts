/** Starting and opening sessions. */
import type { StartOptions } from '../api.js'
import { inFlight, isAbandoned } from '../engine/transaction.js'
import { CowriteError, isCowriteError } from '../errors.js'
import { parseSessionName } from '../paths.js'
import { cannotBeWritten, tellsOfDamage } from '../store/damage.js'
import { ensureFolder } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { inTurn, leaveNoNote } from '../store/in-turn.js'
import type { SessionLayout } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { holdsUnplaced } from '../store/put-in-place.js'
import { isSealed, liftSeal } from '../store/seal.js'
import { closeStore, notThere, openStore, sessionCalled, takeBackSession } from '../store/session-store.js'
import { parseDuration } from '../text/duration.js'
import { activate, type Caller, checkLock, currentSession, deactivate, sessionsOf } from './chats.js'
import { crashed, deadWork, findDamage, hasDeadHolders, recordOrNull, tidyAfterDeath } from './check.js'
import { recoverDead, refuseBlocked } from './closing.js'
import { beginningOf, makeSession } from './making-sessions.js'
import type { Site } from './site.js'

export interface Started {
  name: string
  resumed: boolean
  staleEnded: string[]
  previousSession: string | null
  /** A new session is opened before it is made the active one: an error in between must leave nothing. */
  opened: Opened | null
}

interface Opened {
  store: SessionStore
  recovered: boolean
}

/** Makes a session, a fork of `parent` where one is given, or resumes the agent's (S5). Throws INVALID_INPUT, ALREADY_EXISTS. */
export async function startSession(
  site: Site,
  caller: Caller,
  name: string | undefined,
  options: StartOptions,
  parent: SessionStore | null = null,
): Promise<Started> {
  const description = checkDescription(options.description)
  const beginning = beginningOf(site, { ...options, description }, parent)
  const agentId = options.agentId ?? site.agentId
  const stale = options.autoEndStale === undefined ? null : parseDuration(options.autoEndStale)
  if (name === undefined && !options.idempotent) {
    throw new CowriteError('INVALID_INPUT', 'A session needs a name.', { argument: 'name' })
  }
  const wanted = name === undefined ? undefined : parseSessionName(name)
  // A session.lock that cannot be changed must be found out before there is a session that it should name.
  if (options.activate !== false || options.idempotent) checkLock(site)
  const staleEnded = stale === null ? [] : await endStale(site, caller, stale)
  if (options.idempotent) {
    const resumed = await resume(site, caller, wanted, agentId, options)
    if (resumed !== null) return { ...resumed, staleEnded }
  }
  let made: string
  try {
    made = await makeSession(site, wanted, { ...beginning, agentId }, parent)
  } catch (error) {
    // Where another process made it for the same agent just now, the two of them share it.
    const resumed = options.idempotent ? await resume(site, caller, wanted, agentId, options) : null
    if (resumed === null || !isCowriteError(error, 'ALREADY_EXISTS')) throw error
    return { ...resumed, staleEnded }
  }
  if (options.idempotent) staleEnded.push(...(await endOtherAgent(site, caller, agentId)))
  const activates = options.activate !== false
  return {
    name: made,
    resumed: false,
    staleEnded,
    ...(await openMade(site, caller, made, agentId, activates)),
  }
}

/**
 * A session that cannot be opened, or made the active one, has not been started: whoever tries again shall not find
 * its name taken.
 */
async function openMade(
  site: Site,
  caller: Caller,
  made: string,
  agentId: string,
  activates: boolean,
): Promise<Pick<Started, 'opened' | 'previousSession'>> {
  let opened: Opened | null = null
  let folder: bigint | undefined
  try {
    opened = site.port.together(() => {
      folder = site.port.stat(site.layout.session(made))?.ino
      // What was made here a moment ago is whole.
      return { store: openOrCrashed(site, made), recovered: false }
    })
    return { opened, previousSession: activates ? await activate(site, caller, made, agentId) : null }
  } catch (error) {
    if (opened !== null) closeStore(opened.store)
    takeBackSession(site.port, site.layout, made, folder)
    throw error
  }
}

async function resume(
  site: Site,
  caller: Caller,
  wanted: string | undefined,
  agentId: string,
  { activate: activates }: StartOptions,
): Promise<Omit<Started, 'staleEnded'> | null> {
  const name =
    wanted === undefined ? await sessionOfAgent(site, caller, agentId) : ofAgent(site, wanted, agentId)
  if (name === null) return null
  const before = activates === false ? null : await activate(site, caller, name, agentId)
  return { name, resumed: true, previousSession: before === name ? null : before, opened: null }
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

/**
 * To end a stale session is to deactivate it: its changes stay. Staleness counts from the last write.
 * What another chat works in stays that chat's own (S2).
 */
export async function endStale(site: Site, caller: Caller, olderThan: number): Promise<string[]> {
  const stale = sessionsOf(site, caller).filter((name) => Date.now() - lastWrite(site, name) > olderThan)
  await deactivate(site, caller, stale)
  return stale
}

function lastWrite(site: Site, name: string): number {
  const own = site.layout.sessionLayout(name)
  const record = recordOrNull(site.port, site.layout.sessionLayout(name))
  // What cannot be read has no last write to count from, and is not ended for that.
  if (record === null) return Date.now()
  let latest = Date.parse(record.updatedAt)
  for (const { path } of record.entries.values()) {
    const stat = statLower(site.port, own.upper(path))
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
  const record = recordOrNull(site.port, site.layout.sessionLayout(name))
  if (record === null) return null
  const owner = record.header.agentId
  record.close()
  return owner === agentId ? name : null
}

/** Where the agent begins a session, another agent's makes room. */
async function endOtherAgent(site: Site, caller: Caller, agentId: string): Promise<string[]> {
  const others = sessionsOf(site, caller).filter((name) => ofAgent(site, name, agentId) === null)
  await deactivate(site, caller, others)
  return others
}

/**
 * Opens a session and makes sure that it is whole (S3). Throws SESSION_NOT_FOUND, SESSION_CRASHED, LOCKED.
 */
export async function openSession(site: Site, name: string): Promise<Opened> {
  const wanted = sessionCalled(site.port, site.layout, name)
  for (let again = 0; ; again++) {
    const folder = folderOf(site, wanted)
    try {
      return await openWhole(site, wanted)
    } catch (error) {
      // It was ended while we looked at it, and may be another by now: what was missing is no damage.
      if (!isCowriteError(error, 'SESSION_CRASHED') || again === mostEnds) throw error
      if (folderOf(site, wanted) === folder) throw error
    }
  }
}

const mostEnds = 10

/** Which folder bears the session's name: another one, once it has ended and was begun anew. */
export function folderOf({ port, layout }: Site, name: string): string | null {
  const stat = port.stat(layout.session(name))
  return stat && `${stat.ino}:${stat.birthtimeNs}`
}

async function openWhole(site: Site, wanted: string): Promise<Opened> {
  const own = site.layout.sessionLayout(wanted)
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(wanted)
  const unsealed = isSealed(site.port, own) && (await liftStaleSeal(site, wanted))
  if (site.port.stat(own.folder)?.isDirectory() !== true) throw notThere(wanted)
  const died = hasDeadHolders(site.port, own)
  const store = openOrCrashed(site, wanted)
  try {
    const findings = findDamage(site.port, own, wanted, store.record)
    if (findings.length > 0) throw crashed(wanted, own, findings)
    makeOwnFolders(site, own)
    if (died || holdsUnplaced(store, () => deadWork(site.port, own))) await tidyInTurn(store)
  } catch (error) {
    closeStore(store)
    throw error
  }
  return { store, recovered: died || unsealed }
}

/** Somebody who tidies up may have taken away those that were empty. */
function makeOwnFolders({ port }: Site, { holders, bases, temporary, retries }: SessionLayout): void {
  try {
    for (const folder of [holders, bases, temporary, retries]) ensureFolder(port, folder)
  } catch (error) {
    // To read takes none of them.
    if (!cannotBeWritten(error)) throw error
  }
}

/** On a full disk, or where another process is stopped in the middle of a change, what the dead left can wait for the next. */
async function tidyInTurn(store: SessionStore): Promise<void> {
  try {
    await inTurn(store, () => tidyAfterDeath(store))
  } catch (error) {
    if (!isCowriteError(error, 'LOCKED') && !cannotBeWritten(error)) throw error
  } finally {
    leaveNoNote(store)
  }
}

function openOrCrashed(site: Site, name: string): SessionStore {
  try {
    return openStore(site.port, site.layout, site.guard, site.index, name)
  } catch (error) {
    if (isCowriteError(error, 'SESSION_NOT_FOUND')) throw error
    const own = site.layout.sessionLayout(name)
    if (tellsOfDamage(error)) throw crashed(name, own, findDamage(site.port, own, name))
    throw error
  }
}

/** Sealed by a commit that is under way (then one waits for it), or by one that died. */
async function liftStaleSeal(site: Site, name: string): Promise<boolean> {
  return withLock(site.port, site.layout, 'commit', async () => {
    refuseBlocked(site, await recoverDead(site), name)
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
