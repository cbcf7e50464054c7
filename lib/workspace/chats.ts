/** The chats of agents that worked in sessions, as a workspace's handle gives them. It is loaded when it is first asked for. */
import type { StartOptions } from '../api.js'
import type { ChatsApi } from '../chats-api.js'
import { withOwnErrors } from '../foreign-errors.js'
import type { Caller } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { SessionApi } from '../workspace-api.js'

/** What a workspace's handle lends to its chats. */
export interface Host {
  /** Null where nothing was ever started. */
  site(): Site | null
  /** Who asks, which session is theirs, and through which program. */
  caller: Caller
  client: string
  open(name: string): Promise<SessionApi>
  start(name: string, options: StartOptions): Promise<SessionApi>
}

export function chatsOf(host: Host): ChatsApi {
  type Room = typeof import('./chats-work.js')
  const withRoom = <Result>(work: (room: Room) => Promise<Result>): Promise<Result> =>
    withOwnErrors(async () => work(await import('./chats-work.js')))
  return {
    messages: (session, options = {}) => withRoom((room) => room.messagesOf(host, session, options)),
    search: (query, options = {}) => withRoom((room) => room.search(host, query, options)),
    link: (file, session) => withRoom((room) => room.link(host, file, session)),
    meet: (session, transcript) => withRoom((room) => room.meet(host, session, transcript)),
    createHandoff: (session, options = {}) => withRoom((room) => room.createHandoff(host, session, options)),
    handoff: (session) => withRoom((room) => room.handoffOf(host, session)),
    query: (session, message, options = {}) =>
      withOwnErrors(async () => (await import('./query.js')).query(host, session, message, options)),
    offered: (session) => withRoom((room) => room.offered(host, session)),
    commits: (session, options = {}) => withRoom((room) => room.commits(host, session, options)),
  }
}
