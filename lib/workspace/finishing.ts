/** What is done for those who died in a workspace, when it is next opened. */
import { isEnvironmental, needsRecovery, sweepTrash } from '../engine/engine.js'
import { isCowriteError } from '../errors.js'
import type { FinishedFirst } from '../placed-api.js'
import type { FilePort } from '../port/port.js'
import { withLock } from '../store/locks.js'
import { finishClosings, recoverDead } from '../verbs/closing.js'
import type { Site } from '../verbs/site.js'

/** How many files of what was thrown away are removed while somebody waits. */
const sweepBudget = 500

/** Finishes what dead processes left, if this process may write here, and sweeps a little. Null where nothing was. */
export async function finishForDead(port: FilePort, site: Site | null): Promise<FinishedFirst | null> {
  if (site === null || !port.isWritable(site.layout.state)) return null
  let done: FinishedFirst | null = null
  try {
    if (needsRecovery(site.port, site.layout)) {
      const { finished, overtaken } = await withLock(site.port, site.layout, 'commit', () =>
        recoverDead(site),
      )
      if (finished.length > 0) done = { commits: finished.map(({ id }) => id), overtaken }
    }
    await finishClosings(site)
    sweepTrash(site.port, site.layout, { left: sweepBudget })
  } catch (error) {
    // Looking around needs none of this. Whoever commits, cancels or recovers next does it, or is told why not.
    if (!isEnvironmental(error) || isCowriteError(error, 'WORKSPACE_UNAVAILABLE')) throw error
  }
  return done
}
