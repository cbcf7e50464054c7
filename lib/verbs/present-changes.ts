/** What a session has changed as everything stands now: what a status tells, and what a cancel throws away. */
import type { ChangeCounts } from '../api.js'
import type { Seen } from '../store/looking.js'
import type { SessionStore } from '../store/overlay.js'
import type { Survey } from '../store/survey.js'
import { countsIn } from './counts.js'
import { examineAll, lookAtChanges } from './examine-all.js'
import type { Examined, Room } from './examined.js'
import { ignoredPaths } from './ignored.js'
import { type Moves, movesAmong } from './moves.js'
import { grouped } from './plan.js'
import type { Site } from './site.js'

export interface PresentChanges {
  seen: Seen
  /** All that the record knows, what comes to nothing included. */
  all: readonly Examined[]
  /** What a commit of all would be about, and what is in its way. */
  shown: readonly Examined[]
  /** Those of them that were made in the session. */
  own: readonly Examined[]
  moves: Moves
  /** How many files the workspace ignores. */
  ignored: number
}

export async function presentChanges(
  { config }: Pick<Site, 'config'>,
  store: SessionStore,
  { survey, room }: { survey?: Survey; room?: Room } = {},
): Promise<PresentChanges> {
  const seen = lookAtChanges(store, survey)
  const all = await examineAll(store, seen, { ...(survey ? { survey } : {}), ...(room ? { room } : {}) })
  const examined = changed(all)
  const ignored = await ignoredPaths(store, examined, config.ignore, survey)
  const shown = ignored.size === 0 ? examined : examined.filter(({ path }) => !ignored.has(path))
  const own = shown.filter(({ entry }) => entry.firstWriteAt !== '')
  return {
    ...{ seen, all, shown, own },
    moves: await movesAmong(store, own),
    ignored: examined.filter(({ path, kind }) => ignored.has(path) && kind !== 'folder').length,
  }
}

export interface PresentCounts {
  counts: ChangeCounts & { ignored: number }
  /** Paths that the record knows, and at which nothing is changed by now, or nothing that would be committed. */
  uncounted: ReadonlySet<string>
}

/** As its status lists them, at no greater cost than that takes. */
export async function countPresent(site: Pick<Site, 'config'>, store: SessionStore): Promise<PresentCounts> {
  const room = { left: 0, isForCounting: true as const }
  const { all, shown, own, moves, ignored } = await presentChanges(site, store, { room })
  const isShown = new Set(shown.map(({ path }) => path))
  const others = all.map(({ path }) => path).filter((path) => !isShown.has(path))
  return { counts: { ...countsIn(grouped(own, moves)), ignored }, uncounted: new Set(others) }
}

const allChanged = new WeakMap<readonly Examined[], readonly Examined[]>()

/** The same list of the same. */
function changed(examined: readonly Examined[]): readonly Examined[] {
  let known = allChanged.get(examined)
  if (known === undefined) {
    known = examined.filter(({ verdict }) => verdict !== 'none')
    allChanged.set(examined, known)
  }
  return known
}
