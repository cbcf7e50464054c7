/** What was committed in a session's repositories: before it ends by a commit, that goes to the workspace's. */
import { setTimeout } from 'node:timers/promises'
import { isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import { withObjectsOf } from './copied-repositories.js'
import { countCommits, type Fetched, fetchRepository, nameForGit } from './fetching.js'
import { liveView } from './live.js'
import { keptAt, keptRepositories, repositoriesIn } from './repositories.js'
import { Shown } from './shown.js'
import type { Tree } from './tree.js'
import { claim, removeView } from './view-folder.js'

/** Throws CANNOT_WRITE where git says no; then nothing of what was committed is lost, since the session stays. */
export async function fetchCommits(site: Site, store: SessionStore): Promise<Fetched[]> {
  const live = await liveView(site, store)
  if (live !== null) {
    try {
      const { entrance } = live.merged
      return await fetchAll(store, changedIn(site, store, live), (path) => `${entrance}/${path}`)
    } finally {
      live.close()
    }
  }
  return keptRepositories(store).length === 0 ? [] : fetchKept(site, store)
}

/**
 * How many commits the workspace's repositories do not have: a commit of the session fetches them, and with a cancel they
 * are gone. Null where git cannot tell.
 */
export async function countCommitsMade(site: Site, store: SessionStore): Promise<number | null> {
  const live = await liveView(site, store)
  if (live === null) return countKeptCommits(store)
  try {
    const { entrance } = live.merged
    return await countAll(store, changedIn(site, store, live), {
      isPart: false,
      sourceOf: (path) => `${entrance}/${path}`,
    })
  } finally {
    live.close()
  }
}

/** As `countCommitsMade`, of a session in whose view nobody is at work. */
export async function countKeptCommits(store: Repositories): Promise<number | null> {
  const { port, layout } = store
  return countAll(store, keptRepositories(store), {
    isPart: true,
    sourceOf: (path) => `${port.entrance}/${keptAt(layout, path)}`,
  })
}

type Repositories = Pick<SessionStore, 'port' | 'layout' | 'name'>

async function countAll(
  store: Repositories,
  paths: readonly WorkspacePath[],
  { isPart, sourceOf }: { isPart: boolean; sourceOf: (path: WorkspacePath) => string },
): Promise<number | null> {
  let commits = 0
  try {
    for (const path of paths) commits += await countCommits(store, sourceOf(path), path, { isPart })
  } catch (error) {
    // Not by this machine's git, or a program is at work there just now.
    if (!isCowriteError(error, 'CANNOT_WRITE')) throw error
    return null
  }
  return commits
}

function changedIn(site: Site, store: SessionStore, tree: Tree): WorkspacePath[] {
  const view = site.layout.view(store.name)
  if (!tree.isCopy) return repositoriesIn(store, view)
  const shown = new Shown(store.port, view)
  const found = shown.repositories().filter((path) => tree.own.stat(tree.at(path))?.isDirectory())
  shown.close()
  return found
}

/** As they lie, with what lower has of objects. Meanwhile no view may be made, which would take them. */
async function fetchKept(site: Site, store: SessionStore): Promise<Fetched[]> {
  const view = site.layout.view(store.name)
  if (!claim(store.port, site.layout, store.record.header)) {
    // A command has begun in it just now, or another commit looks into it.
    await setTimeout(20)
    return fetchCommits(site, store)
  }
  try {
    const { port, layout } = store
    const paths = keptRepositories(store)
    return await withObjectsOf(port, layout, paths, nameForGit(port), () =>
      fetchAll(store, paths, (path) => `${port.entrance}/${keptAt(layout, path)}`),
    )
  } finally {
    removeView(store.port, site.layout, view)
  }
}

async function fetchAll(
  store: SessionStore,
  paths: readonly WorkspacePath[],
  sourceOf: (path: WorkspacePath) => string,
): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  for (const path of paths) fetched.push(...(await fetchRepository(store, sourceOf(path), path)))
  return fetched
}
