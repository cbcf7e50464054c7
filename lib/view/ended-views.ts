/** Views that stand, of sessions that have ended: whoever is at work in one goes on, and what is done there is not lost. */
import type { BigIntStats } from 'node:fs'
import { isEnvironmental } from '../engine/engine.js'
import { isSessionName, joinPath, nameOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { LeftOut, View, ViewEnd, ViewResult, ViewSeen, ViewSummary } from '../run-api.js'
import { findStateFolder } from '../store/config.js'
import { entriesIn, replaceFile, toJson, uniqueName } from '../store/files.js'
import { artifactsFolder, layoutOf, type ViewLayout, viewLayout } from '../store/layout.js'
import { closeStore } from '../store/session-store.js'
import { openSession } from '../verbs/sessions.js'
import type { Site } from '../verbs/site.js'
import { bringInAfter, endedOf } from './bringing-in.js'
import { discardSoFar } from './going-on.js'
import { seenBy } from './live.js'
import { folderOf, isFolder, moveMarker } from './place.js'
import { inUse } from './plan.js'
import { seesProcesses } from './processes.js'
import { standingProvider } from './providers.js'
import { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'
import { beginningOf, isInUse, readNote, removeView, type Standing, stands } from './view-folder.js'

interface Known {
  view: ViewLayout
  note: Standing
  /** Whether its session is there, by that name and of that time. */
  isOpen: boolean
}

/** All views that stand. */
export function standingViews(site: Pick<Site, 'port' | 'layout'>): Known[] {
  const { port, layout } = site
  return entriesIn(port, layout.views).flatMap(({ name, kind }): Known[] => {
    const view = viewLayout(`${layout.views}/${name}`)
    const note = kind === 'folder' ? readNote(port, view) : null
    if (note === null || !stands(port, view, note)) return []
    return [{ view, note, isOpen: isSessionName(name) && port.stat(layout.session(name)) !== null }]
  })
}

/** The one that stands in the folder, or the one of the session; where there are several, of the one that is open. */
export function findView(site: Pick<Site, 'port' | 'layout'>, which: string): Known | null {
  const found = standingViews(site).filter(
    ({ note }) => note.stands.folder === which || note.session === which,
  )
  return found.find(({ isOpen }) => isOpen) ?? found[0] ?? null
}

/** The session that the view in a folder shows; null where there is none, and where it has ended. */
export function sessionOfView(port: FilePort, folder: string | null): string | null {
  const state = folder === null ? null : findStateFolder(port)
  const known = folder === null || state === null ? null : findView({ port, layout: layoutOf(state) }, folder)
  return known?.isOpen ? known.note.session : null
}

export function listViews(site: Site): ViewSummary[] {
  return standingViews(site).map(({ note, isOpen }) => {
    const { folder, provider, since } = note.stands
    const isThere = folderOf(site.port, note) !== null && isFolder(folder)
    return { session: note.session, folder, provider, since, isOpen, isThere }
  })
}

type Ending = 'committed' | 'cancelled'

/** What was seen of a view before its session ended; `uncounted`: why what lay there could not be brought in. */
export type SeenBefore = ViewSeen & Pick<ViewEnd, 'uncounted'>

/**
 * After a commit or a cancel: the view goes with its session, unless somebody is at work in it. A cancel throws away
 * what is in there by then. It has happened, whatever the disk says to this: a view that stays behind is told of.
 */
export async function endWithSession(
  site: Site,
  session: string,
  how: Ending,
  before: SeenBefore | null,
): Promise<ViewEnd | null> {
  let seen = before
  try {
    seen ??= seenBy(site.port, site.layout.view(session))
    if (how === 'cancelled') discardSoFar(site, session)
    const end = await endView(site, session, how, seen?.leftOut ?? [])
    return seen && { ...seen, ...end }
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    leaveBehind(site, session, how, seen?.leftOut ?? [])
    const reason = (error as Error).message
    return seen && { ...seen, became: 'stuck', processes: [], reason }
  }
}

async function endView(
  site: Site,
  session: string,
  how: Ending,
  leftOut: readonly LeftOut[],
): Promise<Pick<ViewEnd, 'became' | 'processes'>> {
  const { port, layout } = site
  const view = layout.view(session)
  const note = port.stat(view.folder) === null ? null : readNote(port, view)
  if (note === null) return { became: 'closed', processes: [] }
  // A command's own: it goes when the command has ended.
  if (!stands(port, view, note))
    return isInUse(note)
      ? { became: 'in_use', processes: [note.process.pid] }
      : { became: 'closed', processes: [] }
  const provider = standingProvider(note.stands.provider)
  const place = { port, view, folder: folderOf(port, note) }
  const processes = place.folder === null ? [] : provider.processesIn(place, { around: true })
  // Where that cannot be told, somebody may be at work there.
  const isUsed = place.folder !== null && (processes.length > 0 || !seesProcesses())
  if (isUsed || (how === 'committed' && wasWrittenSince(site, view, provider.find(place), leftOut))) {
    leaveTo(site, session, how, leftOut)
    return { became: 'in_use', processes }
  }
  await provider.end(place)
  removeView(port, layout, view)
  return { became: 'closed', processes: [] }
}

/** Whether somebody has written there after it was brought in, and is gone again: that is lost to nobody. */
function wasWrittenSince(
  { port, layout }: Site,
  view: ViewLayout,
  tree: Tree | null,
  leftOut: readonly LeftOut[],
): boolean {
  if (tree === null) return false
  const known = new Set([...leftOut.map(({ path }) => path), artifactsFolder, layout.state])
  const shown = new Shown(port, view)
  const look = (folder: string): boolean =>
    ownIn(tree, folder).some(([name, stat]) => {
      const path = joinPath(folder, name)
      if (known.has(path) || name === '.git') return false
      return stat.isDirectory() ? look(path) : shown.at(path) !== tree.identityIn(stat)
    })
  const isUnknown = look('')
  shown.close()
  tree.close()
  return isUnknown
}

/** It stays for whoever is at work in it, or for the one who closes it. What did not come in is kept by now. */
function leaveTo(site: Site, session: string, how: Ending, leftOut: readonly LeftOut[]): void {
  const { port, layout } = site
  const view = layout.view(session)
  const note = readNote(port, view)
  if (note === null || !stands(port, view, note)) return
  const place = { port, view, folder: folderOf(port, note) }
  const known = how === 'cancelled' ? [''] : leftOut.map(({ path }) => path)
  if (known.length > 0) takeAsKnown(site, view, standingProvider(note.stands.provider).find(place), known)
  setAside(site, session)
}

/** As `leaveTo`, as far as the disk lets. */
function leaveBehind(site: Site, session: string, how: Ending, leftOut: readonly LeftOut[]): void {
  try {
    if (site.port.stat(site.layout.view(session).folder) !== null) leaveTo(site, session, how, leftOut)
  } catch (error) {
    if (!isEnvironmental(error)) throw error
  }
}

/** Another session may have the name. */
export function setAside({ port, layout }: Site, session: string): void {
  port.rename(layout.view(session).folder, layout.endedView(uniqueName()).folder)
}

/** From now on what is at these paths and below them is what the view began with. */
function takeAsKnown({ port }: Site, view: ViewLayout, tree: Tree | null, paths: readonly string[]): void {
  if (tree === null) return
  const shown = new Shown(port, view)
  const take = (path: string, stat: BigIntStats | null): void => {
    if (path !== '') shown.add([[path, stat && tree.identityIn(stat)]])
    if (stat?.isDirectory())
      for (const [name, inside] of ownIn(tree, path)) take(joinPath(path, name), inside)
  }
  for (const path of paths) {
    const stat = tree.own.stat(tree.at(path))
    take(path, stat && tree.hides(nameOf(path), stat) ? null : stat)
  }
  shown.close()
  tree.close()
}

/** Brings what was done since into a session of its own, which has the view from then on. */
export async function syncEnded(
  site: Site,
  { view, note }: Known,
  { isLast = false } = {},
): Promise<ViewResult> {
  const { port } = site
  const folder = folderOf(port, note)
  const tree = folder === null ? null : standingProvider(note.stands.provider).find({ port, view, folder })
  if (tree === null) return { session: null, leftOut: [] }
  try {
    const { session, leftOut } = await bringInAfter(site, endedOf(note, site.agentId), view, tree, { isLast })
    if (session !== null) await handOver(site, view, note, session)
    return { session, leftOut }
  } finally {
    tree.close()
  }
}

async function closeEnded(site: Site, known: Known): Promise<ViewResult> {
  const provider = standingProvider(known.note.stands.provider)
  const place = { port: site.port, view: known.view, folder: folderOf(site.port, known.note) }
  const [pid] = provider.processesIn(place)
  if (pid !== undefined) throw inUse(known.note.session, known.note.stands.folder, pid)
  const result = await syncEnded(site, known, { isLast: true })
  await provider.end(place)
  const view = result.session === null ? known.view : site.layout.view(result.session)
  removeView(site.port, site.layout, view)
  return result
}

/** As callers see it. */
export function endedView(site: Site, known: Known, within: <R>(work: () => Promise<R>) => Promise<R>): View {
  const { folder, provider } = known.note.stands
  return {
    session: known.note.session,
    folder,
    provider,
    sync: () => within(() => syncEnded(site, known)),
    close: () => within(() => closeEnded(site, known)),
  }
}

async function handOver(site: Site, view: ViewLayout, note: Standing, session: string): Promise<void> {
  const { store } = await openSession(site, session)
  const { createdAt } = store.record.header
  closeStore(store)
  const began = Number(beginningOf(site.port, view) / 1_000_000n)
  moveMarker(site.port.root, note.stands.folder, createdAt)
  replaceFile(site.port, view.note, toJson({ ...note, session, createdAt }))
  site.port.setTimes(view.note, began, began)
  site.port.rename(view.folder, site.layout.view(session).folder)
}
