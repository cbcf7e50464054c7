/** What a client tells before and after a tool, put into the form of the one hook that there is, and its answer back. */

/** As the hook is told: the form of Claude Code. */
export interface HookEvent {
  hook_event_name: string
  session_id: string
  cwd: string
  transcript_path?: string
  tool_name?: string
  tool_input?: Record<string, unknown>
}

export interface HookAnswer {
  hookSpecificOutput?: {
    permissionDecision?: string
    permissionDecisionReason?: string
    updatedInput?: Record<string, unknown>
    additionalContext?: string
  }
  systemMessage?: string
}

// biome-ignore lint/suspicious/noExplicitAny: what another program says, looked at leniently
export type Foreign = any

export interface Bridge {
  /** Null for what is none of the hook's. */
  toEvent(told: Foreign): HookEvent | null
  /** What the client is answered; null where there is nothing to say. */
  toAnswer(answer: HookAnswer, told: Foreign): object | null
  /** What keeps a tool from running. */
  refusal(reason: string): object
}

/** A tool of a client: which of the hook's it is, and where its input has what the hook asks for. */
export interface Tool {
  /**
   * An edit is a write here: these clients ask before they look at the file, so that it is made on the copy at once.
   */
  is: 'Read' | 'Write' | 'Bash'
  /** The name of the one input that counts. */
  input: string
}

const ours = { Read: 'file_path', Write: 'file_path', Bash: 'command' } as const

/** The hook's name for the tool and its input; null where the tool is none that it knows. */
export function asOurs(
  tool: Tool | undefined,
  input: Foreign,
): Pick<HookEvent, 'tool_name' | 'tool_input'> | null {
  const value = tool === undefined ? undefined : input?.[tool.input]
  if (tool === undefined || typeof value !== 'string') return null
  return { tool_name: tool.is, tool_input: { [ours[tool.is]]: value } }
}

/** The client's whole input, with what the hook has put in the place of the one that counts; null where it has not. */
export function asTheirs(tool: Tool | undefined, input: Foreign, answer: HookAnswer): Foreign | null {
  const changed = answer.hookSpecificOutput?.updatedInput
  if (tool === undefined || changed === undefined) return null
  return { ...input, [tool.input]: changed[ours[tool.is]] }
}

export function refusalIn({ hookSpecificOutput: said }: HookAnswer): string | null {
  return said?.permissionDecision === 'deny' ? (said.permissionDecisionReason ?? 'refused') : null
}
