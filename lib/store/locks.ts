import { setTimeout } from 'node:timers/promises'
import { CowriteError, errnoOf } from '../errors.js'
import { monotonicNow } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { clear, ensureFolder, removeIfThere, uniqueName } from './files.js'
import { isDead, readHolders } from './holders.js'
import type { Layout } from './layout.js'
import { unfinished, unfinishedSessionLocks } from './session-lock.js'
import { Turns } from './turns.js'

/** A holder that has not touched its lock for this long is taken for dead, in milliseconds. */
const staleAfter = 10_000
const touchEvery = 2_500
/** For this long somebody else's lock is waited for, looking ever more seldom, in milliseconds. */
const patience = 12_000
const firstWait = 5
const longestWait = 250

export const lockNames = ['session', 'commit'] as const
export type LockName = (typeof lockNames)[number]

/**
 * Runs `work` while holding a lock of the workspace. The lock keeps honest processes from getting in each
 * other's way and no more: nothing that must hold hangs on it. Throws LOCKED where it cannot be had in time.
 */
export async function withLock<Result>(
  port: FilePort,
  layout: Layout,
  name: LockName,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const release = await acquire(port, layout, name)
  try {
    return await alone(port, layout, name, work)
  } finally {
    await release()
  }
}

/**
 * The lock alone can let a second one in, once the first was stopped for long or a clock was moved. What is read
 * and written anew under it, and what the dead left to be finished, is so by one at a time.
 */
async function alone<Result>(
  port: FilePort,
  layout: Layout,
  name: LockName,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const known = turnsOf(port, layout, name)
  const inherit = (): void => {
    known.isSwept = false
  }
  const whileOurs = (): Promise<Result> | Result => {
    if (!known.isSwept) sweep(port, layout, name)
    known.isSwept = true
    return work()
  }
  // Where nobody else has the turn, what is done in it is one step, up to the first thing that is waited for.
  return port.together(() => known.turns.run(known.note, whileOurs, { inherit }))
}

interface KnownTurns {
  turns: Turns
  note: string
  /** Whether what the dead left here was looked for. */
  isSwept: boolean
}

/** The logs of turns that are open: a process that locks once mostly does so again. */
const open = new WeakMap<FilePort, Map<string, KnownTurns>>()

/** Whoever opens the log anew reads all of it, in bytes. */
const largestLog = 4 * 1024

function turnsOf(port: FilePort, layout: Layout, name: LockName): KnownTurns {
  const path = layout.lockTurns(name)
  const opened = open.get(port) ?? new Map<string, KnownTurns>()
  open.set(port, opened)
  const known = opened.get(path)
  if (known !== undefined) return known
  const aside = (): string => `${layout.locks}/${uniqueName()}${unfinished}`
  const options = { largest: largestLog, withoutNotes: true }
  const turns = new Turns(port, path, layout.lockHolders, aside, options)
  const made = { turns, note: uniqueName(), isSwept: false }
  opened.set(path, made)
  return made
}

/** Lets go of what is kept open between two locks. */
export function closeLocks(port: FilePort): void {
  for (const { turns } of open.get(port)?.values() ?? []) turns.close(() => {})
  open.delete(port)
}

/** What processes left that died while they had the lock; notes are those of earlier versions. */
function sweep(port: FilePort, layout: Layout, name: LockName): void {
  for (const holder of readHolders(port, { holders: layout.lockHolders }))
    if (isDead(holder)) removeIfThere(port, holder.file)
  // Nobody else is at it now.
  if (name === 'session') for (const path of unfinishedSessionLocks(port, layout)) removeIfThere(port, path)
}

async function acquire(port: FilePort, layout: Layout, name: LockName): Promise<() => Promise<void>> {
  const giveUpAt = monotonicNow() + patience
  // Mostly it is there.
  let isFolderMade = false
  for (let wait = firstWait; ; wait = Math.min(longestWait, wait * 1.3)) {
    try {
      const release = await tryToAcquire(port, layout, name)
      if (release !== null) return release
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || isFolderMade) throw error
      ensureFolder(port, layout.locks)
      isFolderMade = true
      continue
    }
    if (monotonicNow() > giveUpAt) break
    await setTimeout(wait * (0.5 + Math.random()))
  }
  throw new CowriteError(
    'LOCKED',
    'Another process is at work in this workspace; it did not finish in time.',
    { holder: name },
  )
}

type Locking = typeof import('proper-lockfile')['lock']
let locking: Locking | undefined

/** When first needed: most commands lock nothing, and it costs a sixth of an empty start. */
async function loadLocking(): Promise<Locking> {
  // By `default`: a bundled CommonJS package has no other names when it is loaded late.
  const { default: loaded } = await import('proper-lockfile')
  locking = loaded.lock
  return locking
}

/** Null where somebody else has it. Its own waiting would go on after an error that no waiting helps, too. */
async function tryToAcquire(
  port: FilePort,
  layout: Layout,
  name: LockName,
): Promise<(() => Promise<void>) | null> {
  const path = port.absolute(lockedPath(layout, name))
  const lock = locking ?? (await loadLocking())
  let compromised = false
  try {
    const release = await lock(path, {
      fs: port.lockSeam,
      lockfilePath: port.absolute(lockPath(layout, name)),
      realpath: false,
      stale: staleAfter,
      update: touchEvery,
      retries: 0,
      onCompromised: () => {
        compromised = true
      },
    })
    return async () => {
      if (!compromised) await release().catch((error: unknown) => removeLock(port, layout, name, error))
    }
  } catch (error) {
    if (errnoOf(error) === 'ELOCKED' || isTakenAway(port, layout, error)) return null
    throw error
  }
}

/** The lock that was just made is gone again: to another process's clock it was a very old one. */
function isTakenAway(port: FilePort, layout: Layout, error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' && port.stat(layout.locks) !== null
}

/**
 * It is tried once more, or everybody waits until it counts as stale. One that was taken from us is not ours to
 * release, and one that a failing disk keeps is taken for dead soon: no work fails for that.
 */
function removeLock(port: FilePort, layout: Layout, name: LockName, error: unknown): void {
  const code = errnoOf(error)
  if (code === undefined) throw error
  if (code === 'ENOTACQUIRED' || code === 'ERELEASED' || code === 'ENOENT') return
  clear(port, lockPath(layout, name))
}

function lockedPath(layout: Layout, name: LockName): string {
  return `${layout.locks}/${name}`
}

export function lockPath(layout: Layout, name: LockName): string {
  return `${lockedPath(layout, name)}.lock`
}

/** Nobody touches it: a lock whose holder lives has another time by then. In milliseconds. */
const longEnough = touchEvery * 1.5
const lookEvery = 50

/**
 * Whether a lock is held by nobody any more. Its time tells where that is long ago; else it is watched for as
 * long as its holder may take to touch it, which is some seconds.
 */
export async function isAbandonedLock(port: FilePort, layout: Layout, name: LockName): Promise<boolean> {
  const path = lockPath(layout, name)
  const first = port.stat(path)
  if (first === null) return false
  if (Date.now() - Number(first.mtimeMs) > staleAfter) return true
  for (const until = monotonicNow() + longEnough; monotonicNow() < until; ) {
    await setTimeout(lookEvery)
    const now = port.stat(path)
    if (now === null || now.ino !== first.ino || now.mtimeNs !== first.mtimeNs) return false
  }
  return true
}
