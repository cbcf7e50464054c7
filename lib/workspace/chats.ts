/** The chats of agents that worked in sessions, as a workspace's handle gives them. It is loaded when it is first asked for. */
import type { SessionStatus, StartOptions } from '../api.js'
import type { ChatsApi } from '../chats-api.js'
import { withOwnErrors } from '../foreign-errors.js'
import type { Caller } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { SessionApi } from '../workspace-api.js'
import type { OperationLog } from './operation-log.js'

/** A session that is looked at as a part of something else, which is what is logged. */
export type Lent = SessionApi & { look(): Promise<SessionStatus> }

/** What a workspace's handle lends to its chats. */
export interface Host {
  /** Null where nothing was ever started. */
  site(): Site | null
  /** Who asks, which session is theirs, and through which program. */
  caller: Caller
  client: string
  log: OperationLog
  open(name: string): Promise<Lent>
  start(name: string, options: StartOptions): Promise<Lent>
}

export function chatsOf(host: Host): ChatsApi {
  type Room = typeof import('./chats-work.js')
  const withRoom = <Result>(work: (room: Room) => Promise<Result>): Promise<Result> =>
    withOwnErrors(async () => work(await import('./chats-work.js')))
  /** For what is about one session, which turns out with the answer where none was named. */
  const logged = <Result extends { session: string }>(
    operation: string,
    session: string | undefined,
    work: (room: Room) => Promise<Result>,
  ): Promise<Result> =>
    host.log.during({ operation, session: session ?? null, sessionCreatedAt: null }, async (doing) => {
      const result = await withRoom(work)
      doing.session = result.session
      return result
    })
  return {
    messages: (session, options = {}) =>
      logged('get_session_messages', session, (room) => room.messagesOf(host, session, options)),
    search: (query, options = {}) => withRoom((room) => room.search(host, query, options)),
    link: (file, session) => logged('link_transcript', session, (room) => room.link(host, file, session)),
    meet: (session, transcript) =>
      withOwnErrors(async () => (await import('./meeting.js')).meet(host, session, transcript)),
    createHandoff: (session, options = {}) =>
      logged('create_handoff', session, (room) => room.createHandoff(host, session, options)),
    handoff: (session) => logged('get_handoff_context', session, (room) => room.handoffOf(host, session)),
    query: (session, message, options = {}) =>
      withOwnErrors(async () => (await import('./query.js')).query(host, session, message, options)),
    offered: (session) => withOwnErrors(async () => (await import('./meeting.js')).offered(host, session)),
    commits: (session, options = {}) =>
      logged('get_session_commits', session, (room) => room.commits(host, session, options)),
  }
}
