import * as z from 'zod'
import { CowriteError } from '../lib/errors.js'
import {
  describeFailure,
  kindOfFailure,
  noteRefusal,
  parseInput,
  toolDefinition,
} from '../lib/operations/index.js'
import type { Context, Operation } from '../lib/operations/operation.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'
import { newsTeller } from './around.js'
import { type Preview, withPersonsWord } from './confirmation.js'
import type { Call, Method, Peer } from './connection.js'
import type { Results } from './options.js'
import { readParams } from './params.js'
import { progressOf } from './progress.js'
import { answersContent, givesStructured } from './results.js'

export interface ToolsOptions {
  /** All there are. */
  operations: readonly Operation[]
  /** Those of the groups that the server was started with. */
  offered: readonly Operation[]
  results: Results
  peer: Peer
  workspaceOf(call: Call): Promise<WorkspaceApi>
  /** How long a person has for an answer, in milliseconds. */
  answerTimeout: number
}

type Structured = Record<string, unknown>

const callParams = z.object({ name: z.string(), arguments: z.unknown().optional() })

export function toolMethods(options: ToolsOptions): Record<string, Method> {
  const { operations, offered, results, peer } = options
  const structured = () => givesStructured(results, peer.clientName())
  const newsAround = newsTeller()

  return {
    'tools/list': async () => ({
      tools: offered.map((operation) => {
        const output = structured() && !answersContent(operation)
        const tool = toolDefinition(operation, { output })
        return tool.outputSchema ? { ...tool, outputSchema: orError(tool.outputSchema) } : tool
      }),
    }),
    'tools/call': async (params, call) => {
      const asked = readParams(callParams, params)
      try {
        const operation = offered.find((candidate) => candidate.name === asked.name)
        if (!operation) throw unknownTool(asked.name, operations, offered)
        const result = await run(operation, asked.arguments, call, options)
        const news = await newsAround(operation, await options.workspaceOf(call))
        return answer(operation, result, structured(), news)
      } catch (error) {
        return failure(error, structured())
      }
    },
  }
}

async function run(
  operation: Operation,
  given: unknown,
  call: Call,
  options: ToolsOptions,
): Promise<Structured> {
  // Bad arguments are answered before any folder is touched.
  const input = await checked(operation, given, call, options)
  const workspace = await options.workspaceOf(call)
  const onProgress = progressOf(call)
  const context: Context = {
    workspace,
    session: (name) => workspace.session(name),
    signal: call.signal,
    ...(onProgress ? { onProgress } : {}),
  }
  if (operation.name !== 'commit_session' || input.force !== true) return operation.run(context, input)

  return withPersonsWord<Structured>(
    (agreed) =>
      agreed === null
        ? operation.run(context, input)
        : operation.run(
            { ...context, confirmedByPerson: true },
            { ...input, expect: input.expect ?? agreed.digest },
          ),
    {
      peer: options.peer,
      signal: call.signal,
      timeout: options.answerTimeout,
      preview: async () => (await operation.run(context, { ...input, force: false })) as unknown as Preview,
    },
  )
}

/** Throws INVALID_INPUT, which the log of a session that was named tells of, too. */
async function checked(
  operation: Operation,
  given: unknown,
  call: Call,
  options: ToolsOptions,
): Promise<Structured> {
  try {
    return parseInput(operation, given)
  } catch (error) {
    await noteRefusal(async (note) => note(await options.workspaceOf(call)), operation, given, error)
    throw error
  }
}

function unknownTool(
  name: string,
  operations: readonly Operation[],
  offered: readonly Operation[],
): CowriteError {
  const known = offered.map((operation) => operation.name)
  const hidden = operations.find((operation) => operation.name === name)
  const called = name.length > 64 ? `${name.slice(0, 64)}…` : name
  const why = hidden
    ? `The tool '${called}' is in the group ${hidden.group}, which this server was not started with (--tools)`
    : `There is no tool '${called}'`
  return new CowriteError('INVALID_INPUT', why, {
    argument: 'name',
    value: called,
    known,
  })
}

function answer(
  operation: Operation,
  result: Structured,
  structured: boolean,
  news: string | null,
): Structured {
  const texts = [operation.render(result, 'chat'), ...(news === null ? [] : [news])]
  const content = texts.map((text) => ({ type: 'text', text }))
  if (!structured) return { content }
  if (!answersContent(operation)) return { content, structuredContent: result }
  const { content: _shown, ...facts } = result
  return { content, _meta: { 'cowrite/result': facts } }
}

function failure(error: unknown, structured: boolean): Structured {
  const { code, message, data, next_steps, text } = describeFailure(error, 'chat')
  const content = [{ type: 'text', text }]
  if (!structured) return { isError: true, content }
  const kind = kindOfFailure(code)
  return { isError: true, content, structuredContent: { error: { code, kind, message, data, next_steps } } }
}

/** The schema of a result that may be an error instead: clients check an error's structured part by it, too. */
function orError(schema: Structured): Structured {
  const { required, properties, ...rest } = schema
  return {
    ...rest,
    properties: { ...(properties as object), error: { type: 'object' } },
    ...(required ? { anyOf: [{ required }, { required: ['error'] }] } : {}),
  }
}
