/** The retries of all sessions, those that have ended included. */
import { posix } from 'node:path'
import type { Retry } from '../api.js'
import { CowriteError, isCowriteError } from '../errors.js'
import { parsePath, type WorkspacePath } from '../paths.js'
import { readIfThere } from '../store/files.js'
import type { SessionStore } from '../store/overlay.js'
import { openRetries } from './listing.js'
import { archivedRetries, findRetried, presentRetries, readRetry } from './retries.js'
import type { Site } from './site.js'

/** Of a file, by its path or by its last name. Throws PATH_PROTECTED and the like for what could never have one. */
export function allRetries(site: Site, file?: string): Retry[] {
  return ofFile(site, [...archivedRetries(site.port, site.layout), ...openRetries(site)], file)
}

/** The session's own, oldest first. Throws NOT_FOUND for a file that is not there. */
export function retriesIn(store: SessionStore, file?: string): Retry[] {
  store.record.refresh()
  const all = presentRetries(store)
  if (file === undefined) return all
  const path = findRetried(store, file)
  return all.filter(({ filePath }) => filePath === path)
}

/** Those of one file among others. */
export function ofFile(site: Site, all: Retry[], file?: string): Retry[] {
  if (file === undefined) return all
  const exactly = all.filter(({ filePath }) => filePath === file)
  const found = exactly.length > 0 ? exactly : all.filter(({ filePath }) => posix.basename(filePath) === file)
  if (found.length === 0) site.guard.checkRead(parsePath(file))
  return found
}

/**
 * A version by its number, from the session where it was recorded there, else from the archive. Each session counts
 * anew: the newest of a number is the one that a person has before their eyes. Throws NOT_FOUND, CORRUPT.
 */
export function readRetryAnywhere(
  site: Site,
  store: SessionStore,
  file: string,
  retry: number,
): { filePath: WorkspacePath; bytes: Buffer } {
  try {
    return readRetry(store, file, retry)
  } catch (error) {
    if (!isCowriteError(error, 'NOT_FOUND') || error.data.candidates) throw error
    const archived = allRetries(site, file).filter((one) => one.archivedIn && one.retry === retry)
    const candidates = [...new Set(archived.map(({ filePath }) => filePath))]
    if (candidates.length > 1) {
      const message = `${file} could be any of ${candidates.length} files; name its path.`
      throw new CowriteError('NOT_FOUND', message, { path: file, candidates })
    }
    const newest = archived.at(-1)
    if (newest?.archivedIn === undefined) throw error
    const bytes = readArchivedRetry(site, newest.archivedIn, newest.savedTo)
    return { filePath: parsePath(newest.filePath), bytes }
  }
}

/** Throws NOT_FOUND. */
export function readArchivedRetry(site: Site | null, archive: string, savedTo: string): Buffer {
  const known =
    site &&
    archivedRetries(site.port, site.layout).find(
      (retry) => retry.archivedIn === archive && retry.savedTo === savedTo,
    )
  const bytes = known && readIfThere(site.port, `${site.layout.archive(archive)}/${savedTo}`)
  if (!bytes)
    throw new CowriteError('NOT_FOUND', `The archive ${archive} holds no ${savedTo}`, { path: savedTo })
  return bytes
}
