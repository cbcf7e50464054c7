/** Gemini's generateContent, streamed. */
import { eventsTo, type Json, sendJson, type Wire } from './wire.js'

export const gemini: Wire = {
  read(url, body) {
    const tools = (body.tools ?? []).flatMap(({ functionDeclarations = [] }: Json) =>
      functionDeclarations.map(({ name }: Json) => name),
    )
    if (!url.includes('streamGenerateContent') || tools.length < 4) return null
    const contents = body.contents as Json[]
    const since = contents.slice(contents.findLastIndex(({ role }) => role === 'model') + 1)
    const parts = since.flatMap(({ parts }) => parts)
    const results = parts.flatMap(({ functionResponse }: Json) =>
      functionResponse ? [said(functionResponse.response)] : [],
    )
    const text = parts.map((part: Json) => part.text ?? said(part.functionResponse?.response ?? ''))
    return { text: text.join('\n'), results: results.join('\n'), tools, body }
  },

  reply(response, block) {
    const part =
      'say' in block ? { text: block.say } : { functionCall: { name: block.call, args: block.input } }
    eventsTo(response)(answer(part))
    response.end()
  },

  aside(response, url) {
    if (url.includes('streamGenerateContent')) return gemini.reply(response, { say: 'ok' }, 0, nothing)
    sendJson(response, url.includes('countTokens') ? { totalTokens: 1 } : answer({ text: '{}' }))
  },
}

const nothing = { text: '', results: '', tools: [], body: {} }

function answer(part: object) {
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
  return {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata,
  }
}

/** What a tool answered is an object here; its texts are what is read. */
function said(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(said).join('\n')
  return typeof value === 'object' && value !== null ? Object.values(value).map(said).join('\n') : ''
}
