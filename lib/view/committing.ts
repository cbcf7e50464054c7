/** A commit, with what a view of the session has to do with it. */
import type { CommitOptions, CommitResult, MarkersResult } from '../api.js'
import type { SessionStore } from '../store/overlay.js'
import { commit } from '../verbs/commit.js'
import type { Site } from '../verbs/site.js'
import { fetchCommits } from './committed-repositories.js'
import { endWithSession } from './ended-views.js'
import { takeBack } from './fetching.js'
import { noteCommitted } from './leftover.js'

/** What was committed in the session's repositories comes first, and stays away again where the session does not end. */
export async function commitWithView(
  site: Site,
  store: SessionStore,
  options: CommitOptions,
): Promise<CommitResult | MarkersResult> {
  const fetched = await fetchCommits(site, store)
  const result = await commit(site, store, options).catch(async (error: unknown) => {
    await takeBack(store.port, fetched)
    throw error
  })
  if (!result.committed || !result.closed) await takeBack(store.port, fetched)
  if (result.committed) noteCommitted(site, store.name, result.files)
  if (result.committed && result.closed) await endWithSession(site, store.name, 'committed')
  return result
}
