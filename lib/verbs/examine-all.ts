/** All that a session changed, held against what lower holds now. */
import { isDeepStrictEqual } from 'node:util'
import { isCowriteError } from '../errors.js'
import { rebased, rebasedEntries } from '../store/ancestors.js'
import { obstacleOf } from '../store/damage.js'
import { type Effective, effectiveEntries, topmostEntries } from '../store/layers.js'
import { lookAtAll, type Seen } from '../store/looking.js'
import type { SessionStore } from '../store/overlay.js'
import { changeOf, type Entry } from '../store/record.js'
import { isSealed } from '../store/seal.js'
import type { Survey } from '../store/survey.js'
import { strangeIn } from './adopt.js'
import { examine } from './examine.js'
import type { Examined, Room } from './examined.js'
import { bothSides, findingsOf } from './findings.js'
import { newcomers, withoutFolders } from './in-the-way.js'
import { withMounts } from './mounted.js'
import { comparePaths } from './path-order.js'

/**
 * `survey` is the one that `seen` is of: then what was found before is believed where both sides are the same still.
 * `room` is for what a commit is to keep of what it reads.
 */
export async function examineAll(
  store: SessionStore,
  seen = lookAtChanges(store),
  { room = { left: 0 }, survey }: { room?: Room; survey?: Survey } = {},
): Promise<readonly Examined[]> {
  const findings = survey && store.layers.length === 1 ? findingsOf(store) : null
  const before = survey?.isUnchanged ? findings?.ofAll() : undefined
  if (before) return withMounts(store.port, before)
  const { length } = store.record
  const examined: Examined[] = []
  const entries = await rebasedEntries(store, topmostEntries(store.layers))
  entries.sort((left, right) => comparePaths(left.entry.path, right.entry.path))
  for (const there of entries) {
    const known = findings?.recall(there)
    const found = known ?? (await examineStill(store, there, seen, room))
    if (found !== null) examined.push(found)
    if (found !== null && found !== known && !found.unreadable) findings?.keep(found, there)
  }
  const further = [...(await newcomers(store, examined)), ...strange(store, examined)]
  if (further.length > 0) {
    examined.push(...further)
    examined.sort((left, right) => comparePaths(left.path, right.path))
  }
  const all = withoutFolders(store.port, examined, (folder) => survey?.isFolder(folder) === true)
  findings?.keepAll(all, entries, length)
  return withMounts(store.port, all)
}

/** Where others write in the session meanwhile: what it holds by then; null where that is no change any more. */
async function examineStill(
  store: SessionStore,
  first: Effective,
  seenAtFirst: Seen,
  room: Room,
): Promise<Examined | null> {
  let [there, seen] = [first, seenAtFirst]
  for (let again = 0; ; again++) {
    const { entry, layer } = there
    const at = layer.layout.upper(entry.path)
    try {
      return await examine(store, entry, at, seen, room)
    } catch (error) {
      const reason = obstacleOf(error)
      if (reason !== null) return unreadable(entry, at, reason)
      if (!isCowriteError(error, 'CORRUPT') || again === mostChanges) throw error
      store.record.refresh()
      if (!store.record.isLive() && !isSealed(store.port, store.layout)) throw error
      const present = effectiveEntries(store.layers).find((other) => other.entry.path === entry.path)
      if (present === undefined) return null
      const now = await rebased(store, present)
      if (isDeepStrictEqual(now.entry, entry) && store.port.stat(at) === null) throw error
      there = now
      seen = lookAtAll(store.port, [entry.path, now.layer.layout.upper(entry.path)])
    }
  }
}

const mostChanges = 100

/** What lies in the session's folder, and nobody could look at: a commit of all says so, rather than leave it behind. */
function strange(store: SessionStore, examined: readonly Examined[]): Examined[] {
  const known = new Set(examined.map(({ path }) => path))
  return [...strangeIn(store)]
    .filter(([path]) => !known.has(path))
    .map(([path, reason]) => {
      const entry: Entry = { path, kind: 'file', base: null, kept: null, firstWriteAt: '', adopted: true }
      return unreadable(entry, store.layout.upper(path), reason)
    })
}

function unreadable(entry: Entry, at: string, reason: string): Examined {
  return {
    path: entry.path,
    entry,
    at: entry.kind === 'whiteout' ? null : at,
    change: changeOf(entry),
    kind: entry.kind === 'whiteout' ? (entry.base?.kind ?? 'file') : entry.kind,
    ...{ verdict: 'conflict', reason, target: null, unreadable: true },
  }
}

/** Both sides of every change, as they stand. A commit looks once more, right before it replaces a file. */
export function lookAtChanges(store: SessionStore, survey?: Survey): Seen {
  if (survey) return survey.look(findingsOf(store).paths())
  return lookAtAll(store.port, bothSides(store))
}
