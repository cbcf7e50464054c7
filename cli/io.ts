/** What the command line touches of the world, so that it can run whole inside a test. */

import type { Operation } from '../lib/operations/operation.js'
import type { OperationName } from '../lib/render/commands.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'

export type Input = NodeJS.ReadableStream & { isTTY?: boolean }
export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

export interface OpenOptions {
  /** Where the person stands: in a session's view, that session is meant. */
  cwd?: string
  chat?: string
  session?: string
  /** What this process is, for others who find it at work. */
  holder?: string
  /** The program that calls come through, for the records. */
  client?: string
  stateFolder?: 'workspace' | '.cowrite'
  /** Whether opening finishes what dead processes left; true unless it says otherwise. */
  recover?: boolean
}

/** An error as people and programs are told of it. */
export interface Failure {
  code: string
  message: string
  data: unknown
  next_steps: string[]
}

export interface OperationsRoom {
  operations: readonly Operation[]
  /** Throws INVALID_INPUT. */
  parseInput(operation: Operation, raw: unknown): Record<string, unknown>
  /** Lets an error know which call it comes of, where it does not yet; `options` are those that only a shell has. */
  noteCall(error: unknown, operation: Operation, raw: unknown, options?: Record<string, string>): void
  /** Logs that a call was refused for its input, where it names a session. */
  noteRefusal(
    within: (act: (workspace: WorkspaceApi) => Promise<void>) => Promise<void>,
    operation: Operation,
    raw: unknown,
    error: unknown,
  ): Promise<void>
}

export interface FailuresRoom {
  /** `operation` is the one that was asked for, where the error does not know it. */
  describeFailure(error: unknown, face: 'shell', operation?: OperationName): Failure & { text: string }
}

export interface Initializes {
  /** Makes the state folder, if it is not there. */
  initialize(): Promise<void>
}

export interface LibraryRoom {
  openWorkspace(root: string, options?: OpenOptions): Promise<WorkspaceApi & Initializes>
  /** The nearest folder from `from` upwards that is a workspace. */
  findWorkspace(from: string): Promise<string | null> | string | null
  /** The view that stands around `from`, by its folder. */
  findViewAround(from: string): string | null
}

export interface ServerOptions {
  workspace?: string
  session?: string
  tools?: string
  results?: string
}

export interface ServerRoom {
  /** Serves until the client leaves, then ends the process. */
  runServer(options: ServerOptions): Promise<void>
}

/** The rooms beyond the adapter, each loaded when a command first needs it. */
export interface Rooms {
  operations(): Promise<OperationsRoom>
  failures(): Promise<FailuresRoom>
  library(): Promise<LibraryRoom>
  server(): Promise<ServerRoom>
}

export interface Io {
  stdin: Input
  stdout: Output
  stderr: Output
  env: Record<string, string | undefined>
  cwd: string
  version: string
  /** The program's own file, `…/dist/cli/main.js`. */
  program: string
  rooms: Rooms
  /** Calls `listener` when the program is asked to stop, with the exit status for it, until `stop` is called. */
  onInterrupt(listener: (status: number) => void): { stop(): void }
  /**
   * Gives every signal that the program gets to `listener`, and to nobody else, until `stop` is called: for a program
   * that is run in the place of this one. What a terminal sends to both is left out.
   */
  passSignals(listener: (signal: NodeJS.Signals) => void): { stop(): void }
}

/** Whether a person sits at both ends, so that a question would be seen and answered. */
export function canAsk(io: Io): boolean {
  // Where nobody looks, stdin is not even opened: that takes a moment.
  return io.stdout.isTTY === true && io.stdin.isTTY === true
}
