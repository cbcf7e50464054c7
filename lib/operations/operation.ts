import type * as z from 'zod'
import type { ErrorCode } from '../errors.js'
import type { SessionApi, WorkspaceApi } from '../workspace-api.js'

/** Where an answer is read: it decides how the next steps are spelled, and nothing else. */
export type Face = 'chat' | 'shell'

export type Group = 'session' | 'files' | 'records'

/** What an operation is given to work with. */
export interface Context {
  workspace: WorkspaceApi
  /** The session to work in: the call's own `session` argument, else the workspace handle's. */
  session(name?: string): Promise<SessionApi>
  signal?: AbortSignal
  onProgress?: (done: number, total: number, step: string) => void
  /** Whether the adapter has a person's word for this call. */
  confirmedByPerson?: boolean
}

/** How the command line spells an operation. */
export interface CommandLine {
  /** `session start [name] [description]`: words, then the inputs that stand without a flag. */
  usage: string
  /** Inputs whose flags differ from `--kebab-case-of-the-input`, with spaces between; `--no-…` says false. */
  flags?: Record<string, string>
  examples: string[]
}

/**
 * One thing that people and agents can do: the MCP tools, the command line and the reference are made of these.
 * `input` and `output` are strict zod objects with snake_case fields; `render` turns the output into what a person reads.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  name: string
  group: Group
  title: string
  summary: string
  kind: 'read' | 'write' | 'destructive'
  idempotent: boolean
  input: Input
  output: Output
  commandLine: CommandLine
  /** How a chat spells it: `/session start <name>`. */
  chat: string
  /** The workspace is to be opened as it lies: opening it finishes nothing that dead processes left. */
  opensAsItLies?: true
  run(context: Context, input: z.output<Input>): Promise<z.output<Output>>
  /** `columns` is how wide the terminal is, where it is known. */
  render(result: z.output<Output>, face: Face, columns?: number): string
  /** An answer that tells of something bad ends a command with that code's exit status. */
  exitCode?(result: z.output<Output>): ErrorCode | null
}

/** Keeps the types of one definition together. */
export function operation<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Operation<Input, Output>,
): Operation<Input, Output> {
  return definition
}
