/** A chat that asks for a worktree of its own gets a session, as a folder: every tool is in the session by itself there. */
import { findViewAround, isCowriteError, openWorkspace } from '../lib/index.js'
import type { SessionApi, WorkspaceApi } from '../lib/workspace-api.js'
import { type HookAnswer, type HookEvent, instead } from './event.js'
import type { AtWork, World } from './work.js'

export async function makeWorktree(event: HookEvent, workspace: WorkspaceApi): Promise<HookAnswer> {
  const session = await sessionFor(fitName(event.name), workspace)
  const { folder } = await session.view()
  return { hookSpecificOutput: { hookEventName: event.hook_event_name, worktreePath: folder } }
}

/** What was done there is in the session, which stays. */
export async function removeWorktree(event: HookEvent, { root }: World): Promise<null> {
  const folder = findViewAround(event.worktree_path)
  if (folder === null) return null
  const workspace = await openWorkspace(root, { cwd: folder, holder: 'hook' })
  try {
    const { name } = await workspace.session()
    await (await workspace.view(name))?.close()
  } finally {
    await workspace.close()
  }
  return null
}

/** One that is asked for without a name shows the session that the chat has. */
export async function beforeWorktree(event: HookEvent, { session }: AtWork): Promise<HookAnswer | null> {
  const { name, path } = event.tool_input ?? {}
  if (name !== undefined || path !== undefined) return null
  return instead(event, { name: session.name }, `It shows session ${session.name}.`)
}

async function sessionFor(name: string, workspace: WorkspaceApi): Promise<SessionApi> {
  try {
    await workspace.switch(name)
    return await workspace.session(name)
  } catch (error) {
    if (!isCowriteError(error, 'SESSION_NOT_FOUND')) throw error
    return workspace.start(name)
  }
}

/** A worktree's name may hold what a session's may not. */
function fitName(name: unknown): string {
  const fit = String(name ?? '')
    .replace(/[^\w-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
  return fit === '' ? 'worktree' : fit
}
