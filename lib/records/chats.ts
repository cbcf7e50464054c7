/** Which agents' chats worked in which session, and where their transcripts are: a list that outlives the sessions. */
import { isAbsolute } from 'node:path'
import type { FilePort } from '../port/port.js'
import { decodeLines } from '../store/append-log.js'
import { readIfThere } from '../store/files.js'
import type { Layout } from '../store/layout.js'
import { appendLine, type Freeing, takeOut } from '../store/shared-log.js'
import { keyOf } from './session-key.js'
import { whole } from './transcripts/spans.js'
import type { Span } from './transcripts/transcript.js'

/** A session among those that bore its name. */
export interface SessionIdentity {
  name: string
  createdAt: string
  /** Null while it is open. */
  endedAt: string | null
}

/** A chat that came to a session. */
export interface ChatLink {
  /** When. */
  at: string
  session: string
  sessionCreatedAt: string
  /** The chat's id, where whoever told of it knew. */
  chat: string | null
  /** The program that the chat is of, such as `claude-code`. */
  client: string | null
  /** An absolute path: transcripts stay where their clients put them. */
  transcript: string
  /** A person said so: then it is the session's from its beginning. */
  byHand: boolean
}

type Place = { port: FilePort; layout: Layout }

/** A transcript, and the parts of it that are a session's. */
export interface LinkedTranscript {
  path: string
  client: string | null
  chat: string | null
  spans: Span[]
}

export type NewLink = Omit<ChatLink, 'at' | 'session' | 'sessionCreatedAt'>

/** Notes that a chat works in a session; false where that is known already. */
export function linkChat(
  place: Place,
  { name, createdAt }: Omit<SessionIdentity, 'endedAt'>,
  link: NewLink,
): boolean {
  const known = readLinks(place).filter(({ transcript }) => transcript === link.transcript)
  const isOurs = (one: ChatLink | undefined) => one?.session === name && one.sessionCreatedAt === createdAt
  const isKnown = known.some((one) => isOurs(one) && one.byHand) || (!link.byHand && isOurs(known.at(-1)))
  if (isKnown) return false
  const line: ChatLink = { at: new Date().toISOString(), session: name, sessionCreatedAt: createdAt, ...link }
  appendLine(place.port, place.layout.chats, line)
  return true
}

/** Of the sessions that were taken away for good. Returns how many bytes that freed; by `weigh`, only that. */
export function forgetChats(
  { port, layout }: Place,
  isForgotten: (session: Omit<SessionIdentity, 'endedAt'>, link: ChatLink) => boolean,
  by: Freeing = takeOut,
): number {
  return by<ChatLink>(port, layout.chats, (link) =>
    isForgotten({ name: link.session, createdAt: link.sessionCreatedAt }, link),
  )
}

/** All links, in the order in which they were made, and what each session has of them. */
export class Chats {
  readonly #byTranscript = new Map<string, ChatLink[]>()
  readonly #transcripts = new Map<string, Set<string>>()

  constructor(links: readonly ChatLink[]) {
    for (const link of links) {
      const { transcript } = link
      this.#byTranscript.set(transcript, [...(this.#byTranscript.get(transcript) ?? []), link])
      const key = keyOf(link.session, link.sessionCreatedAt)
      this.#transcripts.set(key, (this.#transcripts.get(key) ?? new Set()).add(transcript))
    }
  }

  /** The transcripts of a session, and which parts of them are its own. */
  of({ name, createdAt, endedAt }: SessionIdentity): LinkedTranscript[] {
    return [...(this.#transcripts.get(keyOf(name, createdAt)) ?? [])].map((path) => {
      const links = this.#byTranscript.get(path) ?? []
      const isOurs = (link: ChatLink) => link.session === name && link.sessionCreatedAt === createdAt
      const ours = links.filter(isOurs)
      const { chat, client } = ours.at(-1) as ChatLink
      if (ours.some(({ byHand }) => byHand)) return { path, chat, client, spans: [...whole] }
      const stays = links.filter(({ byHand }) => !byHand)
      const spans = stays.flatMap((link, index): Span[] =>
        isOurs(link)
          ? [{ from: index === 0 ? null : link.at, to: stays[index + 1]?.at ?? null, ended: endedAt }]
          : [],
      )
      return { path, chat, client, spans }
    })
  }
}

export function readLinks({ port, layout }: Place): ChatLink[] {
  const bytes = readIfThere(port, layout.chats)
  return bytes === null ? [] : decodeLines<ChatLink>(bytes).lines.filter(isLink)
}

/** Of another version of cowrite it may be something else. */
function isLink({ at, session, sessionCreatedAt, transcript }: Partial<ChatLink>): boolean {
  const texts = [at, session, sessionCreatedAt, transcript]
  return texts.every((text) => typeof text === 'string') && isAbsolute(transcript as string)
}
