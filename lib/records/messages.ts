/** What was said in the chats of sessions, as a part of their history and of what a search finds. */
import type { HistoryEntry, RecordHit } from '../records-api.js'
import { Chats, readLinks, type SessionIdentity } from './chats.js'
import type { Place } from './known.js'
import { readChats } from './session-chats.js'
import { messageFinder } from './transcripts/find.js'
import { pricesWith } from './transcripts/prices.js'
import { excerptOf } from './transcripts/search.js'

export async function saidIn({ site }: Place, session: SessionIdentity): Promise<HistoryEntry[]> {
  const transcripts = new Chats(readLinks(site)).of(session)
  if (transcripts.length === 0) return []
  const { messages } = await readChats(transcripts, site.config.prices)
  // One that does not say when comes right after the one before it.
  let at = session.createdAt
  return messages.map(({ timestamp, role, content, tokens, costUsd, toolCalls }) => {
    at = timestamp ?? at
    return {
      ...{
        at,
        kind: 'message',
        who: role,
        what: 'message',
        paths: [],
        outcome: 'ok',
        content,
        tokens,
        costUsd,
      },
      toolCalls: toolCalls.map(({ name, about }) => (about === null ? name : `${name} ${about}`)),
    }
  })
}

/** Of one session, in an answer. */
const mostHits = 3

/** Messages in which all the words stand, newest first, by the sessions' places in the list. */
export async function hitsInMessages(
  { site }: Place,
  sessions: readonly SessionIdentity[],
  words: readonly string[],
): Promise<Map<number, RecordHit[]>> {
  const found = new Map<number, RecordHit[]>()
  const links = readLinks(site)
  if (links.length === 0) return found
  const chats = new Chats(links)
  const find = messageFinder([...words], pricesWith(site.config.prices))
  for (const [place, session] of sessions.entries()) {
    const hits: RecordHit[] = []
    for (const { path, spans } of chats.of(session)) {
      for (const { role, content, at } of await find(path, spans, mostHits)) {
        const text = excerptOf(content, [...words])
        hits.push({ in: 'message', text, role, ...(at === null ? {} : { at }) })
      }
    }
    if (hits.length > 0) found.set(place, hits.sort(newestFirst).slice(0, mostHits))
  }
  return found
}

function newestFirst({ at: left = '' }: RecordHit, { at: right = '' }: RecordHit): number {
  return left < right ? 1 : left > right ? -1 : 0
}
