/** Why what is in a view cannot come into its session. */
import type { BigIntStats } from 'node:fs'
import { isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { LeftOut } from '../run-api.js'
import { isTooLong, tooLong } from '../store/layout.js'
import type { MergedStat, SessionStore } from '../store/overlay.js'

type Guard = SessionStore['guard']

const special: [is: (stat: BigIntStats) => boolean, what: string][] = [
  [(stat) => stat.isFIFO(), 'a FIFO'],
  [(stat) => stat.isSocket(), 'a socket'],
  [(stat) => stat.isBlockDevice() || stat.isCharacterDevice(), 'a device'],
]

const readOnly = 'read-only by the config'

/** Null where it can. */
export function refusal(
  { guard, port }: SessionStore,
  path: WorkspacePath,
  stat: BigIntStats,
): LeftOut | null {
  if (isTooLong(port.root, path)) return { path, reason: tooLong, code: 'INVALID_INPUT' }
  const what = special.find(([is]) => is(stat))?.[1]
  if (what !== undefined) return { path, reason: what, code: 'WRONG_KIND' }
  try {
    if (stat.isDirectory()) guard.checkRead(path)
    else guard.checkWrite(path)
    return null
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    const isProtected = guard.isProtected(path)
    return refused(path, isProtected ? 'protected' : (limitOn(guard, path) ?? readOnly))
  }
}

/** Why what was deleted stays, but for what is protected. Of what is in a folder, whoever deletes the folder asks. */
export function limitOnRemoval(guard: Guard, path: WorkspacePath, there: MergedStat | null): string | null {
  const limit = limitOn(guard, path)
  if (limit !== null || there === null || there.stat.isDirectory() || guard.isProtected(path)) return limit
  return isWritable(guard, path) ? null : readOnly
}

function isWritable(guard: Guard, path: WorkspacePath): boolean {
  try {
    guard.checkWrite(path)
    return true
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    return false
  }
}

export function refused(path: WorkspacePath, reason: string): LeftOut {
  return { path, reason, code: 'PATH_PROTECTED' }
}

/** Null where the session's own limits let it be written. */
export function limitOn(guard: Guard, path: WorkspacePath): string | null {
  try {
    guard.checkLimits(path)
    return null
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    return 'outside of what the session may write'
  }
}
