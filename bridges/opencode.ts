/** What the plugin for opencode tells and is told; it is written by cowrite init. */
import { asOurs, asTheirs, type Bridge, refusalIn, type Tool } from './bridge.js'

const tools: Record<string, Tool> = {
  write: { is: 'Write', input: 'filePath' },
  edit: { is: 'Write', input: 'filePath' },
  read: { is: 'Read', input: 'filePath' },
  bash: { is: 'Bash', input: 'command' },
}

export const opencode: Bridge = {
  toEvent({ when, tool, session, cwd, args }) {
    const known = asOurs(toolNamed(tool), args)
    if (known === null) return null
    const hook_event_name = when === 'after' ? 'PostToolUse' : 'PreToolUse'
    return { hook_event_name, session_id: session, cwd, ...known }
  },

  toAnswer(answer, { tool, args }) {
    const reason = refusalIn(answer)
    if (reason !== null) return opencode.refusal(reason)
    const changed = asTheirs(toolNamed(tool), args, answer)
    const { additionalContext } = answer.hookSpecificOutput ?? {}
    return {
      ...(changed === null ? {} : { args: changed }),
      ...(additionalContext === undefined ? {} : { note: additionalContext }),
    }
  },

  refusal: (reason) => ({ refused: reason }),
}

function toolNamed(name: unknown): Tool | undefined {
  return typeof name === 'string' && Object.hasOwn(tools, name) ? tools[name] : undefined
}
