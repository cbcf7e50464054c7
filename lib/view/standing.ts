/** Views that stand in a folder of their own until they are closed. */
import { setTimeout } from 'node:timers/promises'
import { CowriteError, isCowriteError } from '../errors.js'
import type { View, ViewCost, ViewOptions, ViewResult } from '../run-api.js'
import { writeNewFile } from '../store/files.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { adoptStrays } from '../verbs/adopt.js'
import type { Site } from '../verbs/site.js'
import { bringIn, bringInAll } from './bringing-in.js'
import { setAside } from './ended-views.js'
import { bringInLeftover } from './leftover.js'
import { folderOf, makePlace, removePlace, standsIn } from './place.js'
import { busy, inUse, planFor } from './plan.js'
import type { StandingProvider, ViewPlan } from './provider.js'
import { standingProvider, standingProviders } from './providers.js'
import { repositoriesIn, takeOut } from './repositories.js'
import { Shown } from './shown.js'
import type { Tree } from './tree.js'
import {
  claim,
  isInUse,
  isOf,
  letTimePass,
  readNote,
  removeView,
  type Standing,
  stands,
  type ViewNote,
} from './view-folder.js'

/** What stands of a session. */
interface Stood {
  note: Standing
  folder: string
}

/**
 * The view of a session: the one that stands, or a new one. Throws LOCKED while a command runs in the session,
 * UNSUPPORTED where the provider that is asked for is not to be had.
 */
async function openStanding(site: Site, store: SessionStore, options: ViewOptions): Promise<Stood> {
  await adoptStrays(store)
  for (;;) {
    const there = await standingNow(site, store)
    if (there !== null) return asAsked(there, options)
    const plan = planFor(site, store)
    const made = await makeByBest(site, store, plan, options)
    if (made !== null) return made
  }
}

function asAsked(there: Stood, { provider, place }: ViewOptions): Stood {
  const { provider: present } = there.note.stands
  const isAsked = provider === undefined || provider === present
  if (isAsked && (place === undefined || standsIn(there.folder, place))) return there
  const how = isAsked ? `and not in ${place}` : `made by ${present}`
  throw new CowriteError(
    'LOCKED',
    `A view stands in ${there.folder} already, ${how}; close it to have another.`,
    { session: there.note.session, holder: 'view' },
  )
}

/** By the first way that this machine has; that one may still find that it may not. Null where another process came first. */
async function makeByBest(
  site: Site,
  store: SessionStore,
  plan: ViewPlan,
  options: ViewOptions,
): Promise<Stood | null> {
  const providers = choose(plan, options)
  let because: string | undefined
  for (const provider of providers) {
    const onBegin = (cost: ViewCost) => options.onBegin?.(because === undefined ? cost : { ...cost, because })
    try {
      return await makeStanding(site, store, plan, provider, { ...options, onBegin })
    } catch (error) {
      if (!isCowriteError(error, 'UNSUPPORTED') || provider === providers.at(-1)) throw error
      because = error.message
    }
  }
  return null
}

function choose(plan: ViewPlan, { provider: wanted }: ViewOptions): readonly StandingProvider[] {
  const provider = wanted && standingProvider(wanted)
  const missing = provider?.missing(plan) ?? null
  if (provider && missing !== null) {
    throw new CowriteError('UNSUPPORTED', `A view by ${provider.name} cannot be had here: ${missing}`, {
      what: 'view',
    })
  }
  return provider ? [provider] : standingProviders.filter((one) => one.missing(plan) === null)
}

/** Null where another process came first. */
async function makeStanding(
  site: Site,
  store: SessionStore,
  plan: ViewPlan,
  provider: StandingProvider,
  options: ViewOptions,
): Promise<Stood | null> {
  const { port, record } = store
  const folder = makePlace(port.root, record.header, options.place)
  const place = { provider: provider.name as 'copy', folder, since: new Date().toISOString() }
  if (!claim(port, site.layout, record.header, place)) {
    removePlace(folder)
    return null
  }
  try {
    const shown = new Shown(port, plan.view)
    try {
      const tree = await provider.stand(plan, folder, store, shown, options)
      tree.close()
    } finally {
      shown.close()
    }
    await letTimePass(port, plan.view)
    writeNewFile(port, plan.view.standing, '')
  } catch (error) {
    await provider.end({ ...plan, folder })
    // They were moved into the view.
    for (const path of repositoriesIn(store, plan.view)) takeOut(store, plan.view, path)
    removeView(port, site.layout, plan.view)
    throw error
  }
  return { note: readNote(port, plan.view) as Standing, folder }
}

/** The session's view that stands, where it is to be found. What is in the way of one is dealt with, or LOCKED. */
async function standingNow(site: Site, store: SessionStore): Promise<Stood | null> {
  const view = site.layout.view(store.name)
  const note = store.port.stat(view.folder) === null ? null : readNote(store.port, view)
  if (store.port.stat(view.folder) === null) return null
  if (note === null || !stands(store.port, view, note)) {
    if (note !== null && isInUse(note)) throw await beingMade(note, store)
    await bringInLeftover(site, store)
    return null
  }
  if (!isOf(note, store.record.header)) {
    setAside(site, store.name)
    return null
  }
  const folder = folderOf(store.port, note)
  const tree =
    folder === null
      ? null
      : await standingProvider(note.stands.provider).findAgain(planFor(site, store), folder)
  if (tree === null || folder === null) {
    // Somebody has removed the folder by hand.
    removeView(store.port, site.layout, view)
    return null
  }
  tree.close()
  return { note, folder }
}

async function beingMade(note: ViewNote, { name }: SessionStore): Promise<CowriteError> {
  if (note.stands === undefined) return busy(name, note.process.pid)
  await setTimeout(100)
  return new CowriteError(
    'LOCKED',
    `The view of session '${name}' is being made by process ${note.process.pid}; wait until it is.`,
    { session: name, holder: `process ${note.process.pid}` },
  )
}

/** Brings what was done in the view into its session, and what the session has by now into the view. */
async function syncStanding(site: Site, store: SessionStore, { note, folder }: Stood): Promise<ViewResult> {
  const plan = planFor(site, store)
  const provider = standingProvider(note.stands.provider)
  const tree = await provider.findAgain(plan, folder)
  if (tree === null) throw gone(note.session, folder)
  try {
    const { session, leftOut } = await bringIn(site, store, plan.view, tree)
    if (session === store.name) await updateTree(store, plan, provider, tree)
    return { session, leftOut }
  } finally {
    tree.close()
  }
}

async function updateTree(
  store: SessionStore,
  { view }: ViewPlan,
  provider: StandingProvider,
  tree: Tree,
): Promise<void> {
  const shown = new Shown(store.port, view)
  try {
    await provider.update(store, view, tree, shown)
  } finally {
    shown.close()
  }
}

/** As `syncStanding`, and then it is gone. Throws LOCKED while a program is at work in it. */
async function closeStanding(site: Site, store: SessionStore, { note, folder }: Stood): Promise<ViewResult> {
  const plan = planFor(site, store)
  const provider = standingProvider(note.stands.provider)
  const found = { ...plan, folder }
  return withLock(store.port, site.layout, 'commit', async () => {
    const [pid] = provider.processesIn(found)
    if (pid !== undefined) throw inUse(note.session, folder, pid)
    const tree = await provider.findAgain(plan, folder)
    if (tree === null) throw gone(note.session, folder)
    let result: ViewResult
    try {
      const { session, leftOut } = await bringInAll(site, store, plan.view, tree)
      result = { session, leftOut }
    } finally {
      tree.close()
    }
    await provider.end(found)
    removeView(store.port, site.layout, plan.view)
    return result
  })
}

function gone(session: string, folder: string): CowriteError {
  return new CowriteError('NOT_FOUND', `The view of session '${session}' is not at ${folder} any more.`, {
    path: folder,
    view: session,
  })
}

/** What a session does around all that it is asked for. */
type Within = <Result>(work: () => Promise<Result>) => Promise<Result>

/** The one that stands, or a new one. */
export async function viewOf(
  site: Site,
  store: SessionStore,
  options: ViewOptions,
  within: Within,
): Promise<View> {
  return asView(site, store, await within(() => openStanding(site, store, options)), within)
}

/** The one that stands; null where none does. */
export async function standingView(site: Site, store: SessionStore, within: Within): Promise<View | null> {
  const stood = await within(() => standingNow(site, store))
  return stood && asView(site, store, stood, within)
}

function asView(site: Site, store: SessionStore, stood: Stood, within: Within): View {
  return {
    session: store.name,
    folder: stood.folder,
    provider: stood.note.stands.provider,
    sync: () => within(() => syncStanding(site, store, stood)),
    close: () => within(() => closeStanding(site, store, stood)),
  }
}
