import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import { adoptAt } from '../verbs/adopt.js'
import { asNodeError, type Call } from './errors.js'
import { ask } from './paths.js'
import type { Writing } from './types.js'

/** A session's merged view, as the calls of `session.fs` see it. */
export interface View {
  store: SessionStore
  writing: Writing
  /** Throws SESSION_NOT_FOUND where the session's handle was closed. */
  assertOpen(): void
  isOpen(): boolean
  /** How many handles for writing are open at a path: only the last one takes an unchanged copy back. */
  openForWriting: Map<WorkspacePath, number>
}

/** Runs a call that changes nothing, with the errors of node:fs. */
export async function reading<Result>(
  view: View,
  call: Call,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    view.assertOpen()
    try {
      return await work()
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || (await adoptNamed(view, call)) === 0) throw error
      return await work()
    }
  } catch (error) {
    throw asNodeError(error, { ...call, looksOnly: true })
  }
}

/** Runs a call that may change something, with the errors of node:fs. */
export async function changing<Result>(
  view: View,
  call: Call,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await view.writing(async () => {
      await adoptNamed(view, call)
      return work()
    })
  } catch (error) {
    throw asNodeError(error, call)
  }
}

/** Takes in what was put by hand where a call looks or writes; what leads there through links is left to a status. */
export async function adoptNamed({ store }: View, { path, dest }: Call): Promise<number> {
  let count = 0
  for (const shown of [path, dest]) {
    const asked = shown === undefined ? null : pathOrNull(store.port.root, shown)
    if (asked !== null) count += (await adoptAt(store, asked)).length
  }
  return count
}

/** The call itself says what is wrong with a path that is none. */
function pathOrNull(root: string, shown: string): WorkspacePath | null {
  try {
    const { path, plain } = ask(root, shown)
    return plain ? path : null
  } catch (error) {
    if (isCowriteError(error) || errnoOf(error) !== undefined) return null
    throw error
  }
}
