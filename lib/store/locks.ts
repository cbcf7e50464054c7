import { setTimeout } from 'node:timers/promises'
import { CowriteError, errnoOf } from '../errors.js'
import { monotonicNow } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { clear, ensureFolder, removeIfThere, uniqueName } from './files.js'
import { holdSession, isDead, letGo, readHolders } from './holders.js'
import type { Layout } from './layout.js'
import { unfinished } from './session-lock.js'
import { largestWhereReadEachTime, Turns } from './turns.js'

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
  ensureFolder(port, layout.locks)
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
  ensureFolder(port, layout.lockHolders)
  const notes = { holders: layout.lockHolders, temporary: layout.locks }
  for (const holder of readHolders(port, notes)) if (isDead(holder)) removeIfThere(port, holder.file)
  const aside = (): string => `${layout.locks}/${uniqueName()}${unfinished}`
  const turns = new Turns(port, layout.lockTurns(name), notes.holders, aside, largestWhereReadEachTime)
  const note = holdSession(port, notes, 'library', unfinished)
  try {
    return await turns.run(note, work)
  } finally {
    turns.close(() => letGo(port, note))
  }
}

async function acquire(port: FilePort, layout: Layout, name: LockName): Promise<() => Promise<void>> {
  const giveUpAt = monotonicNow() + patience
  for (let wait = firstWait; ; wait = Math.min(longestWait, wait * 1.3)) {
    const release = await tryToAcquire(port, layout, name)
    if (release !== null) return release
    if (monotonicNow() > giveUpAt) break
    await setTimeout(wait * (0.5 + Math.random()))
  }
  throw new CowriteError(
    'LOCKED',
    'Another process is at work in this workspace; it did not finish in time.',
    { holder: name },
  )
}

/** Null where somebody else has it. Its own waiting would go on after an error that no waiting helps, too. */
async function tryToAcquire(
  port: FilePort,
  layout: Layout,
  name: LockName,
): Promise<(() => Promise<void>) | null> {
  const path = port.absolute(lockedPath(layout, name))
  // Loaded when first needed: most commands lock nothing, and it costs a sixth of an empty start.
  // By `default`: a bundled CommonJS package has no other names when it is loaded late.
  const {
    default: { lock },
  } = await import('proper-lockfile')
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
