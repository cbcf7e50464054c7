/** Whether an event is any of ours. It is asked at every tool call, and most often the answer is no: so it loads nothing. */
import { readFileSync, realpathSync } from 'node:fs'
import { mayBeAtWork } from '../lib/workspace/at-work.js'
import { findWorkspace } from '../lib/workspace/find-workspace.js'
import { type HookEvent, lookingTools, writingTools } from './event.js'

/** The workspace that the event is about, for a chat that may be at work in a session; else null. */
export function concern(event: HookEvent, env: Record<string, string | undefined>): string | null {
  if (!isHeard(event)) return null
  const at = typeof event.worktree_path === 'string' ? event.worktree_path : event.cwd
  const found = findWorkspace(env.CLAUDE_PROJECT_DIR || at) ?? findWorkspace(at)
  const isAsked = askedEvents.includes(event.hook_event_name)
  if (found === null || !(isAsked || mayBeAtWork(found, event.session_id))) return null
  // Tools are told apart by where their files really are.
  const root = realpathSync(found)
  return isShownByView(root, env) ? null : root
}

/** What is answered for a chat without a session, too: it may get one. */
const askedEvents = ['SessionStart', 'WorktreeCreate', 'WorktreeRemove']

function isHeard({ hook_event_name: event, tool_name: tool = '' }: HookEvent): boolean {
  if (event === 'PreToolUse')
    return writingTools.includes(tool) || lookingTools.includes(tool) || tool === 'EnterWorktree'
  if (event === 'PostToolUse') return writingTools.includes(tool)
  return chatEvents.includes(event)
}

const chatEvents = [...askedEvents, 'SessionEnd', 'UserPromptSubmit', 'UserPromptExpansion']

/** Within `cowrite run` every tool is in the session by itself: the workspace there is a mount. */
function isShownByView(
  root: string,
  { COWRITE_SESSION: session }: Record<string, string | undefined>,
): boolean {
  if (!session || process.platform !== 'linux') return false
  const spelled = root.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === spelled && / - overlay /.test(line))
}
