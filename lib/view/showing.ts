/** What cowrite's own calls change while a command is at work in the view: it sees that, as it would in a folder. */
import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import { copy } from './copied.js'
import { liveView } from './live.js'
import { show } from './showing-one.js'
import { Shown } from './shown.js'
import { readNote } from './view-folder.js'

/**
 * Puts what the session now has at these paths into the view, where one is open. The session has it in any case: what
 * a command stands in the way of is in the next view.
 */
export async function showInView(
  site: Site,
  store: SessionStore,
  paths: readonly WorkspacePath[],
): Promise<void> {
  const tree = await liveView(site, store)
  if (tree === null) return
  const view = site.layout.view(store.name)
  const note = readNote(store.port, view)
  try {
    const shown = new Shown(store.port, view)
    try {
      if (note?.stands?.provider === 'copy') await copy.update(store, view, tree, shown, paths)
      else for (const path of paths) await show({ store, tree, shown }, path)
    } finally {
      shown.close()
    }
  } catch (error) {
    if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
  } finally {
    tree.close()
  }
}

/** Where a call changed something, as its result tells. */
export function changedPaths(result: object): string[] {
  const { paths, filePath, source, destination } = result as Record<string, unknown>
  if (Array.isArray(paths)) return paths
  return [filePath, source, destination].filter((path) => typeof path === 'string')
}
