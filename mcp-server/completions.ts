import * as z from 'zod'
import { isCowriteError } from '../lib/errors.js'
import type { Operation } from '../lib/operations/operation.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'
import type { Call, Method } from './connection.js'
import { readParams } from './params.js'
import { subcommands } from './prompts.js'
import { templates } from './resource-uri.js'

/** The protocol's limit for one answer. */
const mostValues = 100

const completeParams = z.object({
  ref: z.union([
    z.object({ type: z.literal('ref/prompt'), name: z.string() }),
    z.object({ type: z.literal('ref/resource'), uri: z.string() }),
  ]),
  argument: z.object({ name: z.string(), value: z.string() }),
  context: z.object({ arguments: z.record(z.string(), z.string()).default({}) }).default({ arguments: {} }),
})

export function completionMethods(
  operations: readonly Operation[],
  workspaceOf: (call: Call) => Promise<WorkspaceApi>,
): Record<string, Method> {
  const takesSession = (word: string) => /^(show|switch|commit|cancel|diff|recover)$/.test(word)

  /** All that could stand there; the answer is what begins with the typed text. */
  async function candidates(params: z.output<typeof completeParams>, workspace: () => Promise<WorkspaceApi>) {
    const { ref, argument, context } = params
    if (ref.type === 'ref/resource') {
      const isOurs = (Object.values(templates) as string[]).includes(ref.uri)
      if (!isOurs) return []
      if (argument.name === 'name') return sessionNames(await workspace())
      return ref.uri === templates.file && argument.name === 'path'
        ? filesAt(await workspace(), context.arguments.name, argument.value)
        : []
    }
    if (ref.name === 'session' && argument.name === 'command') {
      const [word = '', rest] = argument.value.split(/\s+/, 2)
      if (rest === undefined || !takesSession(word)) return subcommands(operations)
      return (await sessionNames(await workspace())).map((name) => `${word} ${name}`)
    }
    if (ref.name === 'session' && argument.name === 'name') {
      return takesSession(context.arguments.command ?? '') ? sessionNames(await workspace()) : []
    }
    return ref.name === 'retry' && argument.name === 'file' ? changedFiles(await workspace()) : []
  }

  return {
    'completion/complete': async (params, call) => {
      const asked = readParams(completeParams, params)
      const all = await candidates(asked, () => workspaceOf(call)).catch(noneWhereNothingIs)
      const fitting = all.filter((value) => value.startsWith(asked.argument.value))
      const values = fitting.slice(0, mostValues)
      return { completion: { values, total: fitting.length, hasMore: fitting.length > values.length } }
    },
  }
}

/** Nothing to complete with is no failure: the person is still typing. */
function noneWhereNothingIs(error: unknown): string[] {
  if (isCowriteError(error)) return []
  throw error
}

async function sessionNames(workspace: WorkspaceApi): Promise<string[]> {
  const { sessions } = await workspace.list()
  return sessions.map((session) => session.name)
}

async function filesAt(workspace: WorkspaceApi, name: string | undefined, typed: string): Promise<string[]> {
  const session = await workspace.session(name)
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1).replace(/\/$/, '')
  const { entries } = await session.files({
    ...(folder === '' ? {} : { folder }),
    recursive: false,
    limit: 10_000,
  })
  return entries.map((entry) => (entry.kind === 'folder' ? `${entry.filePath}/` : entry.filePath))
}

async function changedFiles(workspace: WorkspaceApi): Promise<string[]> {
  const session = await workspace.active()
  if (!session) return []
  const { changes } = await session.status()
  return [...changes.modified, ...changes.created].map((change) => change.path)
}
