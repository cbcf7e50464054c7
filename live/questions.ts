/** What each hook is told in a trial, and by what it is seen to do its work. */
import type { ConfiguredHook } from '../clients/index.js'
import type { Trial } from './trial.js'

export interface Answer {
  args?: { filePath?: string }
  /** Where the answer is a text. */
  plain?: string
  hookSpecificOutput?: {
    additionalContext?: string
    updatedInput?: { file_path?: string }
    tool_input?: { file_path?: string }
  }
}

export interface Question {
  event: object
  /** What it did, or null where it did not do it. */
  done(answer: Answer | null): string | null
  /** What is the matter where it did not. */
  undone: string
  /** Whether it answers with a text that is no JSON. */
  isPlain?: boolean
}

export function questionFor({ client, event, matcher }: ConfiguredHook, trial: Trial): Question {
  const told = { hook_event_name: event, session_id: chat, transcript_path: '', cwd: trial.root }
  if (event === 'SessionStart') return atStart(told, trial)
  if (event === 'WorktreeCreate') return atWorktree(told, trial)
  if (client === 'opencode') return ofOpencode(trial)
  const writer = client === 'gemini' ? 'write_file' : 'Write'
  const tools: string[] = matcher?.match(/\w+/g) ?? []
  const isBefore = event === 'PreToolUse' || event === 'BeforeTool'
  if (isBefore && tools.includes(writer))
    return atWrite({ ...told, tool_name: writer, tool_use_id: chat }, trial)
  const [tool_name] = tools
  const tool = { tool_name, tool_use_id: chat, tool_input: { file_path: trial.file } }
  // What it would say to this is nothing; that it runs is seen by its end.
  return { event: { ...told, ...(tool_name ? tool : {}) }, done: () => 'runs', undone: 'it does not run' }
}

const chat = 'cowrite-doctor'
const content = 'Call me Ishmael.\n'

function atStart(told: object, { session }: Trial): Question {
  return {
    event: { ...told, source: 'startup' },
    done: (answer) =>
      answer?.hookSpecificOutput?.additionalContext?.includes(session.name)
        ? 'tells a chat of its session'
        : null,
    undone: 'it does not tell a chat of its session',
  }
}

function atWorktree(told: object, { session, views }: Trial): Question {
  return {
    event: { ...told, name: session.name },
    isPlain: true,
    done: (answer) => (answer?.plain?.startsWith(views) ? 'shows a session as a folder' : null),
    undone: 'it does not show a session as a folder',
  }
}

function atWrite(told: object, trial: Trial): Question {
  return {
    event: { ...told, tool_input: { file_path: trial.file, content } },
    done: (answer) => {
      const { updatedInput, tool_input } = answer?.hookSpecificOutput ?? {}
      return led((updatedInput ?? tool_input)?.file_path, trial)
    },
    undone: notLed,
  }
}

function ofOpencode(trial: Trial): Question {
  const args = { filePath: trial.file, content }
  return {
    event: { when: 'before', tool: 'write', session: chat, cwd: trial.root, args },
    done: (answer) => led(answer?.args?.filePath, trial),
    undone: notLed,
  }
}

function led(path: string | undefined, { root, session }: Trial): string | null {
  const isInside = path !== undefined && withSlashes(path).startsWith(`${withSlashes(root)}/${session.path}`)
  return isInside ? 'leads a write into the session' : null
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/')
}

const notLed = 'it does not lead a write into the session'
