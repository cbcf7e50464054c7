/** A cancel, with what a view of the session has to do with it. */
import type { CancelOptions, CancelResult, GitMade } from '../api.js'
import { isEnvironmental } from '../engine/engine.js'
import { closeStore, sessionCalled } from '../store/session-store.js'
import { cancelSession, type Throwing } from '../verbs/cancel.js'
import type { Site } from '../verbs/site.js'
import { keptOfGit, madeInGit, toldOfGit } from './committed-repositories.js'
import { bringInToEnd } from './committing.js'
import { endWithSession, type SeenBefore } from './ended-views.js'
import { openWithLeftover } from './leftover.js'
import { seenBy } from './live.js'

/** What goes with a session beside what it holds. */
export interface GoingToo {
  view: SeenBefore | null
  /** What was made in git; null where that cannot be told. */
  git: GitMade | null
}

/**
 * What lies in the view is brought in first, unless that was done: it is counted, and thrown away with all else. Throws
 * as `cancelSession`.
 */
export async function cancelWithView(
  site: Site,
  session: string,
  options: CancelOptions = {},
  { before, ...by }: Throwing & { before?: GoingToo } = {},
): Promise<CancelResult> {
  const { view: seen, git } = before ?? (await lookBeforeCancel(site, session))
  const result = await cancelSession(site, session, options, by)
  const view = await endWithSession(site, result.session, 'cancelled', seen)
  return { ...result, ...toldOfGit(git), ...(view === null ? {} : { view }) }
}

/**
 * Brings in what lies in the view of a session that is about to be thrown away. Whatever keeps that from coming in keeps
 * nobody from cancelling, and is told.
 */
export async function lookBeforeCancel(site: Site, session: string): Promise<GoingToo> {
  const { port, layout } = site
  const name = sessionCalled(port, layout, session)
  const view = layout.view(name)
  let seen: SeenBefore | null = null
  try {
    if (port.stat(view.folder) === null) {
      const own = { port, layout: layout.sessionLayout(name), name }
      return { view: null, git: await keptOfGit(own) }
    }
    seen = seenBy(port, view)
    const { store, leftOut } = await openWithLeftover(site, session)
    try {
      const broughtIn = await bringInToEnd(site, store, { keepsAll: true })
      return {
        view: broughtIn ?? (seen && { ...seen, leftOut }),
        git: await madeInGit(site, store),
      }
    } finally {
      closeStore(store)
    }
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    const uncounted = (error as Error).message
    return { view: seen && { ...seen, uncounted }, git: null }
  }
}
