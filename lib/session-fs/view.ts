import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import { takeInAt } from '../verbs/adopt.js'
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
      const takingIn = takeInNamed(view, call)
      if (takingIn !== null) await takingIn
      return work()
    })
  } catch (error) {
    throw asNodeError(error, call)
  }
}

/** Takes in what was put by hand where a call looks or writes; what leads there through links is left to a status. */
export async function adoptNamed(view: View, call: Call): Promise<number> {
  return (await takeInNamed(view, call)) ?? 0
}

/** As `adoptNamed`, for a call that goes on in the same step where there is nothing to take in: then null. */
function takeInNamed({ store }: View, { path, dest }: Call): Promise<number> | null {
  const first = takeInShown(store, path)
  if (dest === undefined) return first
  return (first ?? Promise.resolve(0)).then(async (count) => count + ((await takeInShown(store, dest)) ?? 0))
}

function takeInShown(store: SessionStore, shown: string | undefined): Promise<number> | null {
  const asked = shown === undefined ? null : pathOrNull(store.port.root, shown)
  const takingIn = asked === null ? null : takeInAt(store, asked)
  return takingIn?.then(({ length }) => length) ?? null
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
