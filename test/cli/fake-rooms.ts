/** A few operations that record what they are asked, so that the adapter is tested on its own. */
import { z } from 'zod'
import type { Initializes, Rooms } from '../../cli/io.js'
import { CowriteError, isCowriteError } from '../../lib/errors.js'
import type { Context, Operation } from '../../lib/operations/operation.js'
import { operation } from '../../lib/operations/operation.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'

export interface Recorded {
  operation: string
  input: Record<string, unknown>
  confirmed: boolean
}

export interface FakeRooms {
  rooms: Rooms
  calls: Recorded[]
  opened: { root: string; options: unknown }[]
  closed: () => number
}

export type Behaviour = (
  input: Record<string, unknown>,
  context: Context,
) => Promise<Record<string, unknown>> | Record<string, unknown>

const text = (description: string) => z.string().describe(description)
const kinds = ['keep_session', 'keep_global', 'markers'] as const

function define(
  name: string,
  usage: string,
  kind: Operation['kind'],
  input: z.ZodRawShape,
  extra: { flags?: Record<string, string>; examples?: string[] } = {},
): Operation {
  return operation({
    name,
    group: 'session',
    title: name,
    summary: `Does ${name}`,
    kind,
    idempotent: false,
    input: z.strictObject(input),
    output: z.looseObject({}),
    commandLine: {
      usage,
      examples: extra.examples ?? [`cowrite ${usage.split(' ')[0]}`],
      ...(extra.flags ? { flags: extra.flags } : {}),
    },
    chat: `/${name}`,
    run: async () => ({}),
    render: (result) => `${name} rendered ${JSON.stringify(result)}`,
  }) as unknown as Operation
}

const definitions: Operation[] = [
  define('create_session', 'session start [name] [description]', 'write', {
    name: text('Its name').optional(),
    description: text('What for').optional(),
    agent_id: text('Who').optional(),
    idempotent: z.boolean().default(false).describe('Resume'),
    auto_end_stale: text('Age').optional(),
  }),
  define('list_sessions', 'session list', 'read', {}),
  define('get_active_session', 'session status', 'read', { session: text('Which').optional() }),
  define('commit_session', 'session commit [name]', 'destructive', {
    name: text('Which').nullish(),
    force: z.boolean().default(false).describe('Apply'),
    files: z.array(z.string()).optional().describe('Only these'),
    on_conflict: z.enum(kinds).optional().describe('What then'),
    expect: text('Digest').optional(),
    include_ignored: z.boolean().optional().describe('Ignored too'),
  }),
  define('merge_sessions', 'session merge <source>', 'write', {
    source: text('Which'),
    into: text('Where').optional(),
    force: z.boolean().default(false).describe('Apply'),
    on_conflict: z.enum(['keep_source', 'keep_target', 'markers']).optional().describe('What then'),
    expect: text('Digest').optional(),
  }),
  define('cancel_session', 'session cancel [name]', 'destructive', {
    name: text('Which').optional(),
    backup_retries: z.boolean().default(true).describe('Keep retries'),
  }),
  define('undo_commit', 'session undo [commit_id]', 'write', { commit_id: text('Which').optional() }),
  define('record_human_retry', 'retry <file_path> <reason>', 'write', {
    file_path: text('Which'),
    reason: text('Why'),
    session: text('Where').optional(),
  }),
  define('read_session_file', 'file read <file_path>', 'read', {
    file_path: text('Which'),
    limit: z.number().int().positive().optional().describe('How much'),
  }),
  define('write_session_file', 'file write <file_path>', 'write', {
    file_path: text('Which'),
    content: text('What'),
    if_match: text('Etag').optional(),
  }),
]

export function fakeRooms(
  behaviours: Record<string, Behaviour> = {},
  workspaceParts: Partial<WorkspaceApi> = {},
): FakeRooms {
  const calls: Recorded[] = []
  const opened: FakeRooms['opened'] = []
  let closed = 0
  const operations = definitions.map(
    (definition): Operation => ({
      ...definition,
      run: async (context, input) => {
        calls.push({ operation: definition.name, input, confirmed: context.confirmedByPerson === true })
        return (await behaviours[definition.name]?.(input, context)) ?? { done: true }
      },
    }),
  )
  const workspace = {
    stateFolder: 'workspace',
    folders: { missing: null, within: null },
    list: async () => ({ sessions: [], count: 0, active: null }),
    active: async () => null,
    session: async () => {
      throw new CowriteError('NO_ACTIVE_SESSION', 'No active session', {})
    },
    start: async () => ({
      name: 'trial',
      path: 'workspace/sessions/trial/',
      // As after a command of the doctor's own, which wrote this in the session's view.
      run: async () => ({ stdin: null, stdout: null, stderr: null, done: { exitCode: 0 } }),
      read: async () => ({ content: 'Call me Ishmael.\n' }),
    }),
    commits: async () => [],
    runObstacles: async () => ({ refused: null, unwritable: null }),
    views: async () => [],
    view: async () => null,
    close: async () => {
      closed += 1
    },
    ...workspaceParts,
  } as unknown as WorkspaceApi & Initializes
  return {
    calls,
    opened,
    closed: () => closed,
    rooms: {
      operations: async () => ({ operations, parseInput, noteCall: () => {}, noteRefusal: async () => {} }),
      failures: async () => ({ describeFailure }),
      library: async () => ({
        findWorkspace: () => null,
        findViewAround: () => null,
        openWorkspace: async (root, options) => {
          opened.push({ root, options })
          return workspace
        },
      }),
      server: async () => {
        throw new Error('no server here')
      },
    },
  }
}

function parseInput(which: Operation, raw: unknown): Record<string, unknown> {
  const parsed = which.input.safeParse(raw)
  if (parsed.success) return parsed.data
  throw new CowriteError('INVALID_INPUT', parsed.error.issues[0]?.message ?? 'bad', {})
}

function describeFailure(error: unknown) {
  if (!isCowriteError(error)) throw error
  const { code, message, data } = error
  return { code, message, data, next_steps: ['cowrite --help'], text: `❌ ERROR: ${message}` }
}
