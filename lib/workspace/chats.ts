/** The chats of agents that worked in sessions, as a workspace's handle gives them. It is loaded when it is first asked for. */
import type { SessionStatus, StartOptions } from '../api.js'
import type { ChatsApi } from '../chats-api.js'
import { withOwnErrors } from '../foreign-errors.js'
import type { Caller } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { SessionApi } from '../workspace-api.js'
import type { Doing, OperationLog } from './operation-log.js'

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

/** Which session was named, if any, and where it is noted which one was meant. */
export interface Asked {
  session: string | undefined
  doing?: Doing
}

export function chatsOf(host: Host): ChatsApi {
  type Room = typeof import('./chats-work.js')
  const withRoom = <Result>(work: (room: Room) => Promise<Result>): Promise<Result> =>
    withOwnErrors(async () => work(await import('./chats-work.js')))
  /** For what is about one session, which is found on the way where none was named. */
  const logged = <Result>(
    operation: string,
    session: string | undefined,
    work: (room: Room, asked: Asked) => Promise<Result>,
  ): Promise<Result> =>
    host.log.during({ operation, session: session ?? null, sessionCreatedAt: null }, (doing) =>
      withRoom((room) => work(room, { session, doing })),
    )
  return {
    messages: (session, options = {}) =>
      logged('get_session_messages', session, (room, asked) => room.messagesOf(host, asked, options)),
    search: (query, options = {}) => withRoom((room) => room.search(host, query, options)),
    link: (file, session) =>
      logged('link_transcript', session, (room, asked) => room.link(host, file, asked)),
    meet: (session, transcript) =>
      withOwnErrors(async () => (await import('./meeting.js')).meet(host, session, transcript)),
    createHandoff: (session, options = {}) =>
      logged('create_handoff', session, (room, asked) => room.createHandoff(host, asked, options)),
    handoff: (session) =>
      logged('get_handoff_context', session, (room, asked) => room.handoffOf(host, asked)),
    query: (session, message, options = {}) =>
      withOwnErrors(async () => (await import('./query.js')).query(host, session, message, options)),
    offered: (session) => withOwnErrors(async () => (await import('./meeting.js')).offered(host, session)),
    commits: (session, options = {}) =>
      logged('get_session_commits', session, (room, asked) => room.commits(host, asked, options)),
  }
}
