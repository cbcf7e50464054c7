/** What happened in a session, from every source, in the order of time. */
import type { HistoryEntry, LoggedOperation } from '../records-api.js'
import type { Held } from './details.js'
import type { Known, Place } from './known.js'
import { saidIn } from './messages.js'
import { isLook } from './operations.js'

export async function historyOf(
  place: Place,
  known: Known,
  held: Held,
  operations: readonly LoggedOperation[],
): Promise<HistoryEntry[]> {
  const entries = [
    ...operations.filter((operation) => !isLook(operation) && !isRetry(operation)).map(fromOperation),
    ...changesAside(held, operations),
    ...held.retries.map(
      ({ recordedAt, filePath, reason, retry, autoDetected }): HistoryEntry => ({
        ...{ at: recordedAt, kind: 'retry', who: autoDetected ? 'assistant' : 'user' },
        ...{ what: `Retry ${retry}: ${reason}`, paths: [filePath], outcome: 'ok' },
      }),
    ),
    ...(await saidIn(place, known)),
  ]
  return entries.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
}

/** The record has it with its reason. */
function isRetry({ operation, outcome }: LoggedOperation): boolean {
  return operation === 'record_human_retry' && outcome === 'ok'
}

function fromOperation({ at, client, operation, note, paths, outcome }: LoggedOperation): HistoryEntry {
  const what = note === undefined ? operation : `${operation} (${note})`
  return { at, kind: 'operation', who: client, what, paths, outcome }
}

/** First writes that no operation tells of: by `session.fs`, in a view, or by hand. */
function changesAside({ files }: Held, operations: readonly LoggedOperation[]): HistoryEntry[] {
  const told = new Set(operations.filter((one) => !isLook(one)).flatMap(({ paths }) => paths))
  const went = new Set(files.map(({ movedFrom }) => movedFrom))
  return files.flatMap(({ path, change, kind, firstWriteAt, movedFrom }): HistoryEntry[] => {
    if (firstWriteAt === null || told.has(path) || (change === 'deleted' && went.has(path))) return []
    const happened =
      movedFrom === undefined
        ? { what: kind === 'folder' ? `${change} folder` : change, paths: [path] }
        : { what: 'moved', paths: [movedFrom, path] }
    return [{ at: firstWriteAt, kind: 'change', who: null, ...happened, outcome: 'ok' }]
  })
}
