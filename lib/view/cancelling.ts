/** A cancel, with what a view of the session has to do with it. */
import type { CancelOptions, CancelResult } from '../api.js'
import { isEnvironmental } from '../engine/engine.js'
import { closeStore, sessionCalled } from '../store/session-store.js'
import { cancelSession, type Throwing } from '../verbs/cancel.js'
import type { Site } from '../verbs/site.js'
import { bringInToEnd } from './committing.js'
import { endWithSession, type SeenBefore } from './ended-views.js'
import { openWithLeftover, seenBy } from './leftover.js'

/**
 * What lies in the view is brought in first, unless that was done: it is counted, and thrown away with all else. Throws
 * as `cancelSession`.
 */
export async function cancelWithView(
  site: Site,
  session: string,
  options: CancelOptions = {},
  { before: seen, ...by }: Throwing & { before?: SeenBefore | null } = {},
): Promise<CancelResult> {
  const before = seen === undefined ? await lookBeforeCancel(site, session) : seen
  const result = await cancelSession(site, session, options, by)
  const view = await endWithSession(site, result.session, 'cancelled', before)
  return view === null ? result : { ...result, view }
}

/**
 * Brings in what lies in the view of a session that is about to be thrown away. Null where there is none. Whatever keeps
 * that from coming in keeps nobody from cancelling, and is told.
 */
export async function lookBeforeCancel(site: Site, session: string): Promise<SeenBefore | null> {
  const { port, layout } = site
  const view = layout.view(sessionCalled(port, layout, session))
  if (port.stat(view.folder) === null) return null
  let seen: SeenBefore | null = null
  try {
    seen = seenBy(port, view)
    const { store, leftOut } = await openWithLeftover(site, session)
    try {
      return (await bringInToEnd(site, store, { keepsAll: true })) ?? (seen && { ...seen, leftOut })
    } finally {
      closeStore(store)
    }
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    return seen && { ...seen, uncounted: (error as Error).message }
  }
}
