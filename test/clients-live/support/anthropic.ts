/** Anthropic's messages, streamed. */
import { eventsTo, type Json, sendJson, textIn, type Wire } from './wire.js'

export const anthropic: Wire = {
  read(url, body) {
    const tools = (body.tools ?? []).map(({ name }: Json) => name)
    if (!/\/messages(\?|$)/.test(url) || tools.length < 4) return null
    const messages = body.messages as Json[]
    const since = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1)
    const parts = since.flatMap(({ content }) =>
      typeof content === 'string' ? [{ type: 'text', text: content }] : content,
    )
    const results = parts.filter(({ type }: Json) => type === 'tool_result')
    return { text: textIn(parts), results: textIn(results), tools, body }
  },

  reply(response, block, number, { body }) {
    const send = eventsTo(response)
    const event = (type: string, data: object) => send({ type, ...data }, type)
    const usage = { input_tokens: 1, output_tokens: 1 }
    const message = {
      id: `msg_${number}`,
      type: 'message',
      role: 'assistant',
      model: body.model,
      content: [],
      stop_reason: null,
      usage,
    }
    event('message_start', { message })
    if ('say' in block) {
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: block.say } })
    } else {
      const content_block = { type: 'tool_use', id: `toolu_${number}`, name: block.call, input: {} }
      event('content_block_start', { index: 0, content_block })
      const partial_json = JSON.stringify(block.input)
      event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json } })
    }
    event('content_block_stop', { index: 0 })
    const stop_reason = 'say' in block ? 'end_turn' : 'tool_use'
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } })
    event('message_stop', {})
    response.end()
  },

  aside(response, url, body) {
    if (body.stream !== true)
      return sendJson(response, url.includes('count_tokens') ? { input_tokens: 1 } : {})
    const given = { text: '', results: '', tools: [], body }
    anthropic.reply(response, { say: 'ok' }, 0, given)
  },
}
