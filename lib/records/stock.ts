/** What is kept of sessions that have ended, and how much room it takes. */
import type { CommitSummary } from '../api.js'
import type { LoggedOperation } from '../records-api.js'
import { encodeLine } from '../store/append-log.js'
import { type EndedSession, forgetEnded } from '../store/ended-sessions.js'
import { walk } from '../store/files.js'
import { forgetOperations } from '../store/op-log.js'
import { type Freeing, weigh } from '../store/shared-log.js'
import { listCommits, sizeOfEntry } from '../verbs/history.js'
import type { Site } from '../verbs/site.js'
import { forgetChats } from './chats.js'
import { handoffPath } from './handoffs.js'
import type { Known } from './known.js'
import { isOf } from './operations.js'
import { keyOf } from './session-key.js'
import { wholeHistoryOf } from './whole-history.js'

/** All sizes in bytes. */
export interface Stock {
  archives: string[]
  /** Commits, and undos of them, newest first of each session. */
  history: CommitSummary[]
  /** The numbers of those, by session. */
  historyOf: ReadonlyMap<Known, ReadonlySet<string>>
  /** Of handoffs. */
  pages: string[]
  /** Of all these, and of the lines in logs. */
  bytes: number
  /** The same by session. */
  bytesOf: ReadonlyMap<Known, number>
}

/** What there is of these sessions, which is what goes when they are taken away; `known` are all there are. */
export function stockOf(site: Site, sessions: readonly Known[], known: readonly Known[]): Stock {
  const all = listCommits(site)
  const bytesOf = new Map(sessions.map((session) => [session, 0]))
  const counted = new Set<string>()
  let bytes = 0
  /** Each thing once, also where two sessions of one name both claim it. */
  const count = (session: Known, things: readonly string[], sizeOfThing: (thing: string) => number) =>
    things.filter((thing) => {
      if (counted.has(thing)) return false
      counted.add(thing)
      const size = sizeOfThing(thing)
      bytes += size
      add(bytesOf, session, size)
      return true
    })
  const stock = sessions.map((session) => ({
    archives: count(session, archiveOf(site, session), (path) => sizeOf(site, path)),
    history: new Set(
      count(
        session,
        wholeHistoryOf(site, session, { all, known }).map(({ commitId }) => commitId),
        (id) => sizeOfEntry(site, id),
      ),
    ),
    pages: count(session, pageOf(site, session), (path) => Number(site.port.stat(path)?.size ?? 0n)),
  }))
  const historyOf = new Map(sessions.map((session, at) => [session, stock[at]?.history ?? new Set<string>()]))
  bytes += freeLines(site, { sessions, historyOf }, weigh, bytesOf)
  return {
    archives: stock.flatMap(({ archives }) => archives),
    history: stock.flatMap(({ history }) => all.filter(({ commitId }) => history.has(commitId))),
    historyOf,
    pages: stock.flatMap(({ pages }) => pages),
    ...{ bytes, bytesOf },
  }
}

function add(bytesOf: Map<Known, number>, session: Known, bytes: number): void {
  bytesOf.set(session, (bytesOf.get(session) ?? 0) + bytes)
}

/**
 * Takes their lines out of the op log, the list of what has ended and that of chats; by `weigh` it takes nothing out.
 * Returns how many bytes they are.
 */
export function freeLines(
  { port, layout }: Site,
  { sessions, historyOf }: { sessions: readonly Known[] } & Pick<Stock, 'historyOf'>,
  by: Freeing,
  bytesOf = new Map<Known, number>(),
): number {
  const byName = new Map<string, { session: Known; isOwn: ReturnType<typeof isOf> }[]>()
  for (const session of sessions) {
    const named = byName.get(session.name) ?? []
    byName.set(session.name, [...named, { session, isOwn: isOf(session) }])
  }
  const byKey = new Map(sessions.map((session) => [keyOf(session.name, session.createdAt), session]))
  const claim = (session: Known | undefined, line: unknown): boolean => {
    if (session !== undefined) add(bytesOf, session, encodeLine(line).length)
    return session !== undefined
  }
  /** An undo is of the workspace, and of no session by its line, but tells what that one had committed. */
  const isUndoOf = (session: Known, { operation, note }: LoggedOperation): boolean =>
    operation === 'undo_commit' && note !== undefined && historyOf.get(session)?.has(note) === true
  const isOperation = (operation: LoggedOperation): boolean => {
    const own = byName.get(operation.session ?? '')?.find(({ isOwn }) => isOwn(operation))
    return claim(own?.session ?? sessions.find((session) => isUndoOf(session, operation)), operation)
  }
  const isEnd = (end: EndedSession): boolean => claim(byKey.get(keyOf(end.name, end.createdAt)), end)
  const isLink = ({ name, createdAt }: Identity, link: unknown): boolean =>
    claim(byKey.get(keyOf(name, createdAt)), link)
  return (
    forgetOperations(port, layout, isOperation, by) +
    forgetEnded(port, layout, isEnd, by) +
    forgetChats({ port, layout }, isLink, by)
  )
}

type Identity = Pick<Known, 'name' | 'createdAt'>

function archiveOf({ port, layout }: Site, { ended }: Known): string[] {
  const path = ended?.archive ? layout.archive(ended.archive) : null
  return path !== null && port.stat(path)?.isDirectory() ? [path] : []
}

function pageOf({ port, layout }: Site, session: Known): string[] {
  const page = handoffPath(layout, session)
  return port.stat(page) === null ? [] : [page]
}

export function sizeOf({ port }: Site, folder: string): number {
  let size = 0
  for (const { path, kind } of walk(port, folder)) {
    if (kind === 'file') size += Number(port.stat(`${folder}/${path}`)?.size ?? 0n)
  }
  return size
}
