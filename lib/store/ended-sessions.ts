/** The list of the sessions that have ended: what is still known when their folders are gone. */
import type { ChangeCounts, ChangeKind } from '../api.js'
import type { FilePort } from '../port/port.js'
import { decodeLines } from './append-log.js'
import { readIfThere } from './files.js'
import type { Layout } from './layout.js'
import { appendLine, type Freeing, takeOut } from './shared-log.js'

export interface EndedSession {
  name: string
  how: 'committed' | 'cancelled'
  createdAt: string
  /** Of its last change. */
  updatedAt: string
  endedAt: string
  description: string
  agentId: string
  source: string | null
  parent: string | null
  template: string | null
  /**
   * Null where it was too damaged to count. Lines of before moves were told apart count both ends of each as well, and
   * folders with the rest.
   */
  changes: Record<ChangeKind, number> | ChangeCounts | null
  /** The first ones, where there are many. */
  paths: { path: string; change: ChangeKind; kind?: 'folder'; movedFrom?: string; firstWriteAt?: string }[]
  humanRetries: number | null
  /** The archive's folder name. */
  archive: string | null
}

/** Notes a session's end; to note it again is harmless. */
export function noteEnded(port: FilePort, layout: Layout, session: EndedSession): void {
  appendLine(port, layout.endedSessions, session)
}

/** Oldest end first, each once. */
export function endedSessions(port: FilePort, layout: Layout): EndedSession[] {
  const bytes = readIfThere(port, layout.endedSessions)
  if (bytes === null) return []
  const known = new Map<string, EndedSession>()
  for (const session of decodeLines<EndedSession>(bytes).lines) {
    const key = `${session.name} ${session.createdAt}`
    // Of two processes that tidied up at once, one moved the retries, and knows where to.
    if (!known.has(key) || known.get(key)?.archive === null) known.set(key, session)
  }
  return [...known.values()]
}

/** Returns how many bytes that freed; by `weigh`, only that. */
export function forgetEnded(
  port: FilePort,
  layout: Layout,
  isForgotten: (session: EndedSession) => boolean,
  by: Freeing = takeOut,
): number {
  return by(port, layout.endedSessions, isForgotten)
}
