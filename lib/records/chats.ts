/** Which agents' chats worked in which session, and where their transcripts are: a list that outlives the sessions. */
import { errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { decodeLines, encodeLine } from '../store/append-log.js'
import { ensureFolder, readIfThere } from '../store/files.js'
import type { Layout } from '../store/layout.js'
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

/** What was known of a session's chats is no longer wanted. */
interface Forgotten {
  forgotten: true
  session: string
  sessionCreatedAt: string
}

type Line = ChatLink | Forgotten
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
  append(place, { at: new Date().toISOString(), session: name, sessionCreatedAt: createdAt, ...link })
  return true
}

/** Of the sessions that were taken away for good. */
export function forgetChats(place: Place, sessions: readonly Omit<SessionIdentity, 'endedAt'>[]): void {
  const linked = new Set(readLinks(place).map((link) => keyOf(link.session, link.sessionCreatedAt)))
  for (const { name, createdAt } of sessions) {
    if (!linked.has(keyOf(name, createdAt))) continue
    append(place, { forgotten: true, session: name, sessionCreatedAt: createdAt })
  }
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

function keyOf(session: string, createdAt: string): string {
  return `${session} ${createdAt}`
}

export function readLinks({ port, layout }: Place): ChatLink[] {
  const bytes = readIfThere(port, layout.chats)
  let links: ChatLink[] = []
  for (const line of bytes === null ? [] : decodeLines<Line>(bytes).lines) {
    if (!('forgotten' in line)) links.push(line)
    else
      links = links.filter(
        ({ session, sessionCreatedAt }) =>
          session !== line.session || sessionCreatedAt !== line.sessionCreatedAt,
      )
  }
  return links
}

function append({ port, layout }: Place, line: Line): void {
  const file = openForAppending(port, layout.chats)
  try {
    file.write(encodeLine(line))
  } finally {
    file.close()
  }
}

function openForAppending(port: FilePort, path: string): OpenFile {
  for (;;) {
    try {
      return port.openForWriting(path, { append: true })
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
    ensureFolder(port, parentOf(path))
    try {
      port.create(path).close()
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }
}
