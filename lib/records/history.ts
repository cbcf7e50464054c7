/** What happened in a session, from every source, in the order of time. */
import type { CommitSummary, Retry } from '../api.js'
import { ancestorsOf } from '../paths.js'
import type { HistoryEntry, LoggedOperation } from '../records-api.js'
import { readOperations } from '../store/op-log.js'
import { count } from '../text/words.js'
import type { Site } from '../verbs/site.js'
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
  const entries = [
    ...operations.filter((operation) => !isLook(operation) && !isRetry(operation)).map(fromOperation),
    ...operations.flatMap((operation) => madeBy(operation, movesTold(held, done))),
    ...changesAside(held, operations),
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

/** First writes that no operation tells of, on them or on a folder around: by `session.fs`, in a view, or by hand. */
function changesAside({ files }: Held, operations: readonly LoggedOperation[]): HistoryEntry[] {
  // A commit names what was written by then, and not who wrote it.
  const writes = operations.filter((one) => !isLook(one) && one.operation !== 'commit_session')
  const told = new Set(writes.flatMap(toldPaths))
  const isTold = (path: string) => [path, ...ancestorsOf(path)].some((each) => told.has(each))
  const counted = operations.filter(({ made }) => made?.more !== undefined)
  const isCounted = (at: string) => counted.some((operation) => isDuring(operation, at))
  const went = new Set(files.map(({ movedFrom }) => movedFrom))
  return files.flatMap(({ path, change, kind, firstWriteAt, movedFrom }): HistoryEntry[] => {
    if (firstWriteAt === null || isTold(path) || isCounted(firstWriteAt)) return []
    if (change === 'deleted' && went.has(path)) return []
    const happened =
      movedFrom === undefined
        ? { what: kind === 'folder' ? `${change} folder` : change, paths: [path] }
        : { what: 'moved', paths: [movedFrom, path] }
    return [{ at: firstWriteAt, kind: 'change', who: null, ...happened, outcome: 'ok' }]
  })
}
