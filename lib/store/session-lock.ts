import type { BigIntStats } from 'node:fs'
import { CowriteError } from '../errors.js'
import type { ProcessIdentity } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import {
  linkOrNot,
  namesIn,
  parseJson,
  readIfThere,
  removeIfThere,
  replaceFileAndHold,
  replaceFileSafely,
  toJson,
  uniqueName,
} from './files.js'
import { identityOf } from './fingerprint.js'
import type { LaterSyncs } from './later-syncs.js'
import { checkFormat, formatVersion, type Layout } from './layout.js'

export interface Binding {
  session: string
  since: string
  process: ProcessIdentity | null
}

/** A program in which a person chats, and the names that its chat has borne, the present one last. */
export interface ChatClient {
  process: ProcessIdentity
  chats: string[]
}

/** `session.lock`: the workspace's active session, and which session each chat works in. */
export interface SessionLock {
  active: string | null
  since: string | null
  agentId: string | null
  bindings: Map<string, Binding>
  clients: ChatClient[]
}

export function emptySessionLock(): SessionLock {
  return { active: null, since: null, agentId: null, bindings: new Map(), clients: [] }
}

/**
 * Throws CORRUPT where the file is damaged; no session is active where there is none. One that a power cut left blank is
 * what it was before.
 */
export function readSessionLock(port: FilePort, layout: Layout): SessionLock {
  return port.together(() => readUnlessKnown(port, layout))
}

function readUnlessKnown(port: FilePort, layout: Layout): SessionLock {
  const stat = port.stat(layout.sessionLock)
  const identity = stat && whichOf(layout, stat)
  const known = lastRead.get(port)
  if (known !== undefined && known.identity === identity) return copyOf(known.lock)
  const { lock, isFilled } = readAnew(port, layout)
  if (isFilled && identity !== null) lastFilled.set(port, identity)
  // What is written within the clock's granularity of another may look like that.
  const isSettled = stat && Math.abs(Date.now() - Number(stat.ctimeMs)) > port.timestampGranularity
  if (isSettled && identity !== null) lastRead.set(port, { identity, lock: copyOf(lock) })
  return lock
}

/** It is asked for at each call, and seldom another. */
const lastRead = new WeakMap<FilePort, { identity: string; lock: SessionLock }>()

/** Which file was last seen not to be blank; only a power cut makes it so, and no process sees both. */
const lastFilled = new WeakMap<FilePort, string>()

function whichOf({ sessionLock }: Layout, stat: BigIntStats): string {
  return `${sessionLock}:${identityOf(stat)}:${stat.size}`
}

function copyOf(lock: SessionLock): SessionLock {
  return {
    ...lock,
    bindings: new Map(lock.bindings),
    clients: lock.clients.map((client) => ({ ...client, chats: [...client.chats] })),
  }
}

function readAnew(port: FilePort, layout: Layout): { lock: SessionLock; isFilled: boolean } {
  const present = readIfThere(port, layout.sessionLock)
  const isFilled = !isBlank(present)
  const before = isFilled ? null : readIfThere(port, layout.sessionLockBefore)
  const bytes = isBlank(before) ? present : before
  if (bytes === null && port.stat(layout.sessionLock) === null) return { lock: emptySessionLock(), isFilled }
  const value = bytes && parseJson(bytes, layout.sessionLock)
  checkFormat((value as { version?: unknown } | null)?.version, layout.sessionLock, port.root)
  const lock = lockIn(value)
  if (lock !== null) return { lock, isFilled }
  throw new CowriteError('CORRUPT', `${layout.sessionLock} is damaged.`, { path: layout.sessionLock })
}

/**
 * Null where it is none. By hand, and no schema: every command and most hooks read it, and to make a schema takes longer
 * than all else that they need of it.
 */
function lockIn(value: unknown): SessionLock | null {
  const { active, since, agent_id: agentId, bindings = [], clients = [] } = fieldsOf(value)
  if (![active, since, agentId].every(isTextOrNull)) return null
  const [bound, clientsThere] = [eachIn(bindings, bindingIn), eachIn(clients, clientIn)]
  if (bound === null || clientsThere === null) return null
  return { active, since, agentId, bindings: new Map(bound), clients: clientsThere } as SessionLock
}

/** Pairs rather than an object's keys: a chat may bear any name. */
function bindingIn(value: unknown): [chat: string, binding: Binding] | null {
  const { chat, session, since, process = null } = fieldsOf(value)
  if (!isText(chat) || !isText(session) || !isText(since)) return null
  const found = process === null ? null : processIn(process)
  return process !== null && found === null ? null : [chat, { session, since, process: found }]
}

function clientIn(value: unknown): ChatClient | null {
  const { process, chats } = fieldsOf(value)
  const found = processIn(process)
  const isChats = Array.isArray(chats) && chats.length > 0 && chats.every(isText)
  return found === null || !isChats ? null : { process: found, chats }
}

function processIn(value: unknown): ProcessIdentity | null {
  const { host, boot, pid, start } = fieldsOf(value)
  const isOne = isText(host) && isTextOrNull(boot) && Number.isFinite(pid) && isTextOrNull(start)
  return isOne ? { host, boot, pid: pid as number, start } : null
}

/** Null where one of them is not what it should be. */
function eachIn<Item>(values: unknown, itemIn: (value: unknown) => Item | null): Item[] | null {
  if (!Array.isArray(values)) return null
  const items = values.map(itemIn)
  return items.includes(null) ? null : (items as Item[])
}

function fieldsOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : {}
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value)

/**
 * Only under the lock `session`. Blank after a power cut, it would keep everybody from working without naming a
 * session: so it is synced before it is in place or, with `laterSyncs`, as soon as it is.
 */
export async function writeSessionLock(
  port: FilePort,
  layout: Layout,
  lock: SessionLock,
  laterSyncs?: LaterSyncs,
): Promise<void> {
  const value = {
    version: formatVersion,
    active: lock.active,
    since: lock.since,
    agent_id: lock.agentId,
    bindings: [...lock.bindings].map(([chat, binding]) => ({ chat, ...binding })),
    ...(lock.clients.length === 0 ? {} : { clients: lock.clients }),
  }
  const aside = `${layout.locks}/${uniqueName()}${unfinished}`
  if (laterSyncs === undefined) return replaceFileSafely(port, layout.sessionLock, toJson(value), aside)
  port.together(() => {
    keepBefore(port, layout)
    laterSyncs.add(replaceFileAndHold(port, layout.sessionLock, toJson(value), aside))
  })
}

/** Its content is on the disk, or about to be, since the last time that it was replaced. */
function keepBefore(port: FilePort, layout: Layout): void {
  const { sessionLock, sessionLockBefore } = layout
  const stat = port.stat(sessionLock)
  const isKnown = stat !== null && lastFilled.get(port) === whichOf(layout, stat)
  if (!isKnown && isBlank(readIfThere(port, sessionLock))) return
  removeIfThere(port, sessionLockBefore)
  // Without second names there is none of it: one that is blank is damaged then.
  linkOrNot(port, sessionLock, sessionLockBefore)
}

/** Of no length, or of nothing but zeros: a new file as a power cut leaves it whose content was not written out yet. */
function isBlank(bytes: Buffer | null): boolean {
  return bytes === null || bytes.every((byte) => byte === 0)
}

/** What is being built for session.lock, or by whoever is about to write it. */
export const unfinished = '.session.tmp'

/** What a process left that died while it wrote session.lock. */
export function unfinishedSessionLocks(port: FilePort, layout: Layout): string[] {
  return namesIn(port, layout.locks)
    .filter((name) => name.endsWith(unfinished))
    .map((name) => `${layout.locks}/${name}`)
}
