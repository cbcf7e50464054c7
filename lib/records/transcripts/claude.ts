/** Claude Code: one JSON object a line, of which those of the conversation are `user` and `assistant`. */
import { type Draft, type FormatReader, keptOf, newMessage, type Usage } from './transcript.js'
import {
  aboutOf,
  contentText,
  countOf,
  type Fields,
  fieldsOf,
  listOf,
  momentOf,
  textOf,
  todosOf,
} from './values.js'

/** Lines that are known to say nothing about the conversation. */
const silent =
  /^(attachment|system|summary|ai-title|custom-title|tag|queue-operation|last-prompt|tools-used|mode|permission-mode|agent-name|agent-color|agent-setting|pr-link|progress|bridge-session|worktree-state|file-history-.*|api-.*|.*-(snapshot|latch|delta|commit|replacement))$/

/** What the client writes in the person's name. */
const notThePerson =
  /^\s*(<(local-command-|command-|bash-|system-reminder|task-notification)|Caveat: The messages below)/

export function claudeReader(draft: Draft): FormatReader {
  const usage = new Map<string, Usage>()
  const tasks = new Map<string, Draft['todos'][number]>()
  let made = 0

  const takeUser = (line: Fields, message: Fields): void => {
    if (line.isMeta === true || line.isCompactSummary === true || line.isSidechain === true) return
    const content = messageText(message.content)
    if (content === '' || notThePerson.test(content)) return
    const id = textOf(line.uuid) ?? `user ${draft.messages.size}`
    draft.messages.set(id, newMessage('user', keptOf(draft, content), momentOf(line.timestamp)))
  }

  /** A message comes in several lines, one for each part of it, all with the usage of the whole. */
  const takeAssistant = (line: Fields, message: Fields): void => {
    const id = textOf(message.id) ?? textOf(line.uuid) ?? `assistant ${draft.messages.size}`
    takeUsage(id, message)
    const isAside = line.isSidechain === true
    const known = draft.messages.get(id)
    const answer = known ?? newMessage('assistant', '', momentOf(line.timestamp))
    const content = keptOf(draft, messageText(message.content))
    if (content !== '') answer.content = answer.content === '' ? content : `${answer.content}\n${content}`
    for (const part of listOf(message.content)) {
      const call = fieldsOf(part)
      const name = call?.type === 'tool_use' ? textOf(call.name) : null
      if (call === null || name === null) continue
      const input = draft.isForCounts ? null : fieldsOf(call.input)
      answer.toolCalls.push({ name, about: aboutOf(input) })
      if (!isAside) takeTodos(name, input)
    }
    if (!isAside && (answer.content !== '' || answer.toolCalls.length > 0)) draft.messages.set(id, answer)
  }

  const takeUsage = (id: string, message: Fields): void => {
    const told = fieldsOf(message.usage)
    if (told === null) return
    const written = fieldsOf(told.cache_creation)
    const forLong = countOf(written?.ephemeral_1h_input_tokens)
    const now: Usage = {
      message: id,
      position: draft.messages.size,
      model: textOf(message.model),
      fresh: countOf(told.input_tokens),
      cached: countOf(told.cache_read_input_tokens),
      written: Math.max(0, countOf(told.cache_creation_input_tokens) - forLong),
      writtenForLong: forLong,
      output: countOf(told.output_tokens),
    }
    const before = usage.get(id)
    if (before === undefined) {
      usage.set(id, now)
      draft.usage.push(now)
      return
    }
    // The first lines were written while the answer was still coming.
    for (const kind of ['fresh', 'cached', 'written', 'writtenForLong', 'output'] as const)
      before[kind] = Math.max(before[kind], now[kind])
  }

  const takeTodos = (tool: string, input: Fields | null): void => {
    if (input === null) return
    if (tool === 'TodoWrite') draft.todos = todosOf(input.todos, 'content', 'activeForm')
    if (tool === 'TaskCreate') {
      made += 1
      const [task] = todosOf([{ ...input, status: 'pending' }], 'subject', 'description')
      if (task) tasks.set(String(made), task)
    }
    if (tool === 'TaskUpdate') {
      const id = String(input.taskId ?? input.task_id ?? '')
      const task = tasks.get(id)
      if (task === undefined) return
      const [changed] = todosOf([{ subject: task.text, status: task.status, ...input }], 'subject')
      if (changed) tasks.set(id, changed)
      else tasks.delete(id)
    }
    if (tool.startsWith('Task') && tasks.size > 0) draft.todos = [...tasks.values()]
  }

  const takeCost = (line: Fields): void => {
    const total = line.totalCostUSD
    if (typeof total !== 'number' || !Number.isFinite(total) || total < 0) return
    const isWhole = line.hasUnknownModelCost !== true
    draft.stated = isWhole ? { costUsd: total, usageBefore: draft.usage.length } : null
  }

  return {
    take(line) {
      const type = textOf(line.type)
      if (type === null) return false
      draft.chat ??= textOf(line.sessionId)
      if (type === 'cost-state') takeCost(line)
      else if (type === 'user' || type === 'assistant') {
        const message = fieldsOf(line.message)
        if (message === null) return false
        if (type === 'user') takeUser(line, message)
        else takeAssistant(line, message)
      } else return silent.test(type)
      return true
    },
  }
}

/** Without what a tool answered or the model thought. */
function messageText(content: unknown): string {
  if (typeof content === 'string') return content
  return contentText(listOf(content).filter((part) => fieldsOf(part)?.type === 'text'))
}

/**
 * What a tool answered is most of a transcript, and nothing that is told of it: such a line is known by its bytes, since
 * within text its quotes would be escaped.
 */
export const answerOfTool = Buffer.from('"toolUseResult":')
