import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { nameOf, parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, namesIn, processMark, removeIfThere, removeTree } from '../store/files.js'
import { isDead, readHolders } from '../store/holders.js'
import type { SessionLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { projectionFinding, writeProjection } from '../store/projection.js'
import { type Entry, SessionRecord } from '../store/record.js'
import { isSealed } from '../store/seal.js'

/** What keeps a session from being provably whole (S3), in a person's words; empty where it is whole. */
export function findDamage(port: FilePort, layout: SessionLayout, name: string): string[] {
  const findings: string[] = []
  const projection = projectionFinding(port, layout, name)
  if (projection !== null) findings.push(projection)
  const record = openRecord(port, layout, findings)
  if (record === null) return findings
  try {
    if (record.header.name !== name) findings.push('the record is that of another session')
    findings.push(...lostCopies(port, layout, record))
  } finally {
    record.close()
  }
  return findings
}

function openRecord(port: FilePort, layout: SessionLayout, findings: string[]): SessionRecord | null {
  try {
    return SessionRecord.open(port, layout, { sealed: isSealed(port, layout) })
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) findings.push(error.message)
    else if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
      findings.push('the record is missing')
    else throw error
    return null
  }
}

function lostCopies(port: FilePort, layout: SessionLayout, record: SessionRecord): string[] {
  const lost: string[] = []
  for (const entry of record.entries.values()) {
    if (entry.kind === 'whiteout' || entry.kind === 'folder' || entry.adopted) continue
    if (port.stat(layout.upper(entry.path)) !== null) continue
    if (entry.pending !== undefined && port.stat(`${layout.temporary}/${entry.pending}`) !== null) continue
    lost.push(`the session's copy of ${entry.path} is missing`)
  }
  for (const { savedTo } of record.retries) {
    if (port.stat(`${layout.folder}/${savedTo}`) === null) lost.push(`${savedTo} is missing`)
  }
  return lost
}

/** Whether a process died at work in the session since somebody last looked. */
export function hasDeadHolders(port: FilePort, layout: SessionLayout): boolean {
  return readHolders(port, layout).some(isDead)
}

/**
 * Goes on where dead processes stopped: writes that were recorded but not renamed into place are, what they
 * were building is removed, and their notes are taken down. For a session without damage only.
 */
export function tidyAfterDeath(store: Pick<SessionStore, 'port' | 'layout' | 'record'>): void {
  const { port, layout, record } = store
  record.refresh()
  const holders = readHolders(port, layout)
  const living = new Set(
    holders.filter((holder) => !isDead(holder)).map(({ file }) => processMark(nameOf(file))),
  )
  const isDeadWork = (name: string): boolean => !living.has(processMark(name))
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
  const upper = layout.upper(entry.path)
  if (entry.kind === 'folder') ensureFolder(port, upper)
  if (entry.pending === undefined || entry.kind === 'whiteout') return
  const waiting = `${layout.temporary}/${entry.pending}`
  if (port.stat(upper) !== null || port.stat(waiting) === null) return
  ensureFolder(port, parentOf(upper))
  port.rename(waiting, upper)
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
