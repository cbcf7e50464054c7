/** What the transcripts of one session tell together. */
import type { SessionMessage, TranscriptNews } from '../chats-api.js'
import { isCowriteError } from '../errors.js'
import type { LinkedTranscript } from './chats.js'
import { type Price, pricesWith } from './transcripts/prices.js'
import { readTranscript } from './transcripts/read.js'
import { type TotalsPlace, totalsIn } from './transcripts/totals.js'
import type { Todo, Totals, Transcript } from './transcripts/transcript.js'

/** Null where nothing tells it; the cost also where a part of it is not known. */
export interface ChatTotals {
  messages: number | null
  toolCalls: number | null
  inputTokens: number | null
  outputTokens: number | null
  cachedTokens: number | null
  totalTokens: number | null
  costUsd: number | null
  models: string[]
}

export const noTotals: ChatTotals = {
  ...{ messages: null, toolCalls: null, inputTokens: null, outputTokens: null, cachedTokens: null },
  ...{ totalTokens: null, costUsd: null, models: [] },
}

/** From what was counted before, where the transcripts are as they were. One that cannot be read counts as none. */
export async function chatTotals(
  place: TotalsPlace,
  transcripts: readonly LinkedTranscript[],
): Promise<ChatTotals> {
  const known: Totals[] = []
  for (const { path, spans } of transcripts) {
    const totals = await orNull(totalsIn(place, path, spans))
    if (totals !== null && totals.client !== null) known.push(totals)
  }
  return known.length === 0 ? noTotals : together(known)
}

function together(all: readonly Totals[]): ChatTotals {
  const counted = all.flatMap(({ tokens }) => tokens ?? [])
  const sum = (kind: 'input' | 'output' | 'cached') =>
    counted.length === 0 ? null : counted.reduce((total, tokens) => total + tokens[kind], 0)
  const [inputTokens, outputTokens, cachedTokens] = [sum('input'), sum('output'), sum('cached')]
  const costs = all.map(({ costUsd }) => costUsd)
  return {
    messages: all.reduce((total, { messages }) => total + messages, 0),
    toolCalls: all.reduce((total, { toolCalls }) => total + toolCalls, 0),
    ...{ inputTokens, outputTokens, cachedTokens },
    totalTokens: inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
    costUsd: costs.reduce<number | null>(
      (total, cost) => (total === null || cost === null ? null : total + cost),
      0,
    ),
    models: [...new Set(all.flatMap(({ models }) => models))],
  }
}

/** All that was said in a session, in the order of time. */
export interface SessionChats {
  messages: SessionMessage[]
  todos: Todo[]
  news: TranscriptNews[]
  totals: ChatTotals
}

export async function readChats(
  transcripts: readonly LinkedTranscript[],
  prices: Readonly<Record<string, Price>>,
): Promise<SessionChats> {
  const priceList = pricesWith(prices)
  const said: { message: SessionMessage; time: string }[] = []
  const news: TranscriptNews[] = []
  const counted: Totals[] = []
  let todos: Todo[] = []
  let latest = ''
  for (const linked of transcripts) {
    const { path, spans } = linked
    const transcript = await problemOr(readTranscript(path, priceList, spans))
    news.push(newsOf(linked, transcript))
    if (typeof transcript === 'string' || transcript.totals.client === null) continue
    const { totals } = transcript
    counted.push(totals)
    const chat = totals.chat ?? linked.chat
    let time = ''
    for (const { at, ...message } of transcript.messages) {
      // One that does not say when comes right after the one before it.
      time = at ?? time
      said.push({ message: { ...message, timestamp: at, chat }, time })
    }
    // What is to be done is what the chat says that was last at work.
    const isLatest = transcript.todos.length > 0 && (totals.endedAt ?? '') >= latest
    if (isLatest) todos = transcript.todos
    if (isLatest) latest = totals.endedAt ?? ''
  }
  return {
    messages: (transcripts.length > 1 ? said.sort(byTime) : said).map(({ message }) => message),
    todos,
    news,
    totals: counted.length === 0 ? noTotals : together(counted),
  }
}

type Problem = Exclude<TranscriptNews['problem'], null>

async function problemOr(reading: Promise<Transcript>): Promise<Transcript | Problem> {
  try {
    return await reading
  } catch (error) {
    if (!isCowriteError(error)) throw error
    return error.code === 'NOT_FOUND' ? 'gone' : 'unreadable'
  }
}

function newsOf({ path, client, chat }: LinkedTranscript, transcript: Transcript | Problem): TranscriptNews {
  if (typeof transcript === 'string')
    return { path, client, chat, problem: transcript, skipped: { torn: 0, foreign: 0 } }
  const { totals } = transcript
  return {
    path,
    client: totals.client ?? client,
    chat: totals.chat ?? chat,
    problem: totals.client === null ? 'foreign' : null,
    skipped: totals.skipped,
  }
}

function byTime(left: { time: string }, right: { time: string }): number {
  return left.time < right.time ? -1 : left.time > right.time ? 1 : 0
}

async function orNull<Value>(promise: Promise<Value>): Promise<Value | null> {
  try {
    return await promise
  } catch (error) {
    if (!isCowriteError(error)) throw error
    return null
  }
}
