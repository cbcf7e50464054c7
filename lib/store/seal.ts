import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import type { SessionLayout } from './layout.js'
import { isThere } from './looking.js'
import { SessionRecord } from './record.js'

/**
 * Ends the acknowledgement of writes: the record takes another name, and a writer looks at the name after
 * its write has landed. What landed before is in what is read from now on. Throws LOCKED where it is sealed already.
 */
export function sealSession(port: FilePort, layout: SessionLayout, session: string): void {
  try {
    port.rename(layout.record, layout.sealedRecord)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    throw new CowriteError('LOCKED', `The session '${session}' is already being committed or cancelled.`, {
      session,
    })
  }
}

/** Takes a seal back; nothing where there is none, or no session any more. */
export function liftSeal(port: FilePort, layout: SessionLayout): void {
  try {
    port.rename(layout.sealedRecord, layout.record)
  } catch (error) {
    // A link in the place of the session's own folder: behind it there is no seal of ours.
    if (isCowriteError(error, 'PATH_ESCAPE')) return
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error
  }
}

export function isSealed(port: FilePort, layout: SessionLayout): boolean {
  return !isThere(port, layout.record) && isThere(port, layout.sealedRecord)
}

const mostSeals = 100

/**
 * A session's record, sealed or not: others set and lift the seal between a look at its name and the opening. To be
 * closed by the caller. Throws ENOENT where there is none, CORRUPT where it is damaged.
 */
export function openRecord(port: FilePort, layout: SessionLayout): SessionRecord {
  for (let again = 0; ; again++) {
    try {
      return openAsItIs(port, layout)
    } catch (error) {
      const isStill = isThere(port, layout.record) || isThere(port, layout.sealedRecord)
      if (errnoOf(error) !== 'ENOENT' || !isStill || again === mostSeals) throw error
    }
  }
}

/** Mostly it is not sealed. */
function openAsItIs(port: FilePort, layout: SessionLayout): SessionRecord {
  try {
    return SessionRecord.open(port, layout)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || !isSealed(port, layout)) throw error
    return SessionRecord.open(port, layout, { sealed: true })
  }
}
