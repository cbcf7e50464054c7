import { type Blocked, isEnvironmental, type Recovered, recoverAll } from '../engine/engine.js'
import type { Afterwards } from '../engine/intent.js'
import { errnoOf, isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { tellsOfLastingDamage } from '../store/damage.js'
import type { EndedSession } from '../store/ended-sessions.js'
import {
  clear,
  ensureFolder,
  namesIn,
  readJson,
  removeIfThere,
  replaceFile,
  toJson,
  uniqueName,
} from '../store/files.js'
import { archiveList, type Layout, type SessionLayout, sessionLayout } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import { isSealed, liftSeal } from '../store/seal.js'
import { readSessionLock, writeSessionLock } from '../store/session-lock.js'
import { crashed } from './check.js'
import { dropCommitted, holdsEdits } from './dropping.js'
import { endedIn, noteEndIfPossible, type Told, toldOfCommitted } from './ended.js'
import type { Site } from './site.js'

/** What is left to do for a session on its way out; lies in it until it is done. */
interface Closing {
  session: string
  /** The archive's name for its retries; null where none are kept. */
  archive: string | null
  /** Notes of before this was kept have none. */
  how?: Ending
}

/** Of what was deleted nothing stays known. */
type Ending = EndedSession['how'] | 'deleted'

/**
 * Ends a session: its folder is renamed away, which is the moment it is gone, and its retries move to the
 * archive. Safe to repeat; what a crash leaves in the trash, `finishClosings` completes.
 */
async function closeSession(
  site: Site,
  session: string,
  archive: string | null,
  told: Told | undefined,
): Promise<string | null> {
  const folder = await sendAway(site, session, archive, 'committed')
  return tidyUp(site, session, archive, folder === null ? undefined : { folder, told })
}

/**
 * As `closeSession`, where nothing comes back to it: what fails once the session is gone is left for later. `told` is
 * what its record tells, where the caller has read it.
 */
export async function endSession(
  site: Site,
  session: string,
  archive: string | null,
  how: Ending,
  told?: Told,
): Promise<{ archive: string | null; pendingCleanup: boolean }> {
  const folder = await sendAway(site, session, archive, how)
  const known = folder === null ? undefined : { folder, told }
  try {
    return { archive: await tidyUp(site, session, archive, known), pendingCleanup: false }
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    return { archive, pendingCleanup: true }
  }
}

/** A session's folder in the trash, and what is known of it already. */
interface Gone {
  folder: string
  told: Told | undefined
}

/** Returns where its folder is then; null where there is none any more. */
async function sendAway(
  { port, layout }: Site,
  session: string,
  archive: string | null,
  how: Ending,
): Promise<string | null> {
  const own = layout.sessionLayout(session)
  if (port.stat(own.folder) === null) return null
  // A damaged session may have lost it.
  ensureFolder(port, own.internal)
  ensureFolder(port, layout.trash)
  replaceFile(port, own.closing, toJson({ session, archive, how } satisfies Closing))
  const place = placeInTrash(layout, session, archive)
  try {
    port.rename(own.folder, place)
  } catch (error) {
    stayWhereItIs(port, own)
    throw error
  }
  return place
}

/** Without the note that it is about to go. Where even that cannot be removed, the error that led here is what is told. */
function stayWhereItIs(port: FilePort, own: SessionLayout): void {
  try {
    removeIfThere(port, own.closing)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** The name says what the note does, which a power cut can leave empty. */
function placeInTrash(layout: Layout, session: string, archive: string | null): string {
  return `${layout.trash}/session-${archive ?? session}-${uniqueName()}`
}

/**
 * As `endSession`, where not one block of the disk is free: renames, and a note without content. What the session
 * held is thrown away then, and with the room that gives the rest is done as ever; `makeUseOf` comes in between, with
 * the place where the session is now. Throws where even that takes room; then the session is as it was.
 */
export async function endSessionWithoutRoom(
  site: Site,
  session: string,
  archive: string | null,
  how: Ending,
  makeUseOf: (gone: SessionLayout) => Promise<void>,
): Promise<string | null> {
  const { port, layout } = site
  const own = layout.sessionLayout(session)
  removeIfThere(port, own.closing)
  if (archive !== null) port.create(own.closing).close()
  const gone = sessionLayout(placeInTrash(layout, session, archive))
  port.rename(own.folder, gone.folder)
  for (const { name } of port.list(gone.folder)) {
    const path = `${gone.folder}/${name}`
    if (path !== gone.internal && path !== gone.retries) clear(port, path)
  }
  clear(port, gone.bases)
  try {
    await makeUseOf(gone)
    replaceFile(port, gone.closing, toJson({ session, archive, how } satisfies Closing))
    return await tidyUp(site, session, archive)
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    return archive
  }
}

async function tidyUp(
  site: Site,
  session: string,
  archive: string | null,
  known?: Gone,
): Promise<string | null> {
  const { port, layout } = site
  await port.syncFolder(layout.trash)
  await port.syncFolder(layout.sessions)
  site.index.noteEnd(session)
  const archives = await finishClosings(site, known)
  if (port.stat(layout.session(session)) === null) await forgetSession(site, session)
  // Another process that has just been opened may have been quicker.
  return archives.get(session) ?? archive
}

/**
 * Moves retries out of sessions in the trash, and takes the sessions' names down. Returns the archives that
 * were made, by session.
 */
export async function finishClosings(site: Site, known?: Gone): Promise<Map<string, string>> {
  const { port, layout } = site
  const made = new Map<string, string>()
  for (const name of namesIn(port, layout.trash)) {
    if (!name.startsWith('session-')) continue
    const gone = sessionLayout(`${layout.trash}/${name}`)
    try {
      const told = known?.folder === gone.folder ? known.told : undefined
      await finishClosing(site, gone, name, made, told)
    } catch (error) {
      // It stays where it is, for the doctor to tell of, and stands in nobody's way.
      if (!tellsOfLastingDamage(error)) throw error
    }
  }
  return made
}

async function finishClosing(
  site: Site,
  gone: SessionLayout,
  name: string,
  made: Map<string, string>,
  told: Told | undefined,
): Promise<void> {
  const { port, layout } = site
  const closing = readClosing(site, gone, name)
  if (closing === null) return
  const { session, how } = closing
  const ended =
    how === 'deleted' ? null : await endedIn(port, gone, { session, archive: closing.archive, how }, told)
  let archive = closing.archive
  if (closing.archive !== null) {
    archive = moveToArchive(site, gone.retries, closing.archive)
    if (archive !== null) made.set(closing.session, archive)
    await port.syncFolder(layout.archives)
  }
  if (ended !== null) noteEndIfPossible(site, { ...ended, archive })
  // Not the name of another session that bears it by now.
  if (port.stat(layout.session(closing.session)) === null) await forgetSession(site, closing.session)
  removeIfThere(port, gone.closing)
}

/**
 * A power cut can leave the note empty, and a full disk has no room for more: then what a person wrote is kept, under
 * the archive's name, which is the folder's, or the session's.
 */
function readClosing(site: Site, gone: SessionLayout, folder: string): Closing | null {
  try {
    const closing = readJson(site.port, gone.closing) as Closing | null
    if (closing === null || isClosing(closing)) return closing
  } catch (error) {
    if (!isCowriteError(error, 'CORRUPT')) throw error
  }
  const wanted = folder.replace(/^session-/, '').replace(/-[0-9a-f]{8}-[0-9a-z]+$/, '')
  const session = wanted.replace(/-cancelled-\d{8}-\d{6}$/, '')
  return { session, archive: namesIn(site.port, gone.retries).length > 0 ? wanted : null }
}

function isClosing({ session, archive }: Partial<Closing>): boolean {
  return typeof session === 'string' && (archive === null || typeof archive === 'string')
}

/** An archive is never written over: a name that is taken gets a number (D5). Null where another process was quicker. */
function moveToArchive({ port, layout }: Site, retries: string, wanted: string): string | null {
  ensureFolder(port, layout.archives)
  for (let again = 1; ; again++) {
    const name = again === 1 ? wanted : `${wanted}-${again}`
    if (port.stat(layout.archive(name)) !== null) continue
    try {
      port.rename(retries, layout.archive(name))
      return name
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' && port.stat(retries) === null) return null
      if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
    }
  }
}

/** Takes a session's name out of session.lock and the bindings. */
export async function forgetSession(site: Site, session: string): Promise<void> {
  await withLock(site.port, site.layout, 'session', async () => {
    const lock = readLockLeniently(site)
    if (lock === null) return
    let changed = false
    if (lock.active === session) {
      Object.assign(lock, { active: null, since: null, agentId: null })
      changed = true
    }
    for (const [chat, binding] of lock.bindings) {
      if (binding.session === session) changed = lock.bindings.delete(chat)
    }
    if (changed) await writeSessionLock(site.port, site.layout, lock)
  })
}

/** A damaged session.lock does not keep a session from ending: it names nobody for certain. */
function readLockLeniently(site: Site) {
  try {
    return readSessionLock(site.port, site.layout)
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) return null
    throw error
  }
}

/**
 * The session's side of a transaction, once its files are in place. Safe to repeat. Returns the archive's name. `told`
 * says what its record tells, where the caller has read it.
 */
export async function finishSession(
  site: Site,
  afterwards: Afterwards,
  told?: () => Told,
): Promise<string | null> {
  if (afterwards.do === 'keep') await dropCommitted(site, afterwards)
  if (afterwards.do !== 'close') return null
  const own = site.layout.sessionLayout(afterwards.session)
  if (await staysForEdits(site, afterwards)) return null
  // Once it is gone, another session may bear the name: that one is not sealed.
  if (!isSealed(site.port, own)) return tidyUp(site, afterwards.session, null)
  const known = told?.() ?? (await toldOfCommitted(site.port, own, afterwards.drop ?? []))
  return closeSession(site, afterwards.session, archiveFor(site, afterwards.session), known)
}

/** What a hand saved into a session while it was committed is no part of the commit: the session stays, for that. */
async function staysForEdits(
  site: Site,
  { session, drop = [], copies }: Extract<Afterwards, { do: 'close' }>,
): Promise<boolean> {
  const own = site.layout.sessionLayout(session)
  if (!isSealed(site.port, own) || !(await holdsEdits(site.port, own, copies))) return false
  await dropCommitted(site, { do: 'keep', session, drop, ...(copies ? { copies } : {}) })
  return true
}

/** As `finishSession`, for a session without anything to put in place: no transaction comes back to it. */
export async function finishAlone(
  site: Site,
  afterwards: Afterwards,
  told: () => Told,
): Promise<{ archive: string | null; pendingCleanup: boolean }> {
  if (afterwards.do === 'close' && !(await staysForEdits(site, afterwards)))
    return endSession(site, afterwards.session, archiveFor(site, afterwards.session), 'committed', told())
  if (afterwards.do === 'keep') await dropCommitted(site, afterwards)
  return { archive: null, pendingCleanup: false }
}

/** The archive's name, where the session has a list of retries. */
function archiveFor({ port, layout }: Site, session: string): string | null {
  const { retries } = layout.sessionLayout(session)
  return port.stat(`${retries}/${archiveList}`) === null ? null : session
}

/**
 * Finishes or takes back what dead processes left in flight. Call under the lock `commit`. Throws
 * WORKSPACE_UNAVAILABLE, with nothing touched, where a newer version is at work here. What keeps one session's
 * transaction from its end is among the results, and keeps nobody else from theirs.
 */
export async function recoverDead(site: Site): Promise<Recovered> {
  readLockLeniently(site)
  const recovered = await recoverAll(site.port, site.layout, async (afterwards) => {
    await finishSession(site, afterwards)
  })
  for (const { session } of recovered.finished) {
    if (session !== '') liftSeal(site.port, site.layout.sessionLayout(session))
  }
  await finishClosings(site)
  return recovered
}

/**
 * Throws what keeps a session's own transaction from its end: what the disk says as it is, what a damaged session
 * says as SESSION_CRASHED, so that its recovery or its cancelling is what is done next.
 */
export function refuseBlocked(site: Site, recovered: Recovered, session: string): void {
  refuseFailingDisk(recovered, session)
  const own = recovered.blocked.find((other) => other.session === session)
  if (own !== undefined) throw crashed(session, site.layout.sessionLayout(session), [blockedFinding(own)])
}

/** As `refuseBlocked`, for what mends a session or throws it away: its damage is no hindrance. */
export function refuseFailingDisk({ blocked }: Recovered, session: string): void {
  const own = blocked.find((other) => other.session === session)
  if (own !== undefined && !tellsOfLastingDamage(own.error)) throw own.error
}

export function blockedFinding({ id, error }: Blocked): string {
  const why = error instanceof Error ? error.message : String(error)
  return `the commit ${id} can be neither finished nor taken back: ${why}`
}
