/** OpenAI's responses, streamed. */
import { eventsTo, type Json, sendJson, textIn, type Wire } from './wire.js'

export const openaiResponses: Wire = {
  read(url, body) {
    const tools = (body.tools ?? []).flatMap(namesOf)
    if (!url.includes('/responses') || tools.length === 0) return null
    const input = body.input as Json[]
    const isOwn = ({ type, role }: Json) =>
      role === 'assistant' || /_call$/.test(type ?? '') || type === 'reasoning'
    const since = input.slice(input.findLastIndex(isOwn) + 1)
    const results = since.filter(({ type }) => /_output$/.test(type ?? ''))
    return { text: textIn(since), results: textIn(results), tools, body }
  },

  reply(response, block, number, given) {
    const send = eventsTo(response)
    const event = (type: string, data: object) => send({ type, ...data }, type)
    const id = `resp_${number}`
    event('response.created', { response: { id } })
    event('response.output_item.done', { output_index: 0, item: itemOf(block, number, given.body) })
    const usage = {
      input_tokens: 1,
      input_tokens_details: null,
      output_tokens: 1,
      output_tokens_details: null,
      total_tokens: 2,
    }
    event('response.completed', { response: { id, output: [], usage } })
    response.end()
  },

  aside(response, url, body) {
    if (!url.includes('/responses')) return sendJson(response, { data: [], models: [] })
    openaiResponses.reply(response, { say: 'ok' }, 0, { text: '', results: '', tools: [], body })
  },
}

/** A tool may stand in a namespace: then it is named with it, as in `mcp__cowrite__create_session`. */
function namesOf({ name, type, tools }: Json): string[] {
  if (type !== 'namespace') return [name ?? type]
  return tools.map((tool: Json) => joined(name, tool.name))
}

function joined(namespace: string, name: string): string {
  return namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`
}

function itemOf(block: Parameters<Wire['reply']>[1], number: number, body: Json): object {
  if ('say' in block) {
    return {
      type: 'message',
      id: `msg_${number}`,
      role: 'assistant',
      content: [{ type: 'output_text', text: block.say }],
    }
  }
  const call_id = `call_${number}`
  for (const { name, type, tools } of body.tools as Json[]) {
    if (type === 'custom' && name === block.call)
      return { type: 'custom_tool_call', call_id, name, input: block.input }
    const inside = type === 'namespace' && tools.find((tool: Json) => joined(name, tool.name) === block.call)
    if (inside)
      return {
        type: 'function_call',
        call_id,
        namespace: name,
        name: inside.name,
        arguments: JSON.stringify(block.input),
      }
  }
  return { type: 'function_call', call_id, name: block.call, arguments: JSON.stringify(block.input) }
}
