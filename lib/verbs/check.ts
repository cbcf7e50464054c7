import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { nameOf, parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from '../store/damage.js'
import { ensureFolder, namesIn, processMark, removeIfThere, removeTree } from '../store/files.js'
import { statLower } from '../store/fingerprint.js'
import { isDead, readHolders } from '../store/holders.js'
import { type SessionLayout, sessionLayout } from '../store/layout.js'
import { isThere, lookAtAll, notListed } from '../store/looking.js'
import type { SessionStore } from '../store/overlay.js'
import { projectionFinding, writeProjection } from '../store/projection.js'
import { isYounger, putInPlace } from '../store/put-in-place.js'
import type { Entry, SessionRecord } from '../store/record.js'
import { openRecord } from '../store/seal.js'
import { notThere } from '../store/session-store.js'

/** One thing that keeps a session from being provably whole. */
export interface Damage {
  what: 'metadata' | 'record' | 'copy' | 'retry'
  /** Where it lies. */
  at: string
  /** In a person's words. */
  finding: string
}

/** What keeps a session from being provably whole (S3), in a person's words; empty where it is whole. */
export function findDamage(
  port: FilePort,
  layout: SessionLayout,
  name: string,
  open: SessionRecord | null = null,
): string[] {
  return examineSession(port, layout, name, open).map(({ finding }) => finding)
}

/** As `findDamage`, with what each is and where it lies. `open` is its record, where the caller has read it just now. */
export function examineSession(
  port: FilePort,
  layout: SessionLayout,
  name: string,
  open: SessionRecord | null = null,
): Damage[] {
  const damage: Damage[] = []
  const projection = projectionFinding(port, layout, name)
  if (projection !== null) damage.push({ what: 'metadata', at: layout.metadata, finding: projection })
  const ofRecord = (finding: string): void => {
    damage.push({ what: 'record', at: layout.record, finding })
  }
  const record = open ?? openOrTell(port, layout, ofRecord)
  if (record === null) return damage
  try {
    if (record.header.name !== name) ofRecord('the record is that of another session')
    damage.push(...lostCopies(port, layout, record), ...lostRetries(port, layout, record))
    for (const id of record.header.layers)
      damage.push(...examineLayer(port, sessionLayout(layout.layer(id)), id))
  } finally {
    if (record !== open) record.close()
  }
  return damage
}

/** What keeps a layer from being provably whole; its retries are not the session's. */
export function examineLayer(port: FilePort, layout: SessionLayout, id: string): Damage[] {
  const damage: Damage[] = []
  const record = openOrTell(port, layout, (finding) =>
    damage.push({ what: 'record', at: layout.record, finding: `layer ${id}: ${finding}` }),
  )
  if (record === null) return damage
  try {
    return lostCopies(port, layout, record)
  } finally {
    record.close()
  }
}

function openOrTell(
  port: FilePort,
  layout: SessionLayout,
  tell: (finding: string) => void,
): SessionRecord | null {
  try {
    return openRecord(port, layout)
  } catch (error) {
    if (!cannotBeRead(error)) throw error
    if (isCowriteError(error, 'CORRUPT')) tell(error.message)
    else tell(errnoOf(error) === 'ENOENT' ? 'the record is missing' : 'the record cannot be read')
    return null
  }
}

/** A session's record, to be closed by the caller; null where it is damaged. */
export function recordOrNull(port: FilePort, layout: SessionLayout): SessionRecord | null {
  return openOrTell(port, layout, () => {})
}

/** Copies that the record tells of, and that are not there. */
function lostCopies(port: FilePort, layout: SessionLayout, record: SessionRecord): Damage[] {
  let missing = missingCopies(port, layout, [...record.entries.values()])
  // Another process may have taken one away between our look at the record and our look at the disk.
  for (let seen = -1; missing.length > 0 && seen !== record.length; ) {
    seen = record.length
    record.refresh()
    missing = missingCopies(
      port,
      layout,
      missing.map(({ path }) => record.entries.get(path)).filter((entry) => entry !== undefined),
    )
  }
  return missing.map(({ path }): Damage => {
    return { what: 'copy', at: layout.upper(path), finding: `the session's copy of ${path} is missing` }
  })
}

/** Kept versions that the record tells of, and that are not there. */
function lostRetries(port: FilePort, layout: SessionLayout, { retries }: SessionRecord): Damage[] {
  const kept = retries.map(({ savedTo }) => `${layout.folder}/${savedTo}`)
  return absent(port, kept).map((at): Damage => {
    return { what: 'retry', at, finding: `${at.slice(layout.folder.length + 1)} is missing` }
  })
}

function missingCopies(port: FilePort, layout: SessionLayout, entries: readonly Entry[]): Entry[] {
  const expected = entries.filter(
    ({ kind, adopted }) => kind !== 'whiteout' && kind !== 'folder' && adopted !== true,
  )
  const gone = new Set(
    absent(
      port,
      expected.map(({ path }) => layout.upper(path)),
    ),
  )
  return expected.filter((entry) => gone.has(layout.upper(entry.path)) && !isLanding(port, layout, entry))
}

/** Recorded, and about to be renamed into place; or it was, since it was looked for. */
function isLanding(port: FilePort, layout: SessionLayout, { path, pending }: Entry): boolean {
  if (pending === undefined) return false
  return isThere(port, `${layout.temporary}/${pending}`) || isThere(port, layout.upper(path))
}

/** Those of `paths` where nothing is, or nothing that could be looked at. */
function absent(port: FilePort, paths: readonly string[]): string[] {
  const unlisted = notListed(port, paths)
  const seen = lookAtAll(port, unlisted)
  return unlisted.filter((path) => (seen.get(path) ?? null) === null)
}

/**
 * Tells by its name whether what a process was building was left by one that is no more at work in the session.
 * `own` is the note of one that has come to see to that, and not to work.
 */
export function deadWork(
  port: FilePort,
  layout: SessionLayout,
  own: string | null = null,
): (name: string) => boolean {
  const living = readHolders(port, layout).filter((holder) => holder.file !== own && !isDead(holder))
  const marks = new Set(living.map(({ file }) => processMark(nameOf(file))))
  return (name) => !marks.has(processMark(name))
}

/** Whether a process died at work in the session since somebody last looked. */
export function hasDeadHolders(port: FilePort, layout: SessionLayout): boolean {
  return readHolders(port, layout).some(isDead)
}

type Tidied = Pick<SessionStore, 'port' | 'layout' | 'record'> & Partial<Pick<SessionStore, 'note'>>

/**
 * Goes on where dead processes stopped: writes that were recorded but not renamed into place are, what they
 * were building is removed, and their notes are taken down. For a session without damage only.
 */
export function tidyAfterDeath(store: Tidied): void {
  const { port, layout, record, note = null } = store
  record.refresh()
  const holders = readHolders(port, layout)
  const isDeadWork = deadWork(port, layout, note)
  for (const entry of record.entries.values()) {
    if (entry.pending === undefined || isDeadWork(entry.pending)) landPending(port, layout, entry)
  }
  for (const holder of holders.filter(isDead)) removeIfThere(port, holder.file)
  for (const name of namesIn(port, layout.temporary).filter(isDeadWork))
    discardTemporary(port, `${layout.temporary}/${name}`)
  writeProjection(port, layout, record)
}

/** The line was there, the rename was not: nobody was told, and the content is whole, so it counts. */
function landPending(port: FilePort, layout: SessionLayout, entry: Entry): void {
  if (entry.landsAt !== undefined && !isNewer(port, layout.upper(entry.path), entry)) {
    putInPlace(port, layout, entry)
    return
  }
  const upper = layout.upper(entry.path)
  if (entry.kind === 'folder') ensureFolder(port, upper)
  if (entry.pending === undefined || entry.kind === 'whiteout') return
  const waiting = `${layout.temporary}/${entry.pending}`
  if (port.stat(waiting) === null || isNewer(port, upper, entry)) return
  ensureFolder(port, parentOf(upper))
  port.rename(waiting, upper)
}

/** Whether somebody has written there since: not what an earlier deletion failed to take away. */
function isNewer(port: FilePort, upper: string, { firstWriteAt, landsAt }: Entry): boolean {
  const there = statLower(port, upper)
  // A folder's time says when something in it came or went.
  if (there === null || (landsAt !== undefined && there.isDirectory())) return false
  return isYounger(port, there.ctimeNs, landsAt ?? firstWriteAt)
}

function discardTemporary(port: FilePort, path: string): void {
  if (port.stat(path)?.isDirectory()) removeTree(port, path)
  else removeIfThere(port, path)
}

export function crashed(name: string, layout: SessionLayout, findings: string[]): CowriteError {
  return new CowriteError('SESSION_CRASHED', `Session '${name}' is CRASHED`, {
    session: name,
    metadataPath: layout.metadata,
    findings,
  })
}

/** Damage to a session itself, met while it was at work, has the session's name, and a way out of its own. */
export function crashedBy(
  error: CowriteError<'CORRUPT'>,
  { name, port, layout, record }: SessionStore,
): CowriteError {
  if (!error.data.path.startsWith(`${layout.folder}/`)) return error
  // Ended by somebody else: what is gone is no damage.
  const isOver = port.stat(layout.folder) === null || (port.stat(layout.record) && !record.isLive())
  if (isOver) return notThere(name)
  const findings = findDamage(port, layout, name)
  return findings.length > 0 ? crashed(name, layout, findings) : error
}
