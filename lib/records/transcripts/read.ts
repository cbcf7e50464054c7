/** Reads a transcript, leniently: what is torn or foreign is passed by and counted. */
import type { FileHandle } from 'node:fs/promises'
import { answerOfTool, claudeReader } from './claude.js'
import { codexReader } from './codex.js'
import { geminiReader } from './gemini.js'
import { type Line, linesOf, openTranscript } from './lines.js'
import { costOf, type Prices, tokensOf } from './prices.js'
import { parseForCounts } from './quick-json.js'
import { type Part, partIn, whole } from './spans.js'
import {
  type Client,
  clients,
  type Draft,
  emptyDraft,
  type FormatReader,
  type Skipped,
  type Span,
  type Totals,
  type Transcript,
  type Usage,
} from './transcript.js'
import { type Fields, fieldsOf, momentOf, parsedFields, textOf } from './values.js'

const readers: Record<Client, (draft: Draft) => FormatReader> = {
  claude: claudeReader,
  codex: codexReader,
  gemini: geminiReader,
}

/** Throws NOT_FOUND, WRONG_KIND, IO. A file that is no transcript is one without messages. */
export async function readTranscript(
  path: string,
  prices: Prices,
  spans: readonly Span[] = whole,
): Promise<Transcript> {
  const file = await openTranscript(path)
  try {
    return await readFrom(file, prices, spans)
  } finally {
    await file.close()
  }
}

/** With `mayTell`, only lines are read that it holds to tell something, where a line's meaning hangs on no other. */
export async function readFrom(
  file: FileHandle,
  prices: Prices,
  spans: readonly Span[] = whole,
  mayTell?: (line: Buffer) => boolean,
): Promise<Transcript> {
  const reading = new Reading({ mayTell })
  for await (const lines of linesOf(file)) for (const line of lines) reading.take(line)
  return reading.end(prices, spans)
}

/** The totals that `readFrom` gives, at a third of the work: nothing that was said is kept meanwhile. */
export async function countIn(file: FileHandle, prices: Prices, spans: readonly Span[]): Promise<Totals> {
  const reading = new Reading({ isForCounts: true })
  for await (const lines of linesOf(file)) for (const line of lines) reading.take(line)
  return reading.end(prices, spans).totals
}

/** The messages in some lines of a transcript, where a line's meaning hangs on no other. */
export function readLines(lines: readonly Buffer[], prices: Prices): Transcript {
  const reading = new Reading()
  for (const bytes of lines) reading.take({ bytes, ended: true })
  return reading.end(prices, whole)
}

/** Whose transcript begins with such a line, as far as it tells; `document` for one that is a single value. */
export function clientOfLine(bytes: Buffer): Client | 'document' | null {
  const text = bytes.toString()
  if (text.trim() === '{') return 'document'
  const line = parsedFields(text)
  return line && clientOf(line)
}

interface ReadingOptions {
  mayTell?: ((line: Buffer) => boolean) | undefined
  isForCounts?: boolean
}

/** One pass over a transcript. */
class Reading {
  readonly #draft: Draft
  readonly #skipped: Skipped = { torn: 0, foreign: 0 }
  #client: Client | null = null
  #reader: FormatReader | null = null
  /** The lines of a document that was written over several. */
  #document: string[] | null = null
  readonly #mayTell: ((line: Buffer) => boolean) | undefined

  constructor({ mayTell, isForCounts = false }: ReadingOptions = {}) {
    this.#mayTell = mayTell
    this.#draft = emptyDraft(isForCounts)
  }

  take({ bytes, ended }: Line): void {
    if (bytes === null) {
      this.#skipped.foreign += 1
      return
    }
    // Most bytes of a transcript of Claude Code, and nothing that is told of it.
    if (this.#client === 'claude' && ended && bytes.includes(answerOfTool) && bytes.at(-1) === closing) return
    if (this.#mayTell !== undefined && this.#isOfItself() && !this.#mayTell(bytes)) return
    if (this.#document === null && isObject(bytes)) {
      const isQuick = this.#draft.isForCounts && this.#isOfItself()
      this.#takeJson(isQuick ? () => parseForCounts(bytes) : () => JSON.parse(bytes.toString()))
      return
    }
    const text = bytes.toString()
    if (text.trim() === '') return
    if (this.#document !== null) this.#document.push(text)
    else if (text.trim() === '{') this.#document = [text]
    else this.#takeJson(() => JSON.parse(text))
  }

  end(prices: Prices, spans: readonly Span[]): Transcript {
    if (this.#document !== null) this.#takeDocument(this.#document)
    const costs = pricedByMessage(this.#draft, prices)
    const part = partIn(this.#draft, spans)
    return {
      totals: totalsOf(this.#client, this.#draft, this.#skipped, part, costs),
      messages: part.messages,
      todos: part.isLast ? this.#draft.todos : [],
    }
  }

  /** Gemini's lines change what others said, and a document is one. */
  #isOfItself(): boolean {
    return this.#client === 'claude' || this.#client === 'codex'
  }

  #takeJson(parse: () => unknown): void {
    let value: unknown
    try {
      value = parse()
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
      for (const part of partsOf(lines)) this.#takeJson(() => JSON.parse(part))
      return
    }
    const document = fieldsOf(value)
    if (document === null || !this.#takeLine(document)) this.#skipped.foreign += 1
  }

  /** The fields that stand before the messages. */
  #takeHead(lines: string[]): void {
    const end = lines.findIndex((line) => /^\s*"messages"\s*:/.test(line))
    const head = lines.slice(0, end === -1 ? 0 : end).join('\n')
    if (head !== '') this.#takeJson(() => JSON.parse(`${head.replace(/,\s*$/, '')}\n}`))
  }
}

const opening = '{'.charCodeAt(0)
const closing = '}'.charCodeAt(0)

/** Whether a line begins and ends as an object does: it is neither blank nor the first one of a document. */
function isObject(bytes: Buffer): boolean {
  return bytes.length > 1 && bytes[0] === opening && bytes.at(-1) === closing
}

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

/** What each call of a model cost; the messages that they brought get their share. */
function pricedByMessage(draft: Draft, prices: Prices): (number | null)[] {
  const costs = draft.usage.map((usage) => costOf(usage, prices))
  for (const [index, { message, output }] of draft.usage.entries()) {
    const answer = message === null ? undefined : draft.messages.get(message)
    if (answer?.role !== 'assistant') continue
    answer.tokens = (answer.tokens ?? 0) + output
    answer.costUsd = costs[index] ?? null
  }
  return costs
}

function totalsOf(
  client: Client | null,
  draft: Draft,
  skipped: Skipped,
  { messages, holds, isWhole }: Part,
  costs: readonly (number | null)[],
): Totals {
  const stated = isWhole ? draft.stated : null
  const usage: Usage[] = []
  const unstated: (number | null)[] = []
  for (const [index, one] of draft.usage.entries()) {
    if (!holds(one)) continue
    usage.push(one)
    if (index >= (stated?.usageBefore ?? 0)) unstated.push(costs[index] ?? null)
  }
  const byUser = messages.filter(({ role }) => role === 'user').length
  return {
    client,
    chat: draft.chat,
    messages: messages.length,
    userMessages: byUser,
    assistantMessages: messages.length - byUser,
    toolCalls: messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0),
    tokens: tokensOf(usage),
    costUsd: sumOf(stated?.costUsd ?? (usage.length === 0 ? null : 0), unstated),
    models: [...new Set(usage.flatMap(({ model }) => model ?? []))],
    startedAt: messages.find(({ at }) => at !== null)?.at ?? (isWhole ? draft.times.first : null),
    endedAt: messages.findLast(({ at }) => at !== null)?.at ?? (isWhole ? draft.times.last : null),
    skipped,
  }
}

/** What the client said it cost, and what came after by the list; null where a part of it is not known. */
function sumOf(stated: number | null, costs: readonly (number | null)[]): number | null {
  let sum = stated
  for (const cost of costs) sum = cost === null || sum === null ? null : sum + cost
  return sum
}
