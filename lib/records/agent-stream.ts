/** What an agent's command prints while it answers: events of its client, one JSON object a line, or plain text. */
import { StringDecoder } from 'node:string_decoder'
import type { Tokens } from './transcripts/transcript.js'
import {
  contentText,
  countOf,
  type Fields,
  fieldsOf,
  listOf,
  parsedFields,
  textOf,
} from './transcripts/values.js'

/** A longer line is passed by, or is printed as it comes. */
const longestLine = 8 * 1024 * 1024

/** What was learned of the chat meanwhile. */
export interface Told {
  chat: string | null
  tokens: Tokens | null
  costUsd: number | null
}

/** Takes the command's output as it comes; gives what it answers to `say`. */
export class AgentStream {
  readonly told: Told = { chat: null, tokens: null, costUsd: null }
  readonly #say: (text: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  /** Once a line was an event, what is none is nobody's. */
  #speaksEvents = false
  #said = false
  #inPieces = false

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  take(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#takeLine(`${line}\n`)
    if (this.#rest.length > longestLine || (!this.#speaksEvents && !/^\s*(\{|$)/.test(this.#rest))) {
      this.#sayPlain(this.#rest)
      this.#rest = ''
    }
  }

  end(): void {
    const rest = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (rest !== '') this.#takeLine(rest)
    if (this.#inPieces) this.#say('\n')
  }

  #takeLine(line: string): void {
    const event = line.trimStart().startsWith('{') ? parsedFields(line) : null
    const isEvent = event !== null && textOf(event.type) !== null
    if (!isEvent) {
      this.#sayPlain(line)
      return
    }
    this.#speaksEvents = true
    this.told.chat ??= textOf(event.session_id) ?? textOf(event.thread_id)
    const takes = takers[event.type as string]
    if (takes) takes(event, this.told, (text, isPiece) => this.#sayPart(text, isPiece))
    // Where nothing was said on the way, the whole of it comes at the end.
    const whole = event.type === 'result' ? textOf(event.result) : null
    if (whole !== null && !this.#said) this.#sayPart(whole, false)
  }

  #sayPlain(text: string): void {
    if (this.#speaksEvents) return
    this.#said ||= text.trim() !== ''
    this.#say(text)
  }

  #sayPart(text: string, isPiece: boolean): void {
    if (text === '') return
    this.#said = true
    if (this.#inPieces && !isPiece) this.#say('\n')
    this.#inPieces = isPiece
    this.#say(isPiece ? text : `${text.replace(/\n$/, '')}\n`)
  }
}

type Taker = (event: Fields, told: Told, say: (text: string, isPiece: boolean) => void) => void

const takers: Record<string, Taker | undefined> = {
  /** Claude Code. */
  assistant: (event, _told, say) => {
    const parts = listOf(fieldsOf(event.message)?.content).filter((part) => fieldsOf(part)?.type === 'text')
    if (event.parent_tool_use_id == null) say(contentText(parts), false)
  },
  /** Gemini CLI, most often in pieces. */
  message: (event, _told, say) => {
    if (event.role === 'assistant') say(contentText(event.content), event.delta === true)
  },
  /** Codex. */
  'item.completed': (event, _told, say) => {
    const item = fieldsOf(event.item)
    if (item?.type === 'agent_message') say(textOf(item.text) ?? '', false)
  },
  'turn.completed': (event, told) => takeUsage(told, fieldsOf(event.usage)),
  /** Claude Code and Gemini CLI, at their ends. */
  result: (event, told) => {
    const cost = event.total_cost_usd
    if (typeof cost === 'number' && Number.isFinite(cost) && cost >= 0) told.costUsd = cost
    takeUsage(told, fieldsOf(event.usage) ?? fieldsOf(event.stats))
  },
}

function takeUsage(told: Told, usage: Fields | null): void {
  if (usage === null) return
  const cached = countOf(usage.cache_read_input_tokens) || countOf(usage.cached_input_tokens)
  // Claude Code tells apart what came from the cache; the others count it in.
  const beside = countOf(usage.cache_read_input_tokens) + countOf(usage.cache_creation_input_tokens)
  const before = told.tokens ?? { input: 0, output: 0, cached: 0 }
  told.tokens = {
    input: before.input + countOf(usage.input_tokens) + beside,
    output: before.output + countOf(usage.output_tokens),
    cached: before.cached + cached,
  }
}
