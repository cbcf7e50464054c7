/** The view of a session that is open: what was done in it so far comes in when somebody looks at the session. */
import { isEnvironmental } from '../engine/engine.js'
import { asOwnError } from '../foreign-errors.js'
import type { FilePort } from '../port/port.js'
import type { LeftOut, ViewSeen } from '../run-api.js'
import { cannotBeWritten } from '../store/damage.js'
import type { ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { isSealed } from '../store/seal.js'
import type { Site } from '../verbs/site.js'
import { bringIn, bringInAt } from './bringing-in.js'
import { kernelOverlay } from './kernel-overlay.js'
import { bringInLeftover, hasLeftover, waits } from './leftover.js'
import { folderOf } from './place.js'
import { planFor } from './plan.js'
import { standingProvider } from './providers.js'
import type { Tree } from './tree.js'
import { isInUse, isOf, readNote, stands } from './view-folder.js'

/** The tree of the session's view, to be closed: one that stands, or in which a command is at work. Null where there is none. While a commit has the session sealed, its view is there all the same. */
export async function liveView(site: Site, store: SessionStore): Promise<Tree | null> {
  const [{ port }, view] = [store, site.layout.view(store.name)]
  if (!mayHaveView(site, store) || !(store.record.isLive() || isSealed(port, store.layout))) return null
  const note = readNote(port, view)
  if (note === null || !isOf(note, store.record.header)) return null
  if (!stands(port, view, note)) {
    return isInUse(note) ? kernelOverlay.find({ port, view, folder: null }) : null
  }
  const folder = folderOf(port, note)
  return folder === null
    ? null
    : standingProvider(note.stands.provider).findAgain(planFor(site, store), folder)
}

/** Whether a caller's path is what a workspace path is: then it need not be understood to be looked at. */
function isPlain(path: unknown): path is string {
  return (
    typeof path === 'string' && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  )
}

/** What is seen of a session's view by who looks at the session. */
export interface Looked {
  /** The view that is open; null where there is none, and for who asked for one file. */
  view: ViewSeen | null
  /** What did not come in, and is kept now, of a command that was killed. */
  leftOut: LeftOut[]
}

const nothingSeen: Looked = { view: null, leftOut: [] }

/** Whether the session may have a view that is open, of which `bringInSoFar` tells. */
export function mayHaveView({ layout }: Site, { port, name }: SessionStore): boolean {
  return port.stat(layout.view(name).folder) !== null
}

/**
 * Brings in what a command has done so far that is still at work: whoever looks at the session sees it. Who asks for one
 * file waits for that alone.
 */
export async function bringInSoFar(site: Site, store: SessionStore, path?: string): Promise<Looked> {
  const view = site.layout.view(store.name)
  if (!mayHaveView(site, store) || !store.record.isLive()) return nothingSeen
  // Killed since the session was opened here.
  const leftOut: LeftOut[] = []
  try {
    if (hasLeftover(site, store.name)) leftOut.push(...(await bringInLeftover(site, store)))
  } catch (error) {
    if (!waits(error)) throw error
    const seen: ViewSeen = { folder: null, provider: kernelOverlay.name, leftOut: [] }
    return { view: { ...seen, waiting: whyWaiting(error, view.upper) }, leftOut }
  }
  try {
    const tree = await liveView(site, store)
    if (tree === null) return { view: null, leftOut }
    try {
      if (path !== undefined && isPlain(path) && (await bringInAt(store, view, tree, path)))
        return { view: null, leftOut }
      const seen = seenBy(store.port, view)
      const broughtIn = await bringIn(site, store, view, tree)
      return { view: seen && { ...seen, leftOut: broughtIn.leftOut }, leftOut }
    } finally {
      tree.close()
    }
  } catch (error) {
    // The command has ended meanwhile, and all of it is being brought in by whoever ran it.
    const stillOpen = await liveView(site, store)
    stillOpen?.close()
    if (stillOpen !== null && cannotBeWritten(error)) {
      const seen = seenBy(store.port, view)
      return { view: seen && { ...seen, waiting: whyWaiting(error, seen.folder ?? view.upper) }, leftOut }
    }
    if (stillOpen !== null || !isEnvironmental(error)) throw error
    return { view: null, leftOut }
  }
}

function whyWaiting(error: unknown, where: string): string {
  return `${(asOwnError(error) as Error).message}; it waits in ${where}`
}

/** How a session's view is told of; null where it has none, or one that is not this workspace's. */
export function seenBy(port: FilePort, view: ViewLayout): ViewSeen | null {
  const note = port.stat(view.folder) === null ? null : readNote(port, view)
  if (note === null) return null
  if (!stands(port, view, note)) return { folder: null, provider: kernelOverlay.name, leftOut: [] }
  const folder = folderOf(port, note)
  return folder === null ? null : { folder, provider: note.stands.provider, leftOut: [] }
}
