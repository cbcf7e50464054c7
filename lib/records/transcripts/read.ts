/** Reads a transcript, leniently: what is torn or foreign is passed by and counted. */
import type { FileHandle } from 'node:fs/promises'
import { answerOfTool, claudeReader } from './claude.js'
import { codexReader } from './codex.js'
import { geminiReader } from './gemini.js'
import { type Line, linesOf, openTranscript } from './lines.js'
import { costOf, type Prices, tokensOf } from './prices.js'
import {
  type Client,
  clients,
  type Draft,
  emptyDraft,
  type FormatReader,
  type Skipped,
  type Transcript,
} from './transcript.js'
import { type Fields, fieldsOf, momentOf, textOf } from './values.js'

const readers: Record<Client, (draft: Draft) => FormatReader> = {
  claude: claudeReader,
  codex: codexReader,
  gemini: geminiReader,
}

/** Throws NOT_FOUND, WRONG_KIND, IO. A file that is no transcript is one without messages. */
export async function readTranscript(path: string, prices: Prices): Promise<Transcript> {
  const file = await openTranscript(path)
  try {
    return await readFrom(file, prices)
  } finally {
    await file.close()
  }
}

export async function readFrom(file: FileHandle, prices: Prices): Promise<Transcript> {
  const reading = new Reading()
  for await (const lines of linesOf(file)) for (const line of lines) reading.take(line)
  return reading.end(prices)
}

/** One pass over a transcript. */
class Reading {
  readonly #draft = emptyDraft()
  readonly #skipped: Skipped = { torn: 0, foreign: 0 }
  #client: Client | null = null
  #reader: FormatReader | null = null
  /** The lines of a document that was written over several. */
  #document: string[] | null = null

  take({ bytes, ended }: Line): void {
    if (bytes === null) {
      this.#skipped.foreign += 1
      return
    }
    // Most bytes of a transcript of Claude Code, and nothing that is told of it.
    if (this.#client === 'claude' && ended && bytes.includes(answerOfTool) && bytes.at(-1) === closing) return
    const text = bytes.toString()
    if (text.trim() === '') return
    if (this.#document !== null) this.#document.push(text)
    else if (text.trim() === '{') this.#document = [text]
    else this.#takeJson(text)
  }

  end(prices: Prices): Transcript {
    if (this.#document !== null) this.#takeDocument(this.#document)
    const { messages, todos } = this.#draft
    const list = [...messages.values()]
    return {
      totals: totalsOf(this.#client, this.#draft, this.#skipped, prices),
      messages: list,
      todos,
    }
  }

  #takeJson(text: string): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.#skipped.torn += 1
      return
    }
    const line = fieldsOf(value)
    if (line === null || !this.#takeLine(line)) this.#skipped.foreign += 1
  }

  #takeLine(line: Fields): boolean {
    if (this.#reader === null) {
      this.#client = clientOf(line)
      if (this.#client === null) return false
      this.#reader = readers[this.#client](this.#draft)
    }
    if (!this.#reader.take(line)) return false
    const at = momentOf(line.timestamp) ?? momentOf(line.startTime)
    this.#draft.times.first ??= at
    this.#draft.times.last = at ?? this.#draft.times.last
    return true
  }

  /** Where it was cut short, the messages that stand in it whole are read all the same. */
  #takeDocument(lines: string[]): void {
    let value: unknown
    try {
      value = JSON.parse(lines.join('\n'))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.#skipped.torn += 1
      this.#takeHead(lines)
      for (const part of partsOf(lines)) this.#takeJson(part)
      return
    }
    const document = fieldsOf(value)
    if (document === null || !this.#takeLine(document)) this.#skipped.foreign += 1
  }

  /** The fields that stand before the messages. */
  #takeHead(lines: string[]): void {
    const end = lines.findIndex((line) => /^\s*"messages"\s*:/.test(line))
    const head = lines.slice(0, end === -1 ? 0 : end).join('\n')
    if (head !== '') this.#takeJson(`${head.replace(/,\s*$/, '')}\n}`)
  }
}

const closing = '}'.charCodeAt(0)

/** The whole objects of a list that is a field of the document. */
function partsOf(lines: readonly string[]): string[] {
  const parts: string[] = []
  let part: string[] | null = null
  for (const line of lines) {
    if (line === '    {') part = []
    part?.push(line)
    if (!/^ {4}\},?$/.test(line) || part === null) continue
    parts.push(part.join('\n').replace(/,$/, ''))
    part = null
  }
  return parts
}

/** Which client writes such lines; null for a line that could be anybody's. */
function clientOf(line: Fields): Client | null {
  return clients.find((client) => isFirstOf[client](line)) ?? null
}

const isFirstOf: Record<Client, (line: Fields) => boolean> = {
  codex: (line) => {
    if (fieldsOf(line.payload) !== null) return textOf(line.type) !== null
    const isHead = textOf(line.id) !== null && textOf(line.timestamp) !== null && !('type' in line)
    return isHead || (line.type === 'message' && Array.isArray(line.content) && textOf(line.role) !== null)
  },
  gemini: (line) => {
    if (textOf(line.projectHash) !== null || fieldsOf(line.$set) !== null) return true
    return textOf(line.id) !== null && 'content' in line && /^(user|gemini|info)$/.test(String(line.type))
  },
  claude: (line) =>
    textOf(line.type) !== null &&
    ['message', 'sessionId', 'uuid', 'leafUuid', 'messageId', 'totalCostUSD'].some((field) => field in line),
}

function totalsOf(client: Client | null, draft: Draft, skipped: Skipped, prices: Prices) {
  const costs = draft.usage.map((usage) => costOf(usage, prices))
  for (const [index, { message, output }] of draft.usage.entries()) {
    const answer = message === null ? undefined : draft.messages.get(message)
    if (answer?.role !== 'assistant') continue
    answer.tokens = (answer.tokens ?? 0) + output
    answer.costUsd = costs[index] ?? null
  }
  const messages = [...draft.messages.values()]
  const byUser = messages.filter(({ role }) => role === 'user').length
  return {
    client,
    chat: draft.chat,
    messages: messages.length,
    userMessages: byUser,
    assistantMessages: messages.length - byUser,
    toolCalls: messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0),
    tokens: tokensOf(draft.usage),
    costUsd: wholeCost(draft, costs),
    models: [...new Set(draft.usage.flatMap(({ model }) => model ?? []))],
    startedAt: messages.find(({ at }) => at !== null)?.at ?? draft.times.first,
    endedAt: messages.findLast(({ at }) => at !== null)?.at ?? draft.times.last,
    skipped,
  }
}

/** What the client said it cost, and what came after by the list; null where a part of it is not known. */
function wholeCost({ stated, usage }: Draft, costs: readonly (number | null)[]): number | null {
  if (stated === null && usage.length === 0) return null
  let sum = stated?.costUsd ?? 0
  for (const cost of costs.slice(stated?.usageBefore ?? 0)) {
    if (cost === null) return null
    sum += cost
  }
  return sum
}
