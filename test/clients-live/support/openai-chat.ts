/** OpenAI's chat completions, streamed: what most other providers speak. */
import { eventsTo, type Json, sendJson, textIn, type Wire } from './wire.js'

export const openaiChat: Wire = {
  read(url, body) {
    const tools = (body.tools ?? []).map(({ function: tool }: Json) => tool?.name)
    if (!url.includes('/chat/completions') || tools.length < 4) return null
    const messages = body.messages as Json[]
    const since = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1)
    const results = since.filter(({ role }) => role === 'tool')
    return { text: textIn(since), results: textIn(results), tools, body }
  },

  reply(response, block, number, { body }) {
    const send = eventsTo(response)
    const chunk = (delta: object, finish_reason: string | null = null) =>
      send({
        id: `c${number}`,
        object: 'chat.completion.chunk',
        created: 1,
        model: body.model,
        choices: [{ index: 0, delta, finish_reason }],
      })
    if ('say' in block) chunk({ role: 'assistant', content: block.say })
    else {
      const called = { name: block.call, arguments: JSON.stringify(block.input) }
      chunk({
        role: 'assistant',
        content: null,
        tool_calls: [{ index: 0, id: `call_${number}`, type: 'function', function: called }],
      })
    }
    chunk({}, 'say' in block ? 'stop' : 'tool_calls')
    send('[DONE]')
    response.end()
  },

  aside(response, _url, body) {
    if (body.stream !== true)
      return sendJson(response, { data: [], choices: [{ message: { role: 'assistant', content: 'ok' } }] })
    openaiChat.reply(response, { say: 'ok' }, 0, { text: '', results: '', tools: [], body })
  },
}
