import { isCowriteError } from '../errors.js'
import type { Site } from '../verbs/site.js'

/** Of a session that has ended says so, instead of that there is none. */
export async function tellingOfEnd<Result>(site: Site, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const isMissing = isCowriteError(error, 'SESSION_NOT_FOUND') || isCowriteError(error, 'INVALID_INPUT')
    throw isMissing ? (await import('../records/told-end.js')).withEnd(site, error) : error
  }
}
