import { parseDuration } from '../text/duration.js'
import type { ChatOptions } from '../workspace-api.js'
import { type Caller, followClient } from './chats.js'
import { endStale } from './sessions.js'
import type { Site } from './site.js'

/** What is to be done before a chat that begins is asked for its session. Returns the sessions that it ended. */
export async function receiveChat(
  site: Site,
  caller: Caller,
  { client, inherits = false }: ChatOptions,
): Promise<string[]> {
  if (client !== undefined) await followClient(site, caller, client, inherits)
  const { end_stale } = site.config.chats
  return end_stale === null ? [] : endStale(site, caller, parseDuration(end_stale))
}
