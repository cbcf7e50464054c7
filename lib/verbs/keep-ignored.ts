import { forEachAtOnce } from '../engine/concurrency.js'
import { parentOf, type WorkspacePath } from '../paths.js'
import { copyOnce } from '../store/copying.js'
import { clear, ensureFolder, linkOrNot } from '../store/files.js'
import { ignoredVersions } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import type { Examined } from './examined.js'
import { isOfLive } from './plan.js'
import { syncIfThere } from './retries.js'

/**
 * What a session that ends had of ignored files that live has goes beside its retries, at their own paths: the live
 * files stay as they are, and no text is lost without a word (C7). Durable before the commit is. Returns the paths.
 */
export async function keepIgnored(store: SessionStore, left: readonly Examined[]): Promise<WorkspacePath[]> {
  const { port } = store
  // What a process left that was killed while it kept them may be of another commit.
  dropKeptIgnored(store)
  const kept = left.filter((change) => change.at !== null && isOfLive(change))
  const folders = new Set<WorkspacePath>()
  await forEachAtOnce(kept, async ({ path, at, kind }) => {
    const place = `${placeOf(store)}/${path}`
    ensureFolder(port, parentOf(place))
    for (let folder = parentOf(place); folder !== store.layout.retries; folder = parentOf(folder))
      folders.add(folder)
    if (kind === 'symlink') return port.symlink(port.readLink(at as string), place)
    // The session's own copy goes with it, so a second name is as good as another copy.
    if (!linkOrNot(store.port, at as string, place))
      while ((await copyOnce(store, at as string, place)) === null);
    await syncIfThere(port, place)
  })
  for (const folder of folders) await port.syncFolder(folder)
  return kept.map(({ path }) => path)
}

/** After a commit that was not to be. */
export function dropKeptIgnored(store: SessionStore): void {
  clear(store.port, placeOf(store))
}

function placeOf({ layout }: SessionStore): string {
  return `${layout.retries}/${ignoredVersions}`
}
