/** Answers that take no more than a glance: most calls are about a file that is there, or in the session, already. */
import { findViewAround } from '../lib/workspace/find-workspace.js'
import { type Glanced, glance } from '../lib/workspace/glance.js'
import { givenFile, type HookAnswer, type HookEvent } from './event.js'
import { readInstead, toBeEdited, writtenInstead } from './leading.js'
import { plainPart } from './paths.js'

/** `unsure`: the session has to be opened for it. */
export function quickAnswer(event: HookEvent, root: string): HookAnswer | null | 'unsure' {
  const { hook_event_name: name, tool_name: tool = '', session_id: chat } = event
  if (!fileTools.includes(tool) || process.platform !== 'linux') return 'unsure'
  const part = plainPart(root, event, givenFile(event))
  if (part === 'outside') return null
  // In a view it has a name that is better to go by.
  if (part === null || findViewAround(event.cwd) !== null) return 'unsure'
  const found = glance(root, chat, part.path)
  if (found === null) return 'unsure'
  if (part.session !== null) return ofCopy(found, part.session, tool)
  return name === 'PreToolUse' ? ofLive(event, found, tool) : 'unsure'
}

const fileTools = ['Read', 'Write', 'Edit', 'NotebookEdit']

/** By its own name it needs no leading; one that the record does not know yet has to be noted. */
function ofCopy({ session, source, isOwn }: Glanced, named: string, tool: string): null | 'unsure' {
  if (session !== named) return 'unsure'
  return tool === 'Read' || (source === 'session' && isOwn) ? null : 'unsure'
}

function ofLive(event: HookEvent, found: Glanced, tool: string): HookAnswer | null | 'unsure' {
  const { session, at, source, isOwn } = found
  if (tool === 'Read') return source === 'session' ? readInstead(event, session, at) : null
  if (source !== 'session' || !isOwn) return 'unsure'
  return tool === 'Write' ? writtenInstead(event, session, at) : toBeEdited(event, session, at)
}
