/** The hooks of Gemini CLI. */
import { asOurs, asTheirs, type Bridge, refusalIn, type Tool } from './bridge.js'

const tools: Record<string, Tool> = {
  write_file: { is: 'Write', input: 'file_path' },
  replace: { is: 'Write', input: 'file_path' },
  read_file: { is: 'Read', input: 'file_path' },
  run_shell_command: { is: 'Bash', input: 'command' },
}

const events: Record<string, string> = {
  BeforeTool: 'PreToolUse',
  AfterTool: 'PostToolUse',
  SessionEnd: 'SessionEnd',
}

export const gemini: Bridge = {
  toEvent({ hook_event_name, session_id, cwd, transcript_path, tool_name, tool_input }) {
    const event = events[hook_event_name]
    if (event === undefined) return null
    const common = { hook_event_name: event, session_id, cwd, transcript_path }
    if (!event.endsWith('ToolUse')) return common
    const tool = asOurs(toolNamed(tool_name), tool_input)
    return tool === null ? null : { ...common, ...tool }
  },

  toAnswer(answer, { hook_event_name, tool_name, tool_input }) {
    const reason = refusalIn(answer)
    if (reason !== null) return gemini.refusal(reason)
    const { additionalContext } = answer.hookSpecificOutput ?? {}
    const input = asTheirs(toolNamed(tool_name), tool_input, answer)
    return {
      ...(answer.systemMessage === undefined ? {} : { systemMessage: answer.systemMessage }),
      hookSpecificOutput: {
        hookEventName: hook_event_name,
        ...(input === null ? {} : { tool_input: input }),
        ...(additionalContext === undefined ? {} : { additionalContext }),
      },
    }
  },

  refusal: (reason) => ({ decision: 'deny', reason }),
}

function toolNamed(name: unknown): Tool | undefined {
  return typeof name === 'string' && Object.hasOwn(tools, name) ? tools[name] : undefined
}
