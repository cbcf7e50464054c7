/** What a client tells a hook, and what it takes for an answer: the shapes of Claude Code. */

export interface HookEvent {
  hook_event_name: string
  session_id: string
  cwd: string
  /** Where the client writes down what is said in the chat. */
  transcript_path?: unknown
  tool_name?: string
  tool_input?: Record<string, unknown>
  /** What a tool did, in its own shape. */
  tool_response?: unknown
  /** How long a tool took, in milliseconds. */
  duration_ms?: number
  /** Why a chat starts: startup, resume, clear, compact, fork. */
  source?: string
  /** What a person typed. */
  prompt?: string
  /** Of a worktree that is asked for. */
  name?: string
  worktree_path?: string
  command_name?: string
  command_args?: string
}

export interface HookAnswer {
  hookSpecificOutput: {
    hookEventName: string
    permissionDecision?: 'deny'
    permissionDecisionReason?: string
    /** In the place of the whole input. */
    updatedInput?: Record<string, unknown>
    /** The folder that a chat is to work in. */
    worktreePath?: string
    /** For the model. */
    additionalContext?: string
  }
  /** For the person. */
  systemMessage?: string
}

/** The tools that write, of which none may go past the session unseen. */
export const writingTools = ['Write', 'Edit', 'NotebookEdit', 'Bash']
export const lookingTools = ['Read', 'Grep', 'Glob']

/** What was told, if it is something a hook can read; null for everything else. */
export function readEvent(text: string): HookEvent | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
  if (typeof value !== 'object' || value === null) return null
  const { hook_event_name: name, session_id: chat, cwd } = value as Record<string, unknown>
  const isOne = [name, chat, cwd].every((field) => typeof field === 'string')
  return isOne ? (value as HookEvent) : null
}

/** Text of a tool's input; null where it is none. */
export function inputText({ tool_input: input }: HookEvent, name: string): string | null {
  const value = input?.[name]
  return typeof value === 'string' ? value : null
}

/** The file that a tool is about. */
export function givenFile(event: HookEvent): string | null {
  return inputText(event, 'file_path') ?? inputText(event, 'notebook_path')
}

export function context({ hook_event_name: hookEventName }: HookEvent, text: string): HookAnswer {
  return { hookSpecificOutput: { hookEventName, additionalContext: text } }
}

export function deny({ hook_event_name: hookEventName }: HookEvent, reason: string): HookAnswer {
  return {
    hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason: reason },
  }
}

/** The tool goes on with another input; whether it may is the client's to decide, as for any other. */
export function instead(
  { hook_event_name: hookEventName, tool_input }: HookEvent,
  changed: Record<string, unknown>,
  text: string,
): HookAnswer {
  return {
    hookSpecificOutput: {
      hookEventName,
      updatedInput: { ...tool_input, ...changed },
      additionalContext: text,
    },
  }
}
