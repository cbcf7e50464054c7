/** Making and opening session folders. */
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { isSessionName, parentOf, parseSessionName } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { encodeLine } from './append-log.js'
import { clear, clearAtOnce, ensureFolder, entriesIn, namesIn, uniqueName, writeNewFile } from './files.js'
import type { Guard } from './guard.js'
import { comeToWork, isDead, readHolders } from './holders.js'
import { leaveNoNote } from './in-turn.js'
import { openLayers } from './layers.js'
import { artifactsFolder, type Layout, type SessionLayout, sessionLayout } from './layout.js'
import { limitedGuard } from './limits.js'
import type { Layer, SessionStore } from './overlay.js'
import type { PathIndex } from './path-index.js'
import { firstProjection, projectionOf } from './projection.js'
import { headerLine, type SessionHeader, type SessionRecord } from './record.js'
import { Remembered } from './remembered.js'
import { isSealed, openRecord } from './seal.js'
import { Turns } from './turns.js'

const unfinished = '.new-'

/** The names of the open sessions. What else lies about there is none of ours. */
export function sessionNames(port: FilePort, layout: Layout): string[] {
  return entriesIn(port, layout.sessions)
    .filter(({ name, kind }) => kind === 'folder' && isSessionName(name))
    .map(({ name }) => name)
}

/** The session that a caller names, as it is spelled on a disk that ignores case. Throws INVALID_INPUT. */
export function sessionCalled(port: FilePort, layout: Layout, name: unknown): string {
  const asked = parseSessionName(name)
  if (port.caseSensitive) return asked
  return sessionNames(port, layout).find((other) => other.toLowerCase() === asked.toLowerCase()) ?? asked
}

/**
 * Makes a session: its folders and two small files, aside, and then in one rename (D1). No file of the
 * workspace is read. Throws ALREADY_EXISTS where the name is taken in any spelling (S1).
 */
export function createSession(
  port: FilePort,
  layout: Layout,
  header: SessionHeader,
  folders: readonly string[],
): SessionLayout {
  for (let attempt = 1; ; attempt++) {
    const aside = port.together(() => placeAside(port, layout, header))
    try {
      return port.together(() => {
        buildSession(port, aside, header, folders)
        return putInPlace(port, layout, header, aside)
      })
    } catch (error) {
      clearFailed(port, header, aside, error, attempt)
    }
  }
}

/**
 * As `createSession`, of a session that begins with something: `furnish` puts it into the session's folder, aside, and
 * returns lines for its record. Until the rename nobody sees any of it.
 */
export async function createFurnished(
  port: FilePort,
  layout: Layout,
  header: SessionHeader,
  folders: readonly string[],
  furnish: (aside: SessionLayout) => Promise<readonly object[]>,
): Promise<SessionLayout> {
  for (let attempt = 1; ; attempt++) {
    const aside = placeAside(port, layout, header)
    try {
      buildSession(port, aside, header, folders, await furnishing(port, aside, furnish))
      return putInPlace(port, layout, header, aside)
    } catch (error) {
      clearFailed(port, header, aside, error, attempt)
    }
  }
}

async function furnishing(
  port: FilePort,
  aside: SessionLayout,
  furnish: (aside: SessionLayout) => Promise<readonly object[]>,
): Promise<readonly object[]> {
  ensureFolder(port, aside.internal)
  return furnish(aside)
}

/** Throws ALREADY_EXISTS. */
function placeAside(port: FilePort, layout: Layout, { name }: SessionHeader): SessionLayout {
  if (!refuseTaken(port, layout, name)) ensureFolder(port, layout.sessions)
  return sessionLayout(`${layout.sessions}/${unfinished}${uniqueName()}`)
}

function putInPlace(
  port: FilePort,
  layout: Layout,
  { name }: SessionHeader,
  aside: SessionLayout,
): SessionLayout {
  port.rename(aside.folder, layout.session(name))
  return layout.sessionLayout(name)
}

/** Throws what is told; returns where it may be tried again. */
function clearFailed(
  port: FilePort,
  { name }: SessionHeader,
  aside: SessionLayout,
  error: unknown,
  attempt: number,
): void {
  clear(port, aside.folder)
  // Another process has taken it for a dead one's, and swept it.
  if (errnoOf(error) === 'ENOENT' && attempt < mostAttempts) return
  if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error
  throw taken(name)
}

const mostAttempts = 10

/**
 * Takes away a session that was made a moment ago, unless it is of use to somebody by now: others have come to work in
 * it, or it has ended and another bears its name. Its folder is that of the inode `made`.
 */
export function takeBackSession(port: FilePort, layout: Layout, name: string, made?: bigint): void {
  const own = layout.sessionLayout(name)
  const aside = sessionLayout(`${layout.sessions}/${unfinished}${uniqueName()}`)
  try {
    if (isOfUse(port, own, made)) return
    port.rename(own.folder, aside.folder)
    // Whoever came between the look and the rename has left a note by now; whoever comes later finds no session.
    if (isOfUse(port, aside, made)) port.rename(aside.folder, own.folder)
    else clear(port, aside.folder)
  } catch (error) {
    // What led here is what is told. A disk that takes no rename keeps the session; it is empty, and can be cancelled.
    if (errnoOf(error) === undefined && !isCowriteError(error, 'CORRUPT')) throw error
  }
}

function isOfUse(port: FilePort, own: SessionLayout, made: bigint | undefined): boolean {
  if (made !== undefined && port.stat(own.folder)?.ino !== made) return true
  if (isHeld(port, own) || isSealed(port, own)) return true
  const { entries, retries } = readRecord(port, own)
  return entries.size > 0 || retries.length > 0
}

function readRecord(port: FilePort, own: SessionLayout): SessionRecord {
  const record = openRecord(port, own)
  record.close()
  return record
}

/** Removes a session in the making; whoever still makes it begins again. */
export function clearUnfinished(port: FilePort, folder: string): void {
  clearAtOnce(port, folder, `${parentOf(folder)}/${unfinished}${uniqueName()}`)
}

/** Sessions in the making, or left in it, as paths. */
export function unfinishedSessions(port: FilePort, layout: Layout): string[] {
  return namesIn(port, layout.sessions)
    .filter((name) => name.startsWith(unfinished))
    .map((name) => `${layout.sessions}/${name}`)
}

function buildSession(
  port: FilePort,
  aside: SessionLayout,
  header: SessionHeader,
  folders: readonly string[],
  furnished?: readonly object[],
): void {
  // Those that are needed for writing only are made by the first who writes.
  if (furnished) ensureFolder(port, aside.retries)
  else for (const folder of [aside.folder, aside.internal, aside.retries]) port.makeFolder(folder)
  // Where the workspace has a file of that name, the folder would stand in its way.
  if (header.scratch || port.stat(artifactsFolder)?.isDirectory() !== false) port.makeFolder(aside.artifacts)
  for (const folder of folders) makeInside(port, aside.upper(folder))
  const lines = [headerLine(header), ...(furnished ?? [])]
  writeNewFile(port, aside.record, Buffer.concat(lines.map(encodeLine)))
  writeNewFile(port, aside.metadata, furnished ? projectionAt(port, aside) : firstProjection(header))
}

/** Mostly it is not there, and what it lies in is. */
function makeInside(port: FilePort, folder: string): void {
  try {
    port.makeFolder(folder)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EEXIST') throw error
    ensureFolder(port, folder)
  }
}

function projectionAt(port: FilePort, aside: SessionLayout): string {
  const record = openRecord(port, aside)
  try {
    return projectionOf(port, aside, record)
  } finally {
    record.close()
  }
}

/** Returns whether there are any: then their folder is there. */
function refuseTaken(port: FilePort, layout: Layout, name: string): boolean {
  const wanted = name.toLowerCase()
  const names = namesIn(port, layout.sessions)
  for (const existing of names) {
    if (existing.length === name.length && existing.toLowerCase() === wanted) throw taken(existing)
    if (existing.startsWith(unfinished)) sweepUnfinished(port, `${layout.sessions}/${existing}`)
  }
  return names.length > 0
}

function taken(name: string): CowriteError {
  return new CowriteError('ALREADY_EXISTS', `Session '${name}' is there already.`, { session: name })
}

const patience = 60_000

/** What a process left that was killed while it made a session. A making takes milliseconds. */
function sweepUnfinished(port: FilePort, folder: string): void {
  const stat = port.stat(folder)
  if (stat === null || Date.now() - Number(stat.mtimeMs) < patience) return
  // It is only the clock that says so, and clocks are moved.
  clearUnfinished(port, folder)
}

/** Whether a living process besides those of `except` is at work in the session. */
export function isHeld(port: FilePort, layout: SessionLayout): boolean {
  return readHolders(port, layout).some((holder) => !isDead(holder))
}

/** Opens a session for reading and writing. Throws SESSION_NOT_FOUND; errno errors and CORRUPT where it is damaged. */
export function openStore(
  port: FilePort,
  layout: Layout,
  guard: Guard,
  index: PathIndex,
  name: string,
): SessionStore {
  const own = layout.sessionLayout(name)
  const record = recordOf(port, own, name)
  let layers = layersOf(port, own, record)
  let ids = record.header.layers
  const turns = new Turns(port, own.turns, own.holders, () => `${own.temporary}/${uniqueName()}`)
  return {
    name,
    port,
    layout: own,
    record,
    get layers() {
      // Another process may have made all of them the session's own, or brought some back.
      if (record.header.layers !== ids) {
        layers = openLayers(port, own, record)
        ids = record.header.layers
      }
      return layers
    },
    guard: limitedGuard(guard, name, record.header.limits),
    index,
    turns,
    note: null,
    hashes: new Map(),
    remembered: new Remembered(port),
  }
}

/** Throws SESSION_NOT_FOUND. */
function recordOf(port: FilePort, own: SessionLayout, name: string): SessionRecord {
  try {
    return openRecord(port, own)
  } catch (error) {
    if (port.stat(own.folder)?.isDirectory() !== true) throw notThere(name)
    throw error
  }
}

function layersOf(port: FilePort, own: SessionLayout, record: SessionRecord): Layer[] {
  try {
    return openLayers(port, own, record)
  } catch (error) {
    record.close()
    throw error
  }
}

/** Notes that this process is at work in the session. Throws SESSION_NOT_FOUND where it has ended. */
export function holdStore({ port, layout, name }: SessionStore, kind: string): string {
  try {
    return comeToWork(port, layout, kind)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    throw notThere(name)
  }
}

export function closeStore(store: SessionStore): void {
  store.record.close()
  // Without the note others would take a turn that is under way for one that nobody has any more.
  store.turns.close(() => leaveNoNote(store))
}

export function notThere(name: string): CowriteError {
  return new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
}
