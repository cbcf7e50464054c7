/** Answers the events of a chat that is at work in a session. */
import { findViewAround, isCowriteError, openWorkspace } from '../lib/index.js'
import type { SessionApi, WorkspaceApi } from '../lib/workspace-api.js'
import { afterCommand, afterFile } from './afterwards.js'
import { beforeCommand } from './commands.js'
import { context, deny, type HookAnswer, type HookEvent, lookingTools } from './event.js'
import { beforeEdit, beforeRead, beforeSearch, beforeWrite } from './files.js'
import { onExpansion, onPrompt } from './prompts.js'
import { welcome } from './welcome.js'
import { beforeWorktree, makeWorktree, removeWorktree } from './worktrees.js'

export interface World {
  /** The workspace. */
  root: string
  env: Record<string, string | undefined>
  /** The words that start `cowrite`. */
  program: readonly string[]
  platform: NodeJS.Platform
  /** The client's process, where it says so: it stays the same while chats in it come and go. */
  client: number | null
}

/** What a chat is at work in. */
export interface AtWork {
  workspace: WorkspaceApi
  session: SessionApi
  world: World
  /** The session's view in which the chat stands; null outside of one. */
  view: string | null
}

type Act = (event: HookEvent, at: AtWork) => Promise<HookAnswer | null>

const acts: Record<string, Record<string, Act>> = {
  PreToolUse: {
    Read: beforeRead,
    Write: beforeWrite,
    Edit: beforeEdit,
    NotebookEdit: beforeEdit,
    Grep: beforeSearch,
    Glob: beforeSearch,
    Bash: beforeCommand,
    EnterWorktree: beforeWorktree,
  },
  PostToolUse: { Write: afterFile, Edit: afterFile, NotebookEdit: afterFile, Bash: afterCommand },
  SessionStart: { '': welcome },
  SessionEnd: { '': goodbye },
  UserPromptSubmit: { '': onPrompt },
  UserPromptExpansion: { '': onExpansion },
}

export async function answer(event: HookEvent, world: World): Promise<HookAnswer | null> {
  const { hook_event_name: name } = event
  if (name === 'WorktreeRemove') return removeWorktree(event, world)
  const act = acts[name]?.[event.tool_name ?? '']
  if (act === undefined && name !== 'WorktreeCreate') return null
  try {
    const workspace = await openWorkspace(world.root, {
      chat: event.session_id,
      holder: 'hook',
      client: 'claude-code',
      cwd: event.cwd,
    })
    try {
      if (act === undefined) return await makeWorktree(event, workspace)
      const session =
        name === 'SessionStart' ? await begin(event, workspace, world) : await workspace.active()
      if (session === null) return null
      if (typeof event.transcript_path === 'string')
        await workspace.chats.meet(session, event.transcript_path)
      if (event.hook_event_name === 'PreToolUse') session.checkTool(event.tool_name ?? '')
      return await act(event, { workspace, session, world, view: findViewAround(event.cwd) })
    } finally {
      await workspace.close()
    }
  } catch (error) {
    return refusal(event, error)
  }
}

/** After /clear a chat has another name, and a resumed one the name that it had. */
async function begin(
  { source }: HookEvent,
  workspace: WorkspaceApi,
  { client }: World,
): Promise<SessionApi | null> {
  const inherits = source === 'clear' || source === 'fork'
  const { session } = await workspace.beginChat({ ...(client === null ? {} : { client }), inherits })
  return session
}

/** Where a session cannot be worked in, nothing is written past it; a command may be what mends it. */
async function refusal(event: HookEvent, error: unknown): Promise<HookAnswer | null> {
  if (isCowriteError(error, 'NO_ACTIVE_SESSION') || isCowriteError(error, 'SESSION_NOT_FOUND')) return null
  const { describeFailure } = await import('../lib/operations/index.js')
  const { text } = describeFailure(error, 'shell')
  if (event.hook_event_name === 'WorktreeCreate') throw new Error(text)
  const { hook_event_name: name, tool_name: tool = '' } = event
  if (name === 'PreToolUse' && isCowriteError(error, 'UNSUPPORTED') && error.data.what === 'tool')
    return deny(event, text)
  if (name === 'SessionStart' || (name === 'PreToolUse' && tool === 'Bash')) return context(event, text)
  if (name !== 'PreToolUse' || lookingTools.includes(tool)) return null
  return deny(event, text)
}

/** What is written last is in session.json, and the process lets go as it ends. */
async function goodbye(_event: HookEvent, { session }: AtWork): Promise<null> {
  await session.status()
  return null
}
