/** One run of one command: where it answers, and what it works with. */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { CowriteError, errnoOf } from '../lib/errors.js'
import type { Context, Operation } from '../lib/operations/operation.js'
import type { Runnable } from '../lib/operations/runnable.js'
import { renderFinishedFirst } from '../lib/render/finished-first.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'
import { paint, wantsColours } from './colours.js'
import { canAsk, type Io } from './io.js'
import { write, writeJson, writeText } from './output.js'
import { withPathsFromHere, withStatedPaths } from './paths.js'
import { startProgress } from './progress.js'

export interface Globals {
  workspace?: string
  session?: string
  json?: boolean
}

export interface Call {
  io: Io
  globals: Globals
  json: boolean
  /** Whether a question may be put to a person. */
  asks: boolean
  signal: AbortSignal
  /** Prints an answer: for programs with --json, else for people. */
  answer(result: unknown, text: string): Promise<void>
  /** The exit status that an answer comes with: 0, unless it tells of something bad. */
  status: number
}

export type Result = Record<string, unknown>

export function makeCall(io: Io, globals: Globals, signal: AbortSignal): Call {
  const json = globals.json === true
  return {
    io,
    globals,
    json,
    get asks() {
      return !json && canAsk(io)
    },
    signal,
    status: 0,
    answer: (result, text) =>
      json
        ? writeJson(io.stdout, result)
        : text === ''
          ? write(io.stdout, '')
          : paint(text, wantsColours(io.stdout, io.env)).then((painted) => writeText(io.stdout, painted)),
  }
}

/** The folder that was named, by the option or the environment. */
export function stated({ io, globals }: Pick<Call, 'io' | 'globals'>): string | undefined {
  if (globals.workspace === '') {
    throw new CowriteError('INVALID_INPUT', '--workspace is empty', { argument: 'workspace', value: '' })
  }
  return globals.workspace ?? (io.env.COWRITE_WORKSPACE || undefined)
}

/** The workspace's folder: the one that was named, else the nearest parent that is one, else the current folder. */
export async function findRoot(call: Call): Promise<string> {
  const { cwd, rooms } = call.io
  const named = stated(call)
  if (named !== undefined) return realFolder(resolve(cwd, named))
  const { findWorkspace } = await rooms.library()
  return realFolder((await findWorkspace(cwd)) ?? cwd)
}

/** The view that stands around the folder that one stands in, by its folder; null where none does. */
export async function viewAround({ io }: Pick<Call, 'io'>): Promise<string | null> {
  return (await io.rooms.library()).findViewAround(io.cwd)
}

/** Throws WORKSPACE_UNAVAILABLE. */
export async function realFolder(folder: string): Promise<string> {
  try {
    return realpathSync.native(folder)
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    const why = reason === 'ENOENT' ? 'there is no such folder' : reason
    throw new CowriteError('WORKSPACE_UNAVAILABLE', `${folder} cannot be opened: ${why}`, {
      root: folder,
      reason,
    })
  }
}

type Act<T> = (workspace: WorkspaceApi) => Promise<T>

interface OpeningOptions {
  asItLies?: boolean
  /** Whether the call works in the session that was named for it, rather than only asks about it. */
  works?: boolean
}

/** Opens the workspace for as long as `act` takes; as it lies, where what dead processes left is to be seen. */
export async function withWorkspace<T>(
  call: Call,
  root: string,
  act: Act<T>,
  { asItLies = false, works = true }: OpeningOptions = {},
): Promise<T> {
  const { io, globals } = call
  const chat = io.env.CLAUDE_CODE_SESSION_ID || undefined
  const session = (works ? globals.session : undefined) ?? (io.env.COWRITE_SESSION || undefined)
  const { openWorkspace } = await io.rooms.library()
  const workspace = await openWorkspace(root, {
    holder: 'command line',
    client: chat === undefined ? 'cli' : 'claude-code',
    ...(asItLies ? { recover: false } : {}),
    ...((await viewAround(call)) === null ? {} : { cwd: io.cwd }),
    ...(chat === undefined ? {} : { chat }),
    ...(session === undefined ? {} : { session }),
  })
  try {
    if (workspace.finishedFirst) await writeText(io.stderr, renderFinishedFirst(workspace.finishedFirst))
    return await act(workspace)
  } finally {
    await workspace.close()
  }
}

export interface Opened {
  root: string
  workspace: WorkspaceApi
  /** Runs an operation on input as typed; `confirmed` is a person's word. */
  run(operation: Runnable, raw: Result, options?: { confirmed?: boolean }): Promise<Result>
}

/**
 * Opens the workspace for operations. Input is checked before a folder is opened, and names of files that start from
 * where the person stands are turned into workspace paths.
 */
export async function withOperations<T>(
  call: Call,
  operation: Runnable,
  raw: Result,
  act: (opened: Opened, raw: Result) => Promise<T>,
): Promise<T> {
  const room = await call.io.rooms.operations()
  // Where an operation came from, its input is checked.
  const parseInput = (which: Runnable, input: Result) => room.parseInput(which as Operation, input)
  const root = await findRoot(call)
  const here = { root, cwd: call.io.cwd, view: await viewAround(call) }
  const stated = await withStatedPaths(withStatedSession(raw, operation, call.globals), here)
  try {
    parseInput(operation, stated)
  } catch (error) {
    const note = (act: Act<void>) => withWorkspace(call, root, act, { asItLies: true })
    await room.noteRefusal(note, operation as Operation, stated, error)
    throw error
  }
  const asItLies = operation.opensAsItLies === true
  const work = async (workspace: WorkspaceApi): Promise<T> => {
    const placed = await withPathsFromHere({ typed: raw, stated }, here, operation, workspace)
    const opened: Opened = {
      root,
      workspace,
      run: async (which, input, { confirmed = false } = {}) => {
        call.signal.throwIfAborted()
        const progress = startProgress(call.io.stderr)
        const context: Context = {
          workspace,
          session: (name) => workspace.session(name),
          signal: call.signal,
          onProgress: progress.report,
          ...(confirmed ? { confirmedByPerson: true } : {}),
        }
        try {
          const running = which.run(context, parseInput(which, input))
          return await (which.kind === 'read' ? orInterrupted(running, call.signal) : running)
        } finally {
          progress.end()
        }
      },
    }
    try {
      return await act(opened, placed)
    } catch (error) {
      room.noteCall(error, operation as Operation, placed)
      throw error
    }
  }
  // Which one is active is not changed by asking about another.
  return withWorkspace(call, root, work, { asItLies, works: operation.name !== 'get_active_session' })
}

/** The session that was named, for an operation that has to be told which one it is about. */
function withStatedSession(raw: Result, { input }: Runnable, { session }: Globals): Result {
  return session === undefined || !('session' in input.shape) ? raw : { ...raw, session }
}

/** Nobody waits for an answer that they broke off; what writes is left to come to its own clean end. */
export async function orInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => {}
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([running, interrupted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
