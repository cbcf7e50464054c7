/** Which session a call works in (S2), and which one is active. */
import { CowriteError, isCowriteError } from '../errors.js'
import { isAlive, processAt, thisProcess } from '../port/host.js'
import { cannotBeWritten } from '../store/damage.js'
import { withLock } from '../store/locks.js'
import {
  type Binding,
  emptySessionLock,
  readSessionLock,
  type SessionLock,
  writeSessionLock,
} from '../store/session-lock.js'
import { chatNow, clientOf, isOfOneClient } from './chat-clients.js'
import type { Site } from './site.js'

/** Who asks: a chat, if it is one, and a session that was named once and for all. */
export interface Caller {
  /** The chat's id; null for a library user or a command line of a person's own. */
  chat: string | null
  /** Whether the chat lives no longer than this process does. */
  chatEndsWithProcess: boolean
  /** `--session`, or COWRITE_SESSION. */
  session: string | null
  /** The session that the chat was last seen to have as its own. */
  own?: string
}

/**
 * The session that a call without a name works in; null where there is none. `isOpen` says of those that the caller has
 * open that they are still there, so that nobody has to look.
 */
export async function currentSession(
  site: Site,
  caller: Caller,
  isOpen: (session: string) => boolean = () => false,
): Promise<string | null> {
  if (caller.session !== null) return caller.session
  const lock = readSessionLock(site.port, site.layout)
  const chat = chatNow(lock, caller.chat)
  const bound = chat === null ? undefined : lock.bindings.get(chat)
  if (bound && (isOpen(bound.session) || isThere(site, bound.session))) {
    caller.own = bound.session
    return bound.session
  }
  if (lock.active === null || !isThere(site, lock.active)) return null
  if (chat === null) return lock.active
  const own = bound?.session ?? caller.own
  // Its own has ended: what it does next was not meant for what another chat is at.
  if (own !== undefined && isAnothers(site, lock, chat, lock.active)) return null
  // From now on the chat keeps it, whatever others make active.
  await bind(site, caller, lock.active)
  return lock.active
}

function isAnothers(site: Site, lock: SessionLock, chat: string, session: string): boolean {
  return [...lock.bindings].some(
    ([other, binding]) =>
      binding.session === session && !isOfOneClient(lock, other, chat) && !isOver(site, binding),
  )
}

async function bind(site: Site, caller: Caller, session: string): Promise<void> {
  try {
    await changeLock(site, (lock) => {
      const chat = chatNow(lock, caller.chat)
      if (chat !== null) lock.bindings.set(chat, bindingTo(session, caller))
    })
  } catch (error) {
    // Where nothing can be written nobody makes another session active, either.
    if (!cannotBeWritten(error)) throw error
  }
}

/** As `currentSession`; a damaged session.lock names nobody for certain. */
export async function currentOrNull(site: Site, caller: Caller): Promise<string | null> {
  try {
    return await currentSession(site, caller)
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) return null
    throw error
  }
}

/** Refuses a session.lock of a newer format; one that is damaged is mended by naming a session. */
export function checkLock(site: Site): void {
  readForChange(site)
}

/** Makes a session the active one, and the caller's own. Returns what the caller worked in before. */
export async function activate(
  site: Site,
  caller: Caller,
  session: string,
  agentId = site.agentId,
): Promise<string | null> {
  return changeLock(site, (lock) => {
    const chat = chatNow(lock, caller.chat)
    const before = (chat === null ? undefined : lock.bindings.get(chat)?.session) ?? lock.active
    if (chat !== null) {
      lock.bindings.set(chat, bindingTo(session, caller))
      caller.own = session
    }
    lock.active = session
    lock.since = new Date().toISOString()
    lock.agentId = agentId
    return before !== null && isThere(site, before) ? before : null
  })
}

/** Takes sessions out of activity; their changes stay, and so do the bindings of other chats. */
export async function deactivate(site: Site, caller: Caller, sessions: readonly string[]): Promise<void> {
  if (sessions.length === 0) return
  await changeLock(site, (lock) => {
    if (lock.active !== null && sessions.includes(lock.active))
      Object.assign(lock, { active: null, since: null, agentId: null })
    const chat = chatNow(lock, caller.chat)
    const own = chat === null ? undefined : lock.bindings.get(chat)
    if (chat !== null && own && sessions.includes(own.session)) lock.bindings.delete(chat)
  })
}

/**
 * The caller's chat is the present one of the program `pid`. Who still speaks by the name of one that the program had
 * before, as a server that it started, is taken for it from now on. With `inherits`, as after /clear, it has the session
 * of the one before, unless it has its own.
 */
export async function followClient(
  site: Site,
  { chat }: Caller,
  pid: number,
  inherits: boolean,
): Promise<void> {
  if (chat === null) return
  const process = processAt(pid)
  if (clientOf(readForChange(site), process)?.chats.at(-1) === chat) return
  await changeLock(site, (lock) => {
    const known = clientOf(lock, process)
    const before = known?.chats.at(-1)
    const inherited = before === undefined || !inherits ? undefined : lock.bindings.get(before)
    if (inherited !== undefined && !lock.bindings.has(chat)) lock.bindings.set(chat, inherited)
    const chats = [...(known?.chats ?? []).filter((name) => name !== chat), chat]
    lock.clients = [...lock.clients.filter((client) => client !== known), { process, chats }]
  })
}

/** The active session, and the one that the caller works in. */
export function sessionsOf(site: Site, caller: Caller): string[] {
  const lock = readSessionLock(site.port, site.layout)
  const chat = chatNow(lock, caller.chat)
  const own = chat === null ? undefined : lock.bindings.get(chat)?.session
  const names = [lock.active, own ?? null].filter((name) => name !== null)
  return [...new Set(names)].filter((name) => isThere(site, name))
}

async function changeLock<Result>(site: Site, change: (lock: SessionLock) => Result): Promise<Result> {
  return withLock(site.port, site.layout, 'session', async () => {
    const lock = readForChange(site)
    for (const [chat, binding] of lock.bindings) if (isOver(site, binding)) lock.bindings.delete(chat)
    lock.clients = lock.clients.filter(({ process }) => isAlive(process) !== 'dead')
    const result = change(lock)
    await writeSessionLock(site.port, site.layout, lock, site.laterSyncs)
    return result
  })
}

/** Naming a session anew is the way out of a damaged lock. */
function readForChange(site: Site): SessionLock {
  try {
    return readSessionLock(site.port, site.layout)
  } catch (error) {
    if (isCowriteError(error, 'CORRUPT')) return emptySessionLock()
    throw error
  }
}

function bindingTo(session: string, caller: Caller): Binding {
  const process = caller.chatEndsWithProcess ? thisProcess() : null
  return { session, since: new Date().toISOString(), process }
}

function isOver(site: Site, binding: Binding): boolean {
  if (!isThere(site, binding.session)) return true
  return binding.process !== null && isAlive(binding.process) === 'dead'
}

function isThere(site: Site, session: string): boolean {
  return site.port.stat(site.layout.session(session))?.isDirectory() ?? false
}

/** `caller`, where it is known: a chat whose own session has ended is told so. */
export function noActiveSession(
  caller?: Caller,
  missing: { folder: string; above: string | null } | null = null,
): CowriteError {
  const ended = caller?.own
  const message = ended === undefined ? 'No active session' : `No active session: '${ended}' has ended`
  return new CowriteError('NO_ACTIVE_SESSION', message, {
    ...(ended === undefined ? {} : { ended }),
    ...(missing === null ? {} : { no_workspace: missing }),
  })
}
