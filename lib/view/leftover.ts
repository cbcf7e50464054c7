/** Views of commands that were killed together with cowrite: what was on disk comes in. */

import type { Change } from '../api.js'
import { errnoOf, isCowriteError } from '../errors.js'
import { isAlive } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { LeftOut, ViewSeen } from '../run-api.js'
import { ensureFolder, uniqueName, walk, writeNewFile } from '../store/files.js'
import { identityOf, statLower } from '../store/fingerprint.js'
import type { ViewLayout } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { closeStore } from '../store/session-store.js'
import { keptLeftOut } from '../verbs/kept-left-out.js'
import { openSession } from '../verbs/sessions.js'
import type { Site } from '../verbs/site.js'
import { bringIn, bringInAfter, bringInAll, bringInAt, type Ended } from './bringing-in.js'
import { kernelOverlay } from './kernel-overlay.js'
import { folderOf } from './place.js'
import { busy, planFor } from './plan.js'
import { whoStays } from './processes.js'
import { standingProvider } from './providers.js'
import { repositoriesIn, takeOut } from './repositories.js'
import { identityIn, Shown } from './shown.js'
import { isWhiteout, type Tree } from './tree.js'
import { isInUse, isOf, readNote, removeView, stands, type ViewNote } from './view-folder.js'

/** Whether the session has a view that nobody is at work in any more; who cannot be seen from here counts as at work. */
function hasLeftover(site: Site, session: string): boolean {
  const view = site.layout.view(session)
  if (site.port.stat(view.folder) === null) return false
  const note = readNote(site.port, view)
  return note === null || !(stands(site.port, view, note) || isInUse(note))
}

/** As `hasLeftover`, where a person says that nobody is: a container, or another machine, may be gone for good. */
function hasLeftoverFor(site: Site, session: string): boolean {
  const view = site.layout.view(session)
  if (site.port.stat(view.folder) === null) return false
  const note = readNote(site.port, view)
  return note === null || !(stands(site.port, view, note) || isAlive(note.process) === 'alive')
}

/** Opens a session with what a command had written in its view. Throws as opening does, and as below. */
export async function openWithLeftover(site: Site, name: string): Promise<OpenedWith> {
  return openWith(site, name, hasLeftover)
}

interface OpenedWith {
  store: SessionStore
  recovered: boolean
  /** What did not come in of it. */
  leftOut: LeftOut[]
}

async function openWith(site: Site, name: string, isLeft: typeof hasLeftover): Promise<OpenedWith> {
  const opened = await openSession(site, name)
  if (!isLeft(site, opened.store.name)) return { ...opened, leftOut: [] }
  try {
    const leftOut = await bringInLeftover(site, opened.store, isLeft)
    return { ...opened, recovered: true, leftOut }
  } catch (error) {
    closeStore(opened.store)
    throw error
  }
}

/**
 * As `openWithLeftover`, for a session that is to be whole afterwards: what cannot be brought in is set aside. Returns
 * what to tell of it; null where there is nothing.
 */
export async function recoverLeftover(
  site: Site,
  session: string,
): Promise<{ finding: string; leftOut: LeftOut[] } | null> {
  if (!hasLeftoverFor(site, session)) return null
  try {
    const { store, leftOut } = await openWith(site, session, hasLeftoverFor)
    const kept = keptLeftOut(store.port, store.layout)
    closeStore(store)
    const told = leftOut.map(({ path, reason }) => `${JSON.stringify(path)} (${reason})`).join(', ')
    const but = told === '' ? '' : `, but for ${told}`
    const where = told === '' || kept === null ? '' : `, kept in ${kept.folder}`
    return { finding: `what a command had written in the view was brought in${but}${where}`, leftOut }
  } catch (error) {
    if (isCowriteError(error, 'LOCKED') || (errnoOf(error) === undefined && !isCowriteError(error)))
      throw error
    const { damaged } = site.layout.sessionLayout(session)
    const aside = `${damaged}/view-${uniqueName()}`
    ensureFolder(site.port, damaged)
    site.port.rename(site.layout.view(session).folder, aside)
    const why = (error as Error).message
    const finding = `what a command had written in the view could not be brought in (${why}), and is kept in ${aside}`
    return { finding, leftOut: [] }
  }
}

/**
 * One process after the other: who comes second finds it done. Returns what did not come in. Throws LOCKED where
 * something still runs in it, UNSUPPORTED where the view cannot be made again.
 */
export async function bringInLeftover(
  site: Site,
  store: SessionStore,
  isLeft = hasLeftover,
): Promise<LeftOut[]> {
  return withLock(site.port, site.layout, 'commit', async () =>
    isLeft(site, store.name) ? bringInAlone(site, store) : [],
  )
}

async function bringInAlone(site: Site, store: SessionStore): Promise<LeftOut[]> {
  const plan = planFor(site, store)
  const note = readNote(store.port, plan.view)
  // Killed while it was made, and nobody was told of it.
  if (note?.stands !== undefined) {
    await standingProvider(note.stands.provider).end({ ...plan, folder: folderOf(store.port, note) })
    removeView(store.port, site.layout, plan.view)
    return []
  }
  // What cowrite had started ends with it, but not in the same instant.
  const [pid] = await whoStays(() => kernelOverlay.processesIn({ ...plan, folder: null }))
  if (pid !== undefined) throw busy(store.name, pid)
  // Killed before it had shown anything: nobody has seen it.
  if (store.port.stat(plan.view.shown) === null) {
    for (const path of repositoriesIn(store, plan.view)) takeOut(store, plan.view, path)
    removeView(store.port, site.layout, plan.view)
    return []
  }
  const open = await kernelOverlay.open(plan, null)
  try {
    const { leftOut } =
      note === null || isOf(note, store.record.header)
        ? await bringInAll(site, store, plan.view, open.tree)
        : await bringInAfter(site, endedOf(note, store.record.header.agentId), plan.view, open.tree, {
            isLast: true,
          })
    removeView(store.port, site.layout, plan.view)
    return leftOut
  } finally {
    open.tree.close()
    open.close()
  }
}

/** The tree of the session's view, to be closed: one that stands, or in which a command is at work. Null where there is none. */
export async function liveView(site: Site, store: SessionStore): Promise<Tree | null> {
  const [{ port }, view] = [store, site.layout.view(store.name)]
  if (port.stat(view.folder) === null || !store.record.isLive()) return null
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

/**
 * Brings in what a command has done so far that is still at work: whoever looks at the session sees it. Who asks for one
 * file waits for that alone.
 */
export async function bringInSoFar(site: Site, store: SessionStore, path?: string): Promise<Looked> {
  const view = site.layout.view(store.name)
  if (store.port.stat(view.folder) === null || !store.record.isLive()) return nothingSeen
  // Killed since the session was opened here.
  const leftOut = hasLeftover(site, store.name) ? await bringInLeftover(site, store) : []
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
    if (stillOpen !== null) throw error
    return { view: null, leftOut }
  }
}

/** How a session's view is told of; null where it has none, or one that is not this workspace's. */
export function seenBy(port: FilePort, view: ViewLayout): ViewSeen | null {
  const note = port.stat(view.folder) === null ? null : readNote(port, view)
  if (note === null) return null
  if (!stands(port, view, note)) return { folder: null, provider: kernelOverlay.name, leftOut: [] }
  const folder = folderOf(port, note)
  return folder === null ? null : { folder, provider: note.stands.provider, leftOut: [] }
}

/** The session whose view it was. */
export function endedOf({ session, limits }: ViewNote, agentId: string): Ended {
  return { name: session, agentId, ...(limits ? { limits } : {}) }
}

/**
 * After a commit: what it has put into the live files is what a command that is still at work goes on from. It has
 * happened, whatever the disk says to this; where that is not noted, what the command does next is a conflict.
 */
export function noteCommitted(site: Site, session: string, committed: readonly Change[]): void {
  try {
    note(site, session, committed)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

function note({ port, layout }: Site, session: string, committed: readonly Change[]): void {
  const view = layout.view(session)
  if (port.stat(view.keeper) === null && port.stat(view.standing) === null) return
  const isCopy = readNote(port, view)?.stands?.provider === 'copy'
  const shown = new Shown(port, view)
  for (const { path } of committed) {
    const isShown = isCopy ? shown.at(path) !== undefined : port.stat(view.at(path)) !== null
    const lower = statLower(port, path)
    if (isShown && lower !== null) shown.add([[path, shown.at(path) ?? null, identityOf(lower)]])
  }
  shown.close()
}

/**
 * What a view holds of a session that was cancelled goes with it. A command that is still at work may go on; what it
 * writes from now on is its own.
 */
export function discardSoFar({ port, layout }: Site, session: string): void {
  const view = layout.view(session)
  const note = port.stat(view.folder) === null ? null : readNote(port, view)
  if (note === null || stands(port, view, note)) return
  if (!isInUse(note)) {
    removeView(port, layout, view)
    return
  }
  if (port.stat(view.cancelled) === null) writeNewFile(port, view.cancelled, '')
  const shown = new Shown(port, view)
  for (const { path } of walk(port, view.upper)) {
    const stat = port.stat(view.at(path))
    if (stat !== null) shown.add([[path, isWhiteout(stat) ? null : identityIn(stat)]])
  }
  shown.close()
}
