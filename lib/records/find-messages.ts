/** A search over what was said in sessions. */
import type { FoundMessage, FoundMessages } from '../chats-api.js'
import { CowriteError } from '../errors.js'
import type { Site } from '../verbs/site.js'
import { Chats, readLinks, type SessionIdentity } from './chats.js'
import { messageFinder } from './transcripts/find.js'
import { pricesWith } from './transcripts/prices.js'
import { excerptOf, wordsOf } from './transcripts/search.js'

const longestQuery = 1_000

/**
 * Messages that hold all the words, those of the first sessions first, and of each the newest first. It ends as soon as
 * there are as many as were asked for, so that a word that is everywhere costs no more than one that is rare.
 */
export async function findMessages(
  site: Site,
  query: string,
  sessions: readonly SessionIdentity[],
  limit: number,
): Promise<FoundMessages> {
  const words = wordsOf(query)
  if (words.length === 0 || query.length > longestQuery) {
    const why = words.length === 0 ? 'say which words to look for' : `at most ${longestQuery} characters`
    throw new CowriteError('INVALID_INPUT', `A search needs a query: ${why}.`, { argument: 'query' })
  }
  const find = messageFinder(words, pricesWith(site.config.prices))
  const chats = new Chats(readLinks(site))
  const results: FoundMessage[] = []
  for (const session of sessions) {
    const found: FoundMessage[] = []
    for (const { path, chat, spans } of chats.of(session)) {
      for (const { role, content, at } of await find(path, spans, limit + 1)) {
        found.push({
          ...{ session: session.name, sessionCreatedAt: session.createdAt, role, timestamp: at },
          ...{ excerpt: excerptOf(content, words), chat },
        })
      }
    }
    results.push(...found.sort(newestFirst))
    if (results.length > limit) break
  }
  return { results: results.slice(0, limit), hasMore: results.length > limit }
}

function newestFirst({ timestamp: left }: FoundMessage, { timestamp: right }: FoundMessage): number {
  const [one, other] = [left ?? '', right ?? '']
  return one < other ? 1 : one > other ? -1 : 0
}
