/** What the op log tells. */
import type { LoggedOperation } from '../records-api.js'
import { readOperations } from '../store/op-log.js'
import type { Site } from '../verbs/site.js'

/** Oldest first: in the session of that name, or in all. */
export async function operationsOf(site: Site | null, session?: string): Promise<LoggedOperation[]> {
  if (site === null) return []
  if (session === undefined) return readOperations(site.port, site.layout).operations
  const about = readOperations(site.port, site.layout, JSON.stringify(session))
  return about.operations.filter((operation) => operation.session === session)
}
