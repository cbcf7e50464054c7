/** A chat comes to a session: what hooks do at nearly every call, so that little is loaded for it. */
import { isAbsolute } from 'node:path'
import type { OfferedHandoff } from '../chats-api.js'
import { linkChat } from '../records/chats.js'
import { offeredTo } from '../records/handoffs.js'
import { cannotBeWritten } from '../store/damage.js'
import type { Host } from './chats.js'

/** Whatever a client says is its transcript's name, it is read only when somebody asks, and only as one. */
export async function meet(
  host: Host,
  session: { name: string; createdAt: string },
  transcript: string,
): Promise<void> {
  const site = host.site()
  if (site === null || !isAbsolute(transcript)) return
  const { caller, client } = host
  try {
    linkChat(site, session, { chat: caller.chat, client, transcript, byHand: false })
  } catch (error) {
    // Where nothing can be written the chat goes on all the same.
    if (!cannotBeWritten(error)) throw error
  }
}

export async function offered(
  host: Host,
  session: { name: string; createdAt: string },
): Promise<OfferedHandoff | null> {
  const site = host.site()
  return site === null ? null : offeredTo(site, session)
}
