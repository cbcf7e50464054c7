/** Codex: a rollout, whose lines are `{timestamp, type, payload}`; older ones hold the payloads alone. */
import { type ChatMessage, type Draft, type FormatReader, keptOf, newMessage } from './transcript.js'
import {
  aboutOf,
  contentText,
  countOf,
  type Fields,
  fieldsOf,
  momentOf,
  parsedFields,
  textOf,
  todosOf,
} from './values.js'

const wrapped = ['session_meta', 'response_item', 'event_msg', 'turn_context', 'compacted', 'world_state']
const bare = [
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'local_shell_call',
  'web_search_call',
]

/** What the client says to the model in the person's name. */
const notThePerson =
  /^\s*(<(environment_context|user_instructions|INSTRUCTIONS|permissions|turn_aborted|user_shell_command|skill|collaboration_mode|subagent_notification|apps_instructions)\b|# AGENTS\.md instructions)/

interface Total {
  input: number
  cached: number
  output: number
}

export function codexReader(draft: Draft): FormatReader {
  let model: string | null = null
  let before: Total = { input: 0, cached: 0, output: 0 }
  /** The answer that the next usage belongs to, and that calls of tools are part of. */
  let answer: { id: string; message: ChatMessage } | null = null

  const add = (message: ChatMessage): string => {
    const id = String(draft.messages.size)
    draft.messages.set(id, message)
    return id
  }

  const takeMessage = (item: Fields, at: string | null): void => {
    const { role } = item
    const content = contentText(item.content)
    if (content === '' || (role !== 'user' && role !== 'assistant')) return
    if (role === 'user' && notThePerson.test(content)) return
    const message = newMessage(role, keptOf(draft, content), at)
    const id = add(message)
    answer = role === 'assistant' ? { id, message } : null
  }

  const takeCall = (item: Fields, at: string | null): void => {
    const name = textOf(item.name) ?? String(item.type).replace(/_call$/, '')
    if (answer === null) {
      const message = newMessage('assistant', '', at)
      answer = { id: add(message), message }
    }
    if (draft.isForCounts) {
      answer.message.toolCalls.push({ name, about: null })
      return
    }
    const input = parsedFields(item.arguments) ?? fieldsOf(item.action) ?? parsedFields(item.input)
    answer.message.toolCalls.push({ name, about: aboutOf(input) ?? patched(item.input) })
    if (name === 'update_plan') draft.todos = todosOf(input?.plan, 'step')
  }

  /** Totals of the chat so far: what a call used is what they grew by. */
  const takeUsage = (info: Fields | null): void => {
    const told = fieldsOf(info?.total_token_usage)
    if (told === null) return
    const now = {
      input: countOf(told.input_tokens),
      cached: countOf(told.cached_input_tokens),
      output: countOf(told.output_tokens),
    }
    const beganAnew = now.input < before.input || now.output < before.output
    const since = beganAnew ? { input: 0, cached: 0, output: 0 } : before
    const grown = {
      input: now.input - since.input,
      cached: Math.max(0, now.cached - since.cached),
      output: now.output - since.output,
    }
    before = now
    if (grown.input === 0 && grown.output === 0) return
    draft.usage.push({
      ...{
        message: answer?.id ?? null,
        position: draft.messages.size,
        model,
        written: 0,
        writtenForLong: 0,
        output: grown.output,
      },
      ...{ fresh: Math.max(0, grown.input - grown.cached), cached: Math.min(grown.cached, grown.input) },
    })
    answer = null
  }

  const takeItem = (item: Fields, at: string | null): void => {
    if (item.type === 'message') takeMessage(item, at)
    else if (/_call$/.test(String(item.type))) takeCall(item, at)
  }

  return {
    take(line) {
      const type = textOf(line.type)
      const payload = fieldsOf(line.payload)
      if (type !== null && payload !== null && wrapped.includes(type)) {
        const at = momentOf(line.timestamp)
        if (type === 'session_meta') draft.chat ??= textOf(payload.id) ?? textOf(payload.session_id)
        if (type === 'turn_context') model = textOf(payload.model) ?? model
        if (type === 'response_item') takeItem(payload, at)
        if (type === 'event_msg' && payload.type === 'token_count') takeUsage(fieldsOf(payload.info))
        return true
      }
      if (type !== null && bare.includes(type)) {
        takeItem(line, momentOf(line.timestamp))
        return true
      }
      if (line.record_type === 'state') return true
      const isHead = type === null && textOf(line.id) !== null && textOf(line.timestamp) !== null
      if (isHead) draft.chat ??= textOf(line.id)
      return isHead && draft.messages.size === 0
    },
  }
}

/** The first file that a patch is for. */
function patched(input: unknown): string | null {
  return /^\*\*\* (?:Add|Update|Delete) File: (.+)$/m.exec(textOf(input) ?? '')?.[1]?.slice(0, 200) ?? null
}
