/** Everything that is kept of one session. */
import type { ChangeKind, CommitSummary, Retry } from '../api.js'
import type { LoggedOperation, RecordDetails } from '../records-api.js'
import { tellsOfDamage } from '../store/damage.js'
import { countedEntries, isOfFolder, openLayers } from '../store/layers.js'
import type { Layer } from '../store/overlay.js'
import { changeOf, type SessionRecord } from '../store/record.js'
import { recordOrNull } from '../verbs/check.js'
import { retriesInArchive } from '../verbs/retries.js'
import type { Site } from '../verbs/site.js'
import { committedBy, pastOf } from './changed.js'
import { historyOfSession } from './commits.js'
import { withMoves } from './files-moved.js'
import { historyOf } from './history.js'
import { findKnown, type Known, type Place } from './known.js'
import { summaryOf } from './list.js'
import { doneIn, isLook, operationsOf, timeSpentOn, touchedBy } from './operations.js'
import { placeOf } from './retries.js'
import { transcriptTotalsOf } from './totals.js'

/** What a session holds, or held when it ended. */
export interface Held {
  files: {
    path: string
    change: ChangeKind
    firstWriteAt: string | null
    kind?: 'folder'
    movedFrom?: string
  }[]
  /** Of an open one: what it reads through. */
  layers?: readonly Layer[]
  retries: Retry[]
  template: string | null
}

export async function showRecord(
  place: Place,
  asked: string | undefined,
  { withHistory = false }: { withHistory?: boolean },
): Promise<RecordDetails> {
  const { site } = place
  const known = await findKnown(place, asked)
  const held = heldBy(site, known)
  const done = historyOfSession(site, known)
  const { files, counts } = await withMoves(site, known, held)
  const committed = known.ended === null ? committedBy(pastOf(site).commitsOf(known)) : []
  const isHeld = new Set(files.map(({ path }) => path))
  held.files = files
  const operations = doneIn(known, operationsOf(site, known.name))
  const [totals] = await transcriptTotalsOf(place, [known])
  return {
    ...summaryOf(known),
    ...(totals as NonNullable<typeof totals>),
    template: held.template,
    files: [
      ...files.map(({ firstWriteAt: _, ...file }) => file),
      ...committed
        .filter(({ path }) => !isHeld.has(path))
        .sort(byPath)
        .map((file) => ({ ...file, committed: true as const })),
    ],
    changeCounts: counts,
    retries: held.retries.map((retry) => ({ ...retry, openAt: placeOf(site, retry) })),
    commits: done.filter(({ kind }) => kind === 'commit'),
    ...reckoned(operations),
    filesTouched: touchedBy(operations),
    archive: known.ended?.archive ? `${site.layout.archive(known.ended.archive)}/` : null,
    history: withHistory ? await historyOf(place, known, held, operations, done) : null,
  }
}

export function reckoned(operations: readonly LoggedOperation[]) {
  return {
    toolCallCount: operations.length,
    lookCount: operations.filter(isLook).length,
    refusedCount: operations.filter(({ outcome }) => outcome !== 'ok').length,
    missedCount: operations.reduce((sum, { missedBefore = 0 }) => sum + missedBefore, 0),
    timeSpentSeconds: timeSpentOn(operations),
  }
}

export function heldBy(site: Site, known: Known): Held {
  if (known.ended !== null) {
    const { archive, paths, template } = known.ended
    const files = paths.map((file) => ({ ...file, firstWriteAt: file.firstWriteAt ?? null })).sort(byPath)
    const retries = archive === null ? [] : retriesInArchive(site.port, site.layout, archive)
    return { files, retries, template }
  }
  const record = recordOrNull(site.port, site.layout.sessionLayout(known.name))
  if (record === null) return { files: [], retries: [], template: null }
  record.close()
  const layers = layersOf(site, record, known.name)
  const files = countedEntries(layers).map(({ entry }) => ({
    ...{ path: entry.path, change: changeOf(entry), firstWriteAt: entry.firstWriteAt || null },
    ...(isOfFolder(entry) ? { kind: 'folder' as const } : {}),
  }))
  return {
    files: files.sort(byPath),
    layers,
    retries: record.retries.map((retry) => ({ ...retry, session: known.name })),
    template: record.header.template,
  }
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : 1
}

/** Its own alone, where those beneath are damaged. */
function layersOf({ port, layout }: Site, record: SessionRecord, name: string): Layer[] {
  const own = layout.sessionLayout(name)
  try {
    return openLayers(port, own, record)
  } catch (error) {
    if (tellsOfDamage(error)) return [{ record, layout: own }]
    throw error
  }
}

/** Newest first. */
export function commitsOf(site: Site, known: Known, all?: readonly CommitSummary[]): CommitSummary[] {
  return historyOfSession(site, known, all).filter(({ kind }) => kind === 'commit')
}
