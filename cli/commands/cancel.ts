/** `session cancel` throws work away: at a terminal it says what, and asks. */
import { CowriteError, isCowriteError } from '../../lib/errors.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'
import { confirm } from '../ask.js'
import { type Result, withOperations } from '../call.js'
import type { Handler } from './handler.js'

/** `agreed` is --yes or --force: then there is no question. */
export function cancel(agreed: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(call, operation, raw, async ({ workspace, run }, input) => {
      const question = call.asks && !agreed ? await questionOf(input, workspace) : null
      if (question !== null && !(await confirm(call.io, question))) {
        throw new CowriteError('CANCELLED', 'Not confirmed, nothing changed', {})
      }
      const result = await run(operation, input)
      await call.answer(result, operation.render(result, 'shell'))
    })
}

/** Null where there is no session to ask about: then the operation says so. */
async function questionOf(input: Result, workspace: WorkspaceApi): Promise<string | null> {
  const name = typeof input.name === 'string' ? input.name : await presentSession(workspace)
  const { sessions } = await workspace.list()
  const session = sessions.find((candidate) => candidate.name.toLowerCase() === name?.toLowerCase())
  if (!session) return null
  if (session.changes === null) return `Cancel the crashed session ${session.name} and discard what it holds?`
  return `Cancel session ${session.name} and discard its changes (${files(session.changes)})?`
}

async function presentSession(workspace: WorkspaceApi): Promise<string | undefined> {
  try {
    return (await workspace.active())?.name
  } catch (error) {
    if (isCowriteError(error, 'SESSION_CRASHED')) return error.data.session
    throw error
  }
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}
