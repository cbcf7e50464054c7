/** Running a command in a session's view. */

import { environmentWith, sendSignal } from '../port/host.js'
import type { RunningCommand, RunOptions, RunResult } from '../run-api.js'
import type { SessionStore } from '../store/overlay.js'
import { adoptStrays } from '../verbs/adopt.js'
import type { Site } from '../verbs/site.js'
import { type BroughtIn, bringInAll } from './bringing-in.js'
import { kernelOverlay } from './kernel-overlay.js'
import { bringInLeftover } from './leftover.js'
import { busy, planFor, standsThere } from './plan.js'
import { populate } from './populate.js'
import { whoStays } from './processes.js'
import type { Command, OpenView, ViewPlan } from './provider.js'
import { repositoriesIn, takeOut } from './repositories.js'
import { runHere } from './run-here.js'
import { Shown } from './shown.js'
import { claim, giveUp, isInUse, readNote, removeView, sessionAround, stands } from './view-folder.js'

/** Starts a command in the merged tree; in the one around this process, where that is the session's. Throws UNSUPPORTED where there is no way to make one, LOCKED where there is one. */
export async function runInView(
  site: Site,
  store: SessionStore,
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunningCommand> {
  if (sessionAround(store.port) === store.name)
    return runHere(store.name, commandFor(store, program, args, options))
  await adoptStrays(store)
  await claimFor(site, store)
  const plan = planFor(site, store)
  let open: OpenView
  let shown: Shown
  try {
    shown = new Shown(store.port, plan.view)
    try {
      await populate(store, plan.view, shown)
    } finally {
      shown.close()
    }
    open = await kernelOverlay.open(plan, commandFor(store, program, args, options))
  } catch (error) {
    // They were moved into the view.
    for (const path of repositoriesIn(store, plan.view)) takeOut(store, plan.view, path)
    removeView(store.port, site.layout, plan.view)
    throw error
  }
  const { pid, stdin, stdout, stderr, unwritable, kill } = open
  return { pid, stdin, stdout, stderr, unwritable, kill, done: finish(site, store, plan, open, shown) }
}

function commandFor(
  { name, port }: SessionStore,
  program: string,
  args: readonly string[],
  { cwd = port.root, env, stdio = 'inherit' }: RunOptions,
): Command {
  const own = environmentWith({ COWRITE_SESSION: name, COWRITE_WORKSPACE: port.root }, env)
  return { program, args, cwd, env: own, stdio }
}

/** What a command left that was killed together with cowrite comes in first. */
async function claimFor(site: Site, store: SessionStore): Promise<void> {
  const view = site.layout.view(store.name)
  while (!claim(store.port, site.layout, store.record.header)) {
    const note = readNote(store.port, view)
    if (note !== null && stands(store.port, view, note)) throw standsThere(store.name, note.stands.folder)
    if (note !== null && isInUse(note)) throw busy(store.name, note.process.pid)
    await bringInLeftover(site, store)
  }
}

/** `shown` is what the view began with. */
async function finish(
  site: Site,
  store: SessionStore,
  plan: ViewPlan,
  open: OpenView,
  shown: Shown,
): Promise<RunResult> {
  const ended = await open.ended
  const endedWithIt = await endTheRest(open)
  let broughtIn: BroughtIn
  try {
    broughtIn = await bringInAll(site, store, plan.view, open.tree, { since: shown })
  } catch (error) {
    giveUp(store.port, plan.view)
    throw error
  } finally {
    // Whoever lets go of the tree last takes it down; it is not this process that is to wait for that.
    open.tree.close()
    open.close()
  }
  // After an error it stays: whoever opens the session next brings in what is in it.
  removeView(store.port, site.layout, plan.view)
  const { session, changes, leftOut } = broughtIn
  return { ...ended, session, changes, leftOut, endedWithIt }
}

/** Nobody writes in a view that has been brought in. What the command left at work may end by itself, or is ended. */
async function endTheRest({ left }: OpenView): Promise<number> {
  const stayed = await whoStays(left)
  for (const pid of stayed) sendSignal(pid, 'SIGTERM')
  // To look costs as much as the machine has processes.
  for (let still = stayed; still.length > 0; ) {
    still = await whoStays(left)
    for (const pid of still) sendSignal(pid, 'SIGKILL')
  }
  return stayed.length
}
