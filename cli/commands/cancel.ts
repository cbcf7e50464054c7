/** `session cancel` throws work away: at a terminal it says what, and asks. */
import type { GitMade } from '../../lib/api.js'
import { CowriteError, isCowriteError } from '../../lib/errors.js'
import { forTerminal } from '../../lib/render/at-terminal.js'
import { gitCommitsInWords } from '../../lib/render/wording.js'
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
  if (name === undefined) return null
  // First, since what lies in its view is part of what is counted.
  const too = await goingToo(name, workspace)
  const { sessions } = await workspace.list()
  const session = sessions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  if (!session) return null
  if (session.changes === null)
    return `Cancel the crashed session ${session.name} and discard what it holds${too}?`
  return `Cancel session ${session.name} and discard its changes (${files(session.changes)})${too}?`
}

/** What is to be said of an open view, and of what was committed by git; nothing where there is none. */
async function goingToo(name: string, workspace: WorkspaceApi): Promise<string> {
  try {
    const session = await workspace.session(name)
    const { view } = await session.status()
    const commits = gitInWords(await session.gitMade())
    const told = [...(view === undefined ? [] : [viewInWords(view.folder)]), ...(commits ? [commits] : [])]
    return told.length === 0 ? '' : `, with ${told.join(' and ')}`
  } catch (error) {
    if (!isCowriteError(error)) throw error
    const isOpen = (await workspace.views()).some(
      ({ session }) => session.toLowerCase() === name.toLowerCase(),
    )
    return isOpen ? ', with what lies in its view, which cannot be counted' : ''
  }
}

function gitInWords(made: GitMade | null): string | null {
  return gitCommitsInWords(
    { git_commits: made === null ? null : made.commits, git_names: made?.names ?? [] },
    forTerminal,
  )
}

function viewInWords(folder: string | null): string {
  return folder === null
    ? 'what the command has written that is at work in it'
    : `the view in ${forTerminal(folder)}`
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
