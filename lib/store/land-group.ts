/** Many changes that happen at once: one line of the record, and then each is put in place. */
import { setTimeout } from 'node:timers/promises'
import { errnoOf } from '../errors.js'
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, removeIfThere } from './files.js'
import { statLower } from './fingerprint.js'
import { shareContent } from './freeze.js'
import { requireLive, takeOutOfUpper } from './landing.js'
import type { SessionLayout } from './layout.js'
import type { SessionStore } from './overlay.js'
import { putInPlace } from './put-in-place.js'
import type { Entry } from './record.js'
import { temporaryPath } from './work-folders.js'

/** What a path is to hold. A folder and a whiteout need no content. */
export interface Arrival {
  entry: Entry
  /** Where its content lies, a file or a link; it stays there. */
  from?: string
  /** Whether nobody writes there any more. */
  isFrozen?: boolean
  /** Or its content itself. */
  bytes?: { content: Uint8Array; mode: number }
  /** Or where it points. */
  target?: string
}

export interface Group {
  arrivals: readonly Arrival[]
  /** Paths that the session is to hold nothing at. */
  drop?: readonly WorkspacePath[]
  /** What the session reads through from then on, where that changes. */
  layers?: string[]
}

/**
 * Carries out all of a group or, where it throws before the record tells of it, none: in a turn of the caller's. What a
 * process does not come to put in place, whoever opens the session next does. Copies that are replaced are gone, so the
 * caller has kept what may be missed.
 */
export async function landGroup(store: SessionStore, { arrivals, drop = [], layers }: Group): Promise<void> {
  const { port, record, layout, index } = store
  const ready: { entry: Entry; aside: string | null }[] = []
  let isTold = false
  try {
    for (const arrival of arrivals) ready.push(await prepare(store, arrival))
    await untilOlder(
      store,
      ready.map(({ entry }) => entry.path),
    )
    index.note(store.name, ...ready.map(({ entry }) => entry.path))
    // The folders first, where nothing is in their way: on a full disk it is they that fail.
    for (const { entry } of ready) if (entry.kind !== 'whiteout') makeRoom(port, layout, entry)
    requireLive(store)
    const now = new Date().toISOString()
    const set = ready.map(({ entry }) => (entry.kind === 'whiteout' ? entry : { ...entry, landsAt: now }))
    const gone = [...drop, ...set.filter(({ kind }) => kind === 'whiteout').map(({ path }) => path)]
    const before = new Map(gone.map((path) => [path, record.entries.get(path)]))
    record.append({ set, drop: [...drop], ...(layers ? { layers } : {}) })
    isTold = true
    putAllInPlace(store, set)
    for (const [path, entry] of [...before].sort(([left], [right]) => (left < right ? 1 : -1)))
      if (entry && entry.kind !== 'whiteout') takeAway(store, path, entry)
    requireLive(store)
  } finally {
    // What the record tells of, and is not in place, is the only copy.
    if (!isTold) for (const { aside } of ready) if (aside !== null) removeIfThere(port, aside)
  }
}

/** There is no way back from here: what fails once is tried again, and what fails still is done at the next opening. */
function putAllInPlace({ port, layout }: SessionStore, set: readonly Entry[]): void {
  const failed = set.filter((entry) => {
    try {
      putInPlace(port, layout, entry)
      return false
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return true
    }
  })
  for (const entry of failed) putInPlace(port, layout, entry)
}

async function prepare(
  store: SessionStore,
  { entry: { pending: _, landsAt: __, ...entry }, from, isFrozen = false, bytes, target }: Arrival,
): Promise<{ entry: Entry; aside: string | null }> {
  if (entry.kind === 'folder' || entry.kind === 'whiteout') return { entry, aside: null }
  const { port } = store
  const { name, at } = temporaryPath(store)
  if (target !== undefined) port.symlink(target, at)
  else if (bytes !== undefined) {
    const file = port.create(at, 0o666)
    try {
      file.chmod(bytes.mode)
      await file.writeAsync(bytes.content, 0)
    } finally {
      file.close()
    }
  } else if (from !== undefined) await shareContent(port, from, at, { isFrozen })
  return { entry: { ...entry, pending: name }, aside: at }
}

/** So that whoever finds what is replaced can tell by its time that it is older than the line. */
async function untilOlder({ port, layout }: SessionStore, paths: readonly WorkspacePath[]): Promise<void> {
  const youngest = Math.max(
    0,
    ...paths.map((path) => Number((statLower(port, layout.upper(path))?.ctimeNs ?? 0n) / 1_000_000n)),
  )
  const wait = youngest + port.timestampGranularity + 1 - Date.now()
  if (wait >= 0 && wait <= longestWait) await setTimeout(wait + 1)
}

/** In milliseconds: a time further ahead is that of a clock that was moved. */
const longestWait = 1_000

function makeRoom(port: FilePort, layout: SessionLayout, { path, kind }: Entry): void {
  const folder = kind === 'folder' ? layout.upper(path) : parentOf(layout.upper(path))
  const way = [...ancestorsOf(path).map((ancestor) => layout.upper(ancestor)), folder]
  const isFree = way.every((at) => statLower(port, at)?.isDirectory() !== false)
  if (isFree) ensureFolder(port, folder)
}

/** What the record has given up. A folder goes once nothing is in it; what a hand put there stays. */
function takeAway(store: SessionStore, path: WorkspacePath, entry: Entry): void {
  const { port, layout } = store
  const at = layout.upper(path)
  try {
    const stat = statLower(port, at)
    if (stat?.isDirectory()) {
      if (port.list(at).length === 0) port.removeFolder(at)
    } else if (stat) takeOutOfUpper(store, path, stat.ino, entry)
  } catch (error) {
    // It is no part of the session any more, and whoever checks the session puts it away.
    if (errnoOf(error) === undefined) throw error
  }
}
