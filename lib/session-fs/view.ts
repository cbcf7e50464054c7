import type { WorkspacePath } from '../paths.js'
import type { SessionStore } from '../store/overlay.js'
import { asNodeError, type Call } from './errors.js'
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
    return await work()
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
    return await view.writing(async () => work())
  } catch (error) {
    throw asNodeError(error, call)
  }
}
