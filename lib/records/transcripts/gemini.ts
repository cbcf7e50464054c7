/** Gemini CLI: one JSON document, or lines of the same: a head, messages by their ids, and changes to both. */
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

const kinds = ['user', 'gemini', 'info', 'error', 'warning']

export function geminiReader(draft: Draft): FormatReader {
  /** Every message is told whole again when it changes. */
  const takeMessage = (line: Fields): boolean => {
    const id = textOf(line.id)
    const type = textOf(line.type)
    if (id === null || type === null || !kinds.includes(type)) return false
    if (type !== 'user' && type !== 'gemini') return true
    const calls = listOf(line.toolCalls)
      .map(fieldsOf)
      .filter((call) => call !== null)
    const toolCalls = calls.flatMap((call) => {
      const name = textOf(call.name)
      return name === null ? [] : [{ name, about: draft.isForCounts ? null : aboutOf(fieldsOf(call.args)) }]
    })
    for (const call of draft.isForCounts ? [] : calls)
      if (call.name === 'write_todos') draft.todos = todosOf(fieldsOf(call.args)?.todos, 'description')
    takeUsage(id, line)
    const content = keptOf(draft, contentText(line.displayContent ?? line.content))
    if (content === '' && toolCalls.length === 0) return true
    const role = type === 'user' ? 'user' : 'assistant'
    draft.messages.set(id, { ...newMessage(role, content, momentOf(line.timestamp)), toolCalls })
    return true
  }

  const takeUsage = (id: string, line: Fields): void => {
    const told = fieldsOf(line.tokens)
    if (told === null) return
    const cached = Math.min(countOf(told.cached), countOf(told.input))
    const usage: Usage = {
      ...{
        message: id,
        position: draft.messages.size,
        model: textOf(line.model),
        cached,
        written: 0,
        writtenForLong: 0,
      },
      fresh: countOf(told.input) - cached + countOf(told.tool),
      output: countOf(told.output) + countOf(told.thoughts),
    }
    const known = draft.usage.findIndex(({ message }) => message === id)
    if (known === -1) draft.usage.push(usage)
    else draft.usage[known] = usage
  }

  /** What was used was used: only what was said is taken back. */
  const rewind = (to: string): void => {
    const ids = [...draft.messages.keys()]
    for (const id of ids.slice(Math.max(0, ids.indexOf(to)))) draft.messages.delete(id)
  }

  const takeHead = (line: Fields): void => {
    draft.chat = textOf(line.sessionId) ?? draft.chat
    const told = listOf(line.messages)
      .map(fieldsOf)
      .filter((message) => message !== null && textOf(message.id) !== null)
    if (told.length > 0) draft.messages.clear()
    for (const message of told) takeMessage(message as Fields)
  }

  return {
    take(line) {
      const to = textOf(line.$rewindTo)
      const changes = fieldsOf(line.$set)
      if (to !== null) rewind(to)
      else if (changes !== null) takeHead(changes)
      else if (textOf(line.sessionId) !== null && textOf(line.projectHash) !== null) takeHead(line)
      else return takeMessage(line)
      return true
    },
  }
}
