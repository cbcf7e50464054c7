/** Chats that a program has had one after another: a server that it started goes on speaking by the name of an old one. */
import { isAlive, type ProcessIdentity } from '../port/host.js'
import type { ChatClient, SessionLock } from '../store/session-lock.js'

/** The name that a chat bears by now; null for nobody's. */
export function chatNow({ clients }: SessionLock, chat: string | null): string | null {
  if (chat === null || clients.length === 0) return chat
  const known = clients.filter(({ chats }) => chats.includes(chat))
  // Taken up again in another program, it is what that one calls it.
  if (known.some(({ chats }) => chats.at(-1) === chat)) return chat
  return known.findLast((client) => isAlive(client.process) !== 'dead')?.chats.at(-1) ?? chat
}

export function clientOf({ clients }: SessionLock, running: ProcessIdentity): ChatClient | undefined {
  return clients.find((client) =>
    (['host', 'boot', 'pid', 'start'] as const).every((field) => client.process[field] === running[field]),
  )
}

export function isOfOneClient({ clients }: SessionLock, one: string, other: string): boolean {
  return one === other || clients.some(({ chats }) => chats.includes(one) && chats.includes(other))
}
