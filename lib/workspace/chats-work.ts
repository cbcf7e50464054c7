/** What is done with the chats of sessions. */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type {
  FoundMessages,
  Handoff,
  LastHandoff,
  Linked,
  MessagePage,
  MessagesOptions,
  SessionCommits,
} from '../chats-api.js'
import { CowriteError, errnoOf } from '../errors.js'
import { Chats, linkChat, readLinks, type SessionIdentity } from '../records/chats.js'
import { commitsOf } from '../records/commits.js'
import { findMessages } from '../records/find-messages.js'
import { handoffPath } from '../records/handoffs.js'
import { endsOf, identityOf } from '../records/identity.js'
import { findKnown } from '../records/known.js'
import { readChats } from '../records/session-chats.js'
import { keyOf } from '../records/session-key.js'
import { whole } from '../records/transcripts/spans.js'
import { totalsIn } from '../records/transcripts/totals.js'
import { readIfThere } from '../store/files.js'
import { currentSession, noActiveSession } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { Asked, Host } from './chats.js'
import { handOver } from './hand-over.js'

const usualLimit = 20
const usualCommits = 20

interface Meant {
  site: Site
  identity: SessionIdentity
  /** What it is asked for by, so that the next call is about the same one. */
  id: string
}

/** Throws SESSION_NOT_FOUND, NO_ACTIVE_SESSION, INVALID_INPUT. */
async function meant(host: Host, { session, doing }: Asked): Promise<Meant> {
  const site = host.site()
  const { caller } = host
  const name = session ?? (site === null ? caller.session : await currentSession(site, caller))
  if (name === null) throw noActiveSession(caller)
  if (site === null)
    throw new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
  // An id that tells apart sessions that bore one name has more in it than a name may.
  const known = name.includes('@') ? await findKnown({ site, caller }, name) : null
  const identity = known ?? identityOf(site, name)
  if (doing !== undefined)
    Object.assign(doing, { session: identity.name, sessionCreatedAt: identity.createdAt })
  return { site, identity, id: known?.sessionId ?? identity.name }
}

export async function messagesOf(
  host: Host,
  asked: Asked,
  { role, limit = usualLimit, offset = 0 }: MessagesOptions,
): Promise<MessagePage> {
  const { site, identity, id } = await meant(host, asked)
  const { messages, news } = await readChats(new Chats(readLinks(site)).of(identity), site.config.prices)
  const wanted = role === undefined ? messages : messages.filter((message) => message.role === role)
  return {
    session: id,
    messages: wanted.slice(offset, offset + limit),
    totalCount: wanted.length,
    offset,
    transcripts: news,
  }
}

export async function search(
  host: Host,
  query: string,
  { session, limit = usualLimit }: { session?: string; limit?: number },
): Promise<FoundMessages> {
  if (session !== undefined) {
    const { site, identity } = await meant(host, { session })
    return findMessages(site, query, [identity], limit)
  }
  const site = host.site()
  if (site === null) return { results: [], hasMore: false }
  return findMessages(site, query, linkedSessions(site), limit)
}

/** Those that chats were linked to last, first. */
function linkedSessions(site: Site): SessionIdentity[] {
  const ends = endsOf(site)
  const found = new Map<string, SessionIdentity>()
  for (const { session: name, sessionCreatedAt: createdAt } of readLinks(site).reverse()) {
    const key = keyOf(name, createdAt)
    found.set(key, { name, createdAt, endedAt: ends.get(key) ?? null })
  }
  return [...found.values()]
}

export async function link(host: Host, file: string, asked: Asked): Promise<Linked> {
  const { site, identity, id } = await meant(host, asked)
  const path = await realFile(file)
  const { port, layout, config } = site
  // Counted once, so that whoever shows the session next need not.
  const totals = await totalsIn({ port, layout, prices: config.prices }, path, whole)
  if (totals === null || totals.client === null) {
    const message = `${file} is no transcript of Claude Code, Codex or Gemini CLI.`
    throw new CowriteError('INVALID_INPUT', message, { argument: 'file', value: file })
  }
  const { chat, client, messages } = totals
  const isNew = linkChat(site, identity, { chat, client, transcript: path, byHand: true })
  return { session: id, path, isNew, client, messages }
}

async function realFile(file: string): Promise<string> {
  try {
    return await realpath(resolve(file))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    const message = `There is no transcript at ${file}`
    throw new CowriteError('NOT_FOUND', message, { path: file }, { cause: error })
  }
}

export async function createHandoff(host: Host, asked: Asked, options: { notes?: string }): Promise<Handoff> {
  const { site, identity, id } = await meant(host, asked)
  return { ...(await handOver(host, site, identity, options)), session: id }
}

export async function handoffOf(host: Host, asked: Asked): Promise<LastHandoff> {
  const { site, identity, id } = await meant(host, asked)
  const path = handoffPath(site.layout, identity)
  const bytes = readIfThere(site.port, path)
  const stat = bytes === null ? null : site.port.stat(path)
  return {
    session: id,
    compactMarkdown: bytes === null ? null : bytes.toString(),
    createdAt: stat === null ? null : new Date(Number(stat.mtimeMs)).toISOString(),
  }
}

export async function commits(
  host: Host,
  asked: Asked,
  { maxCommits = usualCommits }: { maxCommits?: number },
): Promise<SessionCommits> {
  const { site, identity, id } = await meant(host, asked)
  return { session: id, ...(await commitsOf(site, identity, maxCommits)) }
}
