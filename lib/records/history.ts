/** What happened in a session, from every source, in the order of time. */
import type { CommitSummary, Retry } from '../api.js'
import type { Intent } from '../engine/intent.js'
import { ancestorsOf } from '../paths.js'
import type { HistoryEntry, LoggedOperation } from '../records-api.js'
import { readOperations } from '../store/op-log.js'
import { count } from '../text/words.js'
import type { Site } from '../verbs/site.js'
import { committedBy, pastOf } from './changed.js'
import type { Held } from './details.js'
import type { Known, Place } from './known.js'
import { saidIn } from './messages.js'
import { isLook } from './operations.js'
import { placeOf } from './retries.js'

export async function historyOf(
  place: Place,
  known: Known,
  held: Held,
  operations: readonly LoggedOperation[],
  done: readonly CommitSummary[],
): Promise<HistoryEntry[]> {
  const moves = movesTold(held, done)
  const entries = [
    ...changesAside(held, operations, pastOf(place.site).commitsOf(known)),
    ...operations.filter((operation) => !isLook(operation) && !isRetry(operation)).map(fromOperation),
    ...operations.flatMap((operation) => madeBy(operation, moves)),
    ...held.retries.map((retry) => fromRetry(place.site, retry, operations)),
    ...undosIn(place.site, done),
    ...(await saidIn(place, known)),
  ]
  return entries.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
}

/** Whoever undoes a commit may do so from anywhere, and long after the session has ended. */
function undosIn(site: Site, done: readonly CommitSummary[]): HistoryEntry[] {
  const undos = done.filter(({ kind }) => kind === 'undo')
  if (undos.length === 0) return []
  const logged = readOperations(site.port, site.layout, '"undo_commit"').operations
  return undos.map(({ committedAt: at, undoes, files: paths }) => {
    const within = logged.find((one) => one.note === undoes && isDuring(one, at))
    const what = `undo_commit (${undoes})`
    return { at, kind: 'operation', who: within?.client ?? null, what, paths, outcome: 'ok' }
  })
}

/** What cowrite kept of its own accord is the doing of whoever it kept it for. */
function fromRetry(site: Site, version: Retry, operations: readonly LoggedOperation[]): HistoryEntry {
  const { recordedAt: at, filePath, reason, retry, autoDetected, kept } = version
  const about = { at, paths: [filePath], outcome: 'ok' as const, savedTo: placeOf(site, version) }
  if (!kept)
    return {
      ...about,
      kind: 'retry',
      who: autoDetected ? 'assistant' : 'user',
      what: `Retry ${retry}: ${reason}`,
    }
  const within = operations.findLast((one) => keeping.includes(one.operation) && isDuring(one, at))
  return { ...about, kind: 'kept', who: within?.client ?? null, what: `Version ${retry} kept: ${reason}` }
}

/** What keeps versions that nobody rejected. */
const keeping: readonly string[] = ['restore_retry', 'commit_session']

function isDuring({ at: began, ms }: LoggedOperation, at: string): boolean {
  // A moment is told to the millisecond.
  return began <= at && Date.parse(at) <= Date.parse(began) + ms + 1
}

/** The record has it with its reason. */
function isRetry({ operation, outcome }: LoggedOperation): boolean {
  return operation === 'record_human_retry' && outcome === 'ok'
}

function fromOperation({ at, client, operation, note, paths, outcome }: LoggedOperation): HistoryEntry {
  const what = note === undefined ? operation : `${operation} (${note})`
  return { at, kind: 'operation', who: client, what, paths, outcome }
}

/** Where what a session moved was before. */
function movesTold({ files }: Held, done: readonly CommitSummary[]): ReadonlyMap<string, string> {
  const committed = done.filter(({ kind }) => kind === 'commit').flatMap(({ moved = [] }) => moved)
  const held = files.flatMap(({ path, movedFrom }) =>
    movedFrom === undefined ? [] : [{ from: movedFrom, to: path }],
  )
  return new Map([...held, ...committed].map(({ from, to }) => [to, from]))
}

/** What a command did to the session, which is known when it has ended. */
function madeBy({ at: began, ms, client, made }: LoggedOperation, moves: ReadonlyMap<string, string>) {
  if (made === undefined) return []
  const at = new Date(Date.parse(began) + ms).toISOString()
  const went = new Set(made.deleted)
  const own = new Map(made.moved?.map(({ from, to }) => [to, from]))
  const moved = made.created.flatMap((to) => {
    const from = own.get(to) ?? moves.get(to)
    return from !== undefined && went.has(from) ? [[from, to]] : []
  })
  const isMoved = new Set(moved.flat())
  const kinds: [what: string, paths: string[]][] = [
    ...moved.map((paths): [string, string[]] => ['moved', paths]),
    ['modified', made.modified],
    ['created', made.created.filter((path) => !isMoved.has(path))],
    ['deleted', made.deleted.filter((path) => !isMoved.has(path))],
  ]
  const rest = made.more === undefined ? [] : [entry(`${count(made.more, 'more change')}`, [])]
  return [
    ...kinds.filter(([, paths]) => paths.length > 0).map(([what, paths]) => entry(what, paths)),
    ...rest,
  ]

  function entry(what: string, paths: string[]): HistoryEntry {
    return { at, kind: 'change', who: client, what, paths, outcome: 'ok' }
  }
}

function toldPaths({ paths, made }: LoggedOperation): string[] {
  return made === undefined ? paths : [...paths, ...made.modified, ...made.created, ...made.deleted]
}

/**
 * Changes that no operation tells of, on their paths or on a folder around: by `session.fs`, in a view, or by hand. Each
 * is known by its first write, or by the commit that took it while the session went on.
 */
function changesAside(
  { files }: Held,
  operations: readonly LoggedOperation[],
  commits: readonly Intent[],
): HistoryEntry[] {
  // A commit names what was written by then, and not who wrote it.
  const writes = operations.filter((one) => !isLook(one) && one.operation !== 'commit_session')
  const told = new Set(writes.flatMap(toldPaths))
  const isTold = (path: string) => [path, ...ancestorsOf(path)].some((each) => told.has(each))
  const counted = operations.filter(({ made }) => made?.more !== undefined)
  const held = files.flatMap((file): Aside[] => {
    const { firstWriteAt: at } = file
    return at === null || counted.some((operation) => isDuring(operation, at)) ? [] : [{ ...file, at }]
  })
  const firstWrites = new Map(held.map(({ path, at }) => [path, at]))
  const taken = commits.flatMap((commit): Aside[] => {
    if (counted.some(({ at }) => at <= commit.createdAt)) return []
    const at = operations.find((one) => isCommit(one, commit.id))?.at ?? commit.createdAt
    return committedBy([commit])
      .filter(({ path }) => (firstWrites.get(path) ?? at) >= at)
      .map((file) => ({ ...file, at }))
  })
  // Of an ended session, what is known of a path is what all its commits made of it together.
  const before = new Set(taken.flatMap(({ path, change }) => (change === 'deleted' ? [] : [path])))
  const since = held.map((file): Aside => {
    const { movedFrom: _, ...again } = file
    return before.has(file.path) && file.change === 'created' ? { ...again, change: 'modified' } : file
  })
  return [taken, since].flatMap((some) => {
    const went = new Set(some.map(({ movedFrom }) => movedFrom))
    const isOwn = ({ path, change }: Aside) => !isTold(path) && !(change === 'deleted' && went.has(path))
    return some.filter(isOwn).map(fromAside)
  })
}

interface Aside extends Pick<Held['files'][number], 'path' | 'change' | 'kind' | 'movedFrom'> {
  at: string
}

function isCommit({ operation, note }: LoggedOperation, id: string): boolean {
  return operation === 'commit_session' && note === id
}

function fromAside({ at, path, change, kind, movedFrom }: Aside): HistoryEntry {
  const happened =
    movedFrom === undefined
      ? { what: kind === 'folder' ? `${change} folder` : change, paths: [path] }
      : { what: 'moved', paths: [movedFrom, path] }
  return { at, kind: 'change', who: null, ...happened, outcome: 'ok' }
}
