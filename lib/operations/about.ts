/** What is known about a call that failed, for its next steps. */
import type * as z from 'zod'
import { isCowriteError } from '../errors.js'
import { baseName } from '../render/blocks.js'
import type { OperationName } from '../render/commands.js'
import type { About } from '../render/next-steps.js'
import { nearest } from '../text/nearest.js'
import type { Context } from './operation.js'

type Input = Record<string, unknown>

/** What was given, but for what is the default anyhow and what the operation does not know. */
export function aboutInput(shape: Record<string, z.core.$ZodType>, given: Input): About {
  const said = Object.entries(given).filter(([input, value]) => {
    const schema = Object.hasOwn(shape, input) ? (shape[input] as z.ZodType) : null
    return schema !== null && schema.safeParse(undefined).data !== value
  })
  return { inputs: Object.keys(shape), given: Object.fromEntries(said) }
}

/** What would have done instead of what was asked for, as far as that can be seen. */
export async function aboutFailure(
  operation: OperationName,
  context: Context,
  input: Input,
  error: unknown,
): Promise<About> {
  try {
    return await wayOut(operation, context, input, error)
  } catch {
    return {} // The error that is being told matters more than one met while looking for advice.
  }
}

async function wayOut(
  operation: OperationName,
  context: Context,
  input: Input,
  error: unknown,
): Promise<About> {
  const missed = sessionMissed(error)
  if (missed !== undefined) {
    const near = nearest(missed, await namesThatDo(context, input))
    return near === undefined ? {} : { near }
  }
  if (operation === 'undo_commit' && tellsOfNothingToUndo(error)) {
    const standing = (await context.workspace.commits()).filter(
      ({ kind, undone }) => kind === 'undo' && !undone,
    )
    const asked = input.commit_id
    const back =
      asked === undefined
        ? standing[0]
        : standing.find(({ undoes }) => undoes !== undefined && isSameId(undoes, String(asked)))
    return back === undefined ? {} : { bringBack: back.commitId }
  }
  if (operation === 'move_session_file' && isCowriteError(error, 'ALREADY_EXISTS')) {
    const { path } = error.data
    if (path === undefined) return {}
    await (await context.session(input.session as string | undefined)).files({ folder: path, limit: 1 })
    return { inside: `${path}/${baseName(String(input.source))}` }
  }
  return {}
}

/** The name of which there is no session, or the one that would do where it cannot be a name. */
function sessionMissed(error: unknown): string | undefined {
  if (isCowriteError(error, 'SESSION_NOT_FOUND')) return error.data.session
  if (!isCowriteError(error, 'INVALID_INPUT')) return undefined
  return error.data.argument === 'name' ? error.data.suggestion : undefined
}

/** What looks at records takes the names of ended sessions, too. */
async function namesThatDo({ workspace }: Context, input: Input): Promise<string[]> {
  if (!('session_id' in input)) return (await workspace.list()).sessions.map(({ name }) => name)
  return (await workspace.records.list({ all: true })).sessions.map(({ name }) => name)
}

function tellsOfNothingToUndo(error: unknown): boolean {
  if (isCowriteError(error, 'CONFLICT')) return error.data.conflicts.length === 0
  return isCowriteError(error, 'NOT_FOUND')
}

function isSameId(one: string, other: string): boolean {
  return one === other || Number(one) === Number(other)
}
