/** A commit, with what a view of the session has to do with it. */
import type { CommitOptions, CommitPreview, CommitResult, MarkersResult, PreviewOptions } from '../api.js'
import { parentOf } from '../paths.js'
import type { ViewSeen } from '../run-api.js'
import type { SessionStore } from '../store/overlay.js'
import { commit, preview } from '../verbs/commit.js'
import type { Site } from '../verbs/site.js'
import { bringIn } from './bringing-in.js'
import { fetchCommits, madeInGit, toldOfGit } from './committed-repositories.js'
import { endWithSession } from './ended-views.js'
import { type Fetched, takeBack } from './fetching.js'
import { noteCommitted } from './going-on.js'
import { bringInLeftover, hasLeftover } from './leftover.js'
import { liveView, seenBy } from './live.js'

/** `view` is the one that is open, and was brought in. A commit of a part fetches no git commits. */
export async function previewWithView(
  site: Site,
  store: SessionStore,
  options: PreviewOptions,
  view: ViewSeen | null,
): Promise<CommitPreview> {
  const found = await preview(site, store, options)
  const git = options.files?.length ? null : await madeInGit(site, store)
  return { ...found, ...(view ? { view } : {}), ...toldOfGit(git) }
}

/** What was committed in the session's repositories comes once nothing refuses the commit, and goes again where the session does not end. */
export async function commitWithView(
  site: Site,
  store: SessionStore,
  options: CommitOptions,
): Promise<CommitResult | MarkersResult> {
  const isPart = options.files !== undefined && options.files.length > 0
  const before = await bringInToEnd(site, store, { isPart })
  const fetched: Fetched[] = []
  const fetch = async (): Promise<void> => {
    fetched.push(...(await fetchCommits(site, store)))
  }
  const result = await commit(site, store, options, { beforeEnd: fetch }).catch(async (error: unknown) => {
    await takeBack(store.port, fetched)
    throw error
  })
  if (!result.committed || !result.closed) await takeBack(store.port, fetched)
  if (!result.committed) return result
  noteCommitted(site, store.name, result.files)
  const view = result.closed
    ? await endWithSession(site, store.name, 'committed', before)
    : before && { ...before, became: 'open' as const, processes: [] }
  const references = result.closed ? fetched.map(byWorkspace) : []
  return {
    ...result,
    ...(references.length === 0 ? {} : { gitReferences: references }),
    ...(view === null ? {} : { view }),
  }
}

function byWorkspace({ repository, reference }: Fetched): Pick<Fetched, 'repository' | 'reference'> {
  return { repository: parentOf(repository), reference }
}

/**
 * Brings in what lies in the view that is open, since it may go with its session; what does not come in is kept. A
 * command that is at work in its own view tells of that itself, unless all is to be kept, and a commit of a part ends
 * nothing. Null where there is none.
 */
export async function bringInToEnd(
  site: Site,
  store: SessionStore,
  { keepsAll = false, isPart = false } = {},
): Promise<ViewSeen | null> {
  // What waits there must come in by now, or nothing is committed.
  if (hasLeftover(site, store.name)) await bringInLeftover(site, store)
  const view = site.layout.view(store.name)
  const seen = store.port.stat(view.folder) === null ? null : seenBy(store.port, view)
  const tree = seen && (await liveView(site, store))
  if (seen === null || tree === null) return null
  try {
    const isLast = keepsAll || (seen.folder !== null && !isPart)
    const { leftOut } = await bringIn(site, store, view, tree, { isLast })
    // Where it is kept goes with the session, whose answer says where to.
    return { ...seen, leftOut: leftOut.map(({ savedTo: _savedTo, ...left }) => left) }
  } finally {
    tree.close()
  }
}
