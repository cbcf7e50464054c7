/** Views of commands that were killed together with cowrite: what was on disk comes in. */

import { errnoOf, isCowriteError } from '../errors.js'
import { asOwnError } from '../foreign-errors.js'
import { isAlive } from '../port/host.js'
import type { LeftOut } from '../run-api.js'
import { cannotBeWritten } from '../store/damage.js'
import { ensureFolder, removeIfThere, uniqueName, writeNewFile } from '../store/files.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { closeStore } from '../store/session-store.js'
import { shortened } from '../text/words.js'
import { keptLeftOut } from '../verbs/kept-left-out.js'
import { openSession } from '../verbs/sessions.js'
import type { Site } from '../verbs/site.js'
import { bringInAfter, bringInAll, endedOf } from './bringing-in.js'
import { kernelOverlay } from './kernel-overlay.js'
import { folderOf } from './place.js'
import { busy, planFor } from './plan.js'
import { whoStays } from './processes.js'
import type { ViewPlan } from './provider.js'
import { standingProvider } from './providers.js'
import { repositoriesIn, takeOut } from './repositories.js'
import { isInUse, isOf, readNote, removeView, stands } from './view-folder.js'

/** Whether the session has a view that nobody is at work in any more; who cannot be seen from here counts as at work. */
export function hasLeftover(site: Site, session: string): boolean {
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

/** As `openWithLeftover`; what cannot come in now waits where it is, and is told of whenever somebody looks. */
export async function openDespiteLeftover(site: Site, name: string): Promise<OpenedWith> {
  try {
    return await openWithLeftover(site, name)
  } catch (error) {
    if (!waits(error)) throw error
    return { ...(await openSession(site, name)), leftOut: [] }
  }
}

/** Whether what lies in a view cannot come in for a reason that may pass: there is no room, or no way to look into it. */
export function waits(error: unknown): boolean {
  return cannotBeWritten(error) || isCowriteError(error, 'UNSUPPORTED')
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
    const told = leftOut
      .map(({ path, reason }) => `${JSON.stringify(shortened(path))} (${reason})`)
      .join(', ')
    const but = told === '' ? '' : `, but for ${told}`
    const where = told === '' || kept === null ? '' : `, kept in ${kept.folder}`
    return { finding: `what a command had written in the view was brought in${but}${where}`, leftOut }
  } catch (error) {
    if (isCowriteError(error, 'LOCKED') || (errnoOf(error) === undefined && !isCowriteError(error)))
      throw error
    if (waits(error)) {
      const { upper } = site.layout.view(session)
      const finding = `what a command had written in the view cannot come in now (${(asOwnError(error) as Error).message}), and waits in ${upper}`
      return { finding, leftOut: [] }
    }
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
    for (const path of repositoriesIn(store, plan.view)) takeOut(store, plan.view, path)
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
  requireRoom(plan)
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

/** A shell that makes a view says nothing that could be understood of a full disk. Throws what writing throws. */
function requireRoom({ port, view }: Pick<ViewPlan, 'port' | 'view'>): void {
  const probe = `${view.folder}/room`
  try {
    writeNewFile(port, probe, ' '.repeat(8192))
  } finally {
    removeIfThere(port, probe)
  }
}
