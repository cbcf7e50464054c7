/**
 * The operations that people and scripts call most, without the schemas of their input and answer: to load those takes
 * longer than the operations do. Whoever uses these has input of which nothing has to be checked.
 */
import type { OperationName } from '../../render/commands.js'
import { renderReadSessionFile } from '../../render/files.js'
import { renderGetActiveSession } from '../../render/get-active-session.js'
import { renderListSessions } from '../../render/list-sessions.js'
import type { About } from '../../render/next-steps.js'
import { renderRecordHumanRetry } from '../../render/record-human-retry.js'
import { noteOrigin } from '../failed-in.js'
import { given } from '../given.js'
import type { Context, Face, Group } from '../operation.js'
import { marked, type Runnable } from '../runnable.js'
import { getActiveSession } from './get-active-session.js'
import { listSessions } from './list-sessions.js'
import { readSessionFile } from './read-session-file.js'
import { recordHumanRetry } from './record-human-retry.js'

export { describeFailure } from '../failure.js'
export { noteRefusal } from '../note-refusal.js'
export type { Runnable } from '../runnable.js'

type Values = Record<string, unknown>

interface Quick<Input, Result> {
  group: Group
  kind: Runnable['kind']
  /** Its inputs, and what they are where they are left out. */
  inputs: Values
  run(context: Context, input: Input): Promise<Result>
  render(result: Result, face: Face, columns?: number): string
}

/** In one place each with the full definition: what runs, and what is answered. */
export const quickOperations = {
  get_active_session: quick('get_active_session', {
    group: 'session',
    kind: 'read',
    inputs: { session: undefined },
    run: getActiveSession,
    render: (result, face) => renderGetActiveSession(result, face),
  }),
  list_sessions: quick('list_sessions', {
    group: 'session',
    kind: 'read',
    inputs: {
      ...{ status: undefined, agent_id: undefined, source: undefined },
      ...{ all: false, limit: 20, offset: 0 },
    },
    run: listSessions,
    render: renderListSessions,
  }),
  read_session_file: quick('read_session_file', {
    group: 'files',
    kind: 'read',
    inputs: { file_path: undefined, offset: undefined, limit: undefined, session: undefined },
    run: readSessionFile,
    render: renderReadSessionFile,
  }),
  record_human_retry: quick('record_human_retry', {
    group: 'session',
    kind: 'write',
    inputs: { file_path: undefined, reason: undefined, auto_detected: false, session: undefined },
    run: recordHumanRetry,
    render: renderRecordHumanRetry,
  }),
}

export type QuickName = keyof typeof quickOperations

/** So that an error met before or around the run of one has next steps with what was given. */
export function noteCall(
  error: unknown,
  { name, input }: Pick<Runnable, 'name' | 'input'>,
  raw: unknown,
): void {
  noteOrigin(error, name as OperationName, aboutOf(input.shape, raw as Values))
}

/** What was given, and for the rest what counts where nothing is. */
export function withDefaults({ input }: Pick<Runnable, 'input'>, raw: unknown): Values {
  return given({ ...input.shape, ...(raw as Values) })
}

function quick<Input, Result>(
  name: OperationName,
  { group, kind, inputs, run, render }: Quick<Input, Result>,
): Runnable {
  return {
    ...{ name, kind, input: { shape: inputs } },
    run: marked<Values, Values>({ name, group, about: (values) => aboutOf(inputs, values) }, run as never),
    render: render as Runnable['render'],
  }
}

/** What was given, but for what is the default anyhow and what the operation does not know. */
function aboutOf(inputs: object, values: Values): About {
  const said = Object.entries(values).filter(
    ([input, value]) => Object.hasOwn(inputs, input) && (inputs as Values)[input] !== value,
  )
  return { inputs: Object.keys(inputs), given: Object.fromEntries(said) }
}
