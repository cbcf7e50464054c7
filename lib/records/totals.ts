/** What transcripts tell of sessions: the one function through which their totals come. */
import type { TranscriptTotals } from '../records-api.js'
import { Chats, readLinks, type SessionIdentity } from './chats.js'
import type { Place } from './known.js'
import { type ChatTotals, chatTotals } from './session-chats.js'

/** One for each, in their order; null where a session has no transcript that tells it. */
export async function transcriptTotalsOf(
  { site }: Place,
  sessions: readonly SessionIdentity[],
): Promise<TranscriptTotals[]> {
  const { port, layout, config } = site
  const chats = new Chats(readLinks(site))
  const totals: TranscriptTotals[] = []
  for (const session of sessions) {
    totals.push(fromChats(await chatTotals({ port, layout, prices: config.prices }, chats.of(session))))
  }
  return totals
}

function fromChats({
  messages,
  totalTokens,
  inputTokens,
  outputTokens,
  costUsd,
}: ChatTotals): TranscriptTotals {
  return { totalMessages: messages, totalTokens, inputTokens, outputTokens, totalCostUsd: costUsd }
}
