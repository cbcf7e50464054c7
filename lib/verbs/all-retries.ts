/** The retries of all sessions, those that have ended included. */
import { posix } from 'node:path'
import type { Retry } from '../api.js'
import { CowriteError } from '../errors.js'
import { parsePath } from '../paths.js'
import { readIfThere } from '../store/files.js'
import { openRetries } from './listing.js'
import { archivedRetries } from './retries.js'
import type { Site } from './site.js'

/** Of a file, by its path or by its last name. Throws PATH_PROTECTED and the like for what could never have one. */
export function allRetries(site: Site, file?: string): Retry[] {
  const all = [...archivedRetries(site.port, site.layout), ...openRetries(site)]
  if (file === undefined) return all
  const exactly = all.filter(({ filePath }) => filePath === file)
  const found = exactly.length > 0 ? exactly : all.filter(({ filePath }) => posix.basename(filePath) === file)
  if (found.length === 0) site.guard.checkRead(parsePath(file))
  return found
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
