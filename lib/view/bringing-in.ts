/** What was done in a view, into the session; into a new one where that has ended meanwhile. */
import { setTimeout } from 'node:timers/promises'
import { isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { ChangesMade, LeftOut } from '../run-api.js'
import type { ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { writeProjection } from '../store/projection.js'
import type { SessionHeader } from '../store/record.js'
import { isSealed } from '../store/seal.js'
import { closeStore, takeBackSession } from '../store/session-store.js'
import { openSession, startSession } from '../verbs/sessions.js'
import type { Site } from '../verbs/site.js'
import { changesMade } from './changes-made.js'
import { keepCopiedRepository } from './copied-repositories.js'
import { fetchRepository } from './fetching.js'
import { harvest, harvestAt } from './harvest.js'
import { keepLeftOut } from './left-out.js'
import { keepRepository } from './repositories.js'
import { Shown } from './shown.js'
import type { Tree } from './tree.js'
import type { ViewNote } from './view-folder.js'

export interface BroughtIn {
  /** The session that has it; null where there was nothing for a new one. */
  session: string | null
  /** Where it was asked since when. */
  changes: ChangesMade | null
  leftOut: LeftOut[]
  /** Repositories of lower's that something was done to, by the paths of their `.git`. */
  repositories: WorkspacePath[]
}

interface BringingIn {
  /** Nothing comes after it: all is looked at by its content, and what does not come in is kept. */
  isLast?: boolean
  /** What the view began with: what it has changed since is told, too. */
  since?: Shown | undefined
}

export async function bringIn(
  site: Site,
  store: SessionStore,
  view: ViewLayout,
  tree: Tree,
  { isLast = false, since }: BringingIn = {},
): Promise<BroughtIn> {
  const shown = new Shown(store.port, view)
  try {
    if (!(await isOpen(store))) {
      return await bringIntoNew(site, store.record.header, view, tree, shown, { isLast, since })
    }
    const { leftOut, repositories } = await harvest(store, view, tree, shown, isLast)
    const changes = since ? changesMade(store, since, shown, leftOut) : null
    const told = isLast ? await keepLeftOut(store, view, tree, shown, leftOut) : leftOut
    return { session: store.name, changes, leftOut: told, repositories }
  } finally {
    shown.close()
  }
}

/** As `bringIn`, as far as one file is concerned; false where that is not to be told. */
export async function bringInAt(
  store: SessionStore,
  view: ViewLayout,
  tree: Tree,
  path: WorkspacePath,
): Promise<boolean> {
  const shown = new Shown(store.port, view)
  try {
    return await harvestAt(store, view, tree, shown, path)
  } finally {
    shown.close()
  }
}

/** As `bringIn`, when nobody is at work in the view any more: repositories are kept for the next. */
export async function bringInAll(
  site: Site,
  store: SessionStore,
  view: ViewLayout,
  tree: Tree,
  { since }: Pick<BringingIn, 'since'> = {},
): Promise<BroughtIn> {
  const broughtIn = await bringIn(site, store, view, tree, { isLast: true, since })
  if (broughtIn.session === store.name) {
    for (const path of broughtIn.repositories) {
      await (tree.isCopy
        ? keepCopiedRepository(store, tree, path)
        : keepRepository(store, view, tree.merged, path))
    }
  } else if (store.port.stat(view.cancelled) === null) {
    // Committed from inside, it has no session any more that would keep them.
    for (const path of broughtIn.repositories)
      await fetchRepository(store, `${tree.merged.entrance}/${path}`, path)
  }
  return broughtIn
}

/** A session that is over, as far as it is still known. Its limits go on for what is written after its end. */
export type Ended = Pick<SessionHeader, 'name' | 'agentId' | 'limits'>

/** The session whose view it was. */
export function endedOf({ session, limits }: ViewNote, agentId: string): Ended {
  return { name: session, agentId, ...(limits ? { limits } : {}) }
}

/** Of a session that has ended; another may bear its name by now. */
export async function bringInAfter(
  site: Site,
  ended: Ended,
  view: ViewLayout,
  tree: Tree,
  { isLast = false }: BringingIn = {},
): Promise<BroughtIn> {
  const shown = new Shown(site.port, view)
  try {
    return await bringIntoNew(site, ended, view, tree, shown, { isLast })
  } finally {
    shown.close()
  }
}

/** Whether the session takes writes; a commit that is under way is waited for. */
async function isOpen(store: SessionStore): Promise<boolean> {
  while (!store.record.isLive()) {
    if (!isSealed(store.port, store.layout)) return false
    await setTimeout(50)
  }
  return true
}

async function bringIntoNew(
  site: Site,
  ended: Ended,
  view: ViewLayout,
  tree: Tree,
  shown: Shown,
  { isLast, since }: BringingIn,
): Promise<BroughtIn> {
  const store = await startAfter(site, ended)
  let isEmpty = false
  try {
    const { leftOut, repositories } = await harvest(store, view, tree, shown)
    const changes = since ? changesMade(store, null, shown, leftOut) : null
    const told = isLast ? await keepLeftOut(store, view, tree, shown, leftOut) : leftOut
    // A session that has nothing but what did not come in is where that is found.
    isEmpty = store.record.entries.size === 0 && !told.some(({ savedTo }) => savedTo)
    if (!isEmpty) writeProjection(store.port, store.layout, store.record)
    return { session: isEmpty ? null : store.name, changes, leftOut: told, repositories }
  } finally {
    closeStore(store)
    if (isEmpty) takeBackSession(site.port, site.layout, store.name)
  }
}

async function startAfter(site: Site, { name, agentId, limits }: Ended): Promise<SessionStore> {
  const nobody = { chat: null, chatEndsWithProcess: false, session: null }
  const description = `What was written in the view of '${name}' after it had ended`
  for (let number = 2; ; number++) {
    const next = `${name.slice(0, 58)}-${number}`
    try {
      const options = { activate: false, agentId, description, ...limits }
      const { opened } = await startSession(site, nobody, next, options)
      return (opened ?? (await openSession(site, next))).store
    } catch (error) {
      if (!isCowriteError(error, 'ALREADY_EXISTS')) throw error
    }
  }
}
