/** Before a session ends by a commit: what was committed in its repositories goes to the workspace's. */
import { setTimeout } from 'node:timers/promises'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import { type Fetched, fetchRepository } from './fetching.js'
import { planFor } from './plan.js'
import { whiteouts } from './populate.js'
import type { ViewProvider } from './provider.js'
import { keptRepositories, repositoriesIn, showRepositories, takeOut } from './repositories.js'
import { claim, removeView } from './view-folder.js'

/** Throws CANNOT_WRITE where git says no; then nothing of what was committed is lost, since the session stays. */
export async function fetchCommits(
  site: Site,
  store: SessionStore,
  provider: ViewProvider,
): Promise<Fetched[]> {
  const view = site.layout.view(store.name)
  const live = store.port.stat(view.keeper) === null ? null : provider.find({ port: store.port, view })
  if (live !== null) {
    try {
      return await fetchAll(store, live, repositoriesIn(store, view))
    } finally {
      live.close()
    }
  }
  return keptRepositories(store).length === 0 ? [] : fetchKept(site, store, provider)
}

/** Only mounted is a repository whole: its objects are the workspace's as well. */
async function fetchKept(site: Site, store: SessionStore, provider: ViewProvider): Promise<Fetched[]> {
  const plan = planFor(site, store)
  if (!claim(store.port, site.layout, store.record.header)) {
    // A command has begun in it just now, or another commit looks into it.
    await setTimeout(20)
    return fetchCommits(site, store, provider)
  }
  try {
    showRepositories(store, plan.view, whiteouts(store, plan.view))
    const open = await provider.open({ ...plan, scratch: false }, null)
    try {
      return await fetchAll(store, open.merged, repositoriesIn(store, plan.view))
    } finally {
      open.merged.close()
      open.close()
    }
  } finally {
    for (const path of repositoriesIn(store, plan.view)) takeOut(store, plan.view, path)
    removeView(store.port, site.layout, plan.view)
  }
}

async function fetchAll(
  store: SessionStore,
  merged: FilePort,
  paths: readonly WorkspacePath[],
): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  for (const path of paths) fetched.push(...(await fetchRepository(store, merged, path)))
  return fetched
}
