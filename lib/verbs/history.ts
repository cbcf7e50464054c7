import type { CommitSummary } from '../api.js'
import type { Applied } from '../engine/engine.js'
import { type Intent, readIntent } from '../engine/intent.js'
import { finished } from '../engine/transaction.js'
import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { clear, ensureFolder, entriesIn, uniqueName, walk } from '../store/files.js'
import { lookAtAll } from '../store/looking.js'
import type { Site } from './site.js'

/** Commits and undos that can be undone, newest first. An undo that was itself undone counts for nothing. */
export function listCommits(site: Site, intents: readonly Intent[] = readHistory(site)): CommitSummary[] {
  const undone = undoneBy(intents)
  const moves = movesOf(intents)
  return intents
    .map((intent) => ({
      commitId: intent.id,
      kind: intent.kind === 'undo' ? ('undo' as const) : ('commit' as const),
      session: intent.session,
      committedAt: intent.createdAt,
      files: intent.targets.filter(isFileChange).map(({ path }) => path),
      ...(moves.has(intent.id) ? { moved: moves.get(intent.id) as Moves } : {}),
      undone: undone.whole.has(intent.id),
      ...(undone.parts.has(intent.id) && !undone.whole.has(intent.id) ? { undoneInPart: true as const } : {}),
      ...(intent.undoes !== null ? { undoes: intent.undoes } : {}),
    }))
    .reverse()
}

type Moves = NonNullable<Intent['moved']>

/** What each moved; an undo moves back what it puts back both places of. */
function movesOf(intents: readonly Intent[]): ReadonlyMap<string, Moves> {
  const found = new Map<string, Moves>()
  for (const { id, kind, moved, undoes, targets } of intents) {
    const paths = new Set<string>(targets.map(({ path }) => path))
    const back = kind === 'undo' && undoes !== null ? (found.get(undoes) ?? []) : []
    const own =
      moved ??
      back.flatMap(({ from, to }) => (paths.has(from) && paths.has(to) ? [{ from: to, to: from }] : []))
    if (own.length > 0) found.set(id, own)
  }
  return found
}

/** Folders that a commit makes or removes are not what a person counts. */
export function isFileChange({ expected, next }: Intent['targets'][number]): boolean {
  return (next ?? expected)?.kind !== 'folder'
}

/** In the order of their numbers. A damaged entry cannot be undone, and is left out. */
export function readHistory(site: Site): Intent[] {
  const intents = finished(site.port, site.layout).map((id) =>
    readIntent(site.port, site.layout.historyEntry(id)),
  )
  return intents.filter((intent) => intent !== null)
}

interface Undone {
  whole: ReadonlySet<string>
  /** Of what was undone in part, the paths that are put back. */
  parts: ReadonlyMap<string, ReadonlySet<WorkspacePath>>
}

/** From the newest back: what a standing undo put back is undone. */
function undoneBy(intents: readonly Intent[]): Undone {
  const whole = new Set<string>()
  const parts = new Map<string, Set<WorkspacePath>>()
  for (const { id, kind, undoes, putsBack, targets } of [...intents].reverse()) {
    const back = parts.get(id)
    if (back !== undefined && isAllIn(targets, back)) whole.add(id)
    if (kind !== 'undo' || undoes === null || whole.has(id)) continue
    if (putsBack === undefined) whole.add(undoes)
    else parts.set(undoes, new Set([...(parts.get(undoes) ?? []), ...putsBack]))
  }
  return { whole, parts }
}

/** A folder that the commit made may stay, where others have put something into it. */
export function isAllIn(targets: Intent['targets'], back: ReadonlySet<WorkspacePath>): boolean {
  return targets.every(
    ({ path, expected, next }) => back.has(path) || (expected === null && next?.kind === 'folder'),
  )
}

/** What undos that still stand have put back of a commit. */
export function putBackOf(history: readonly Intent[], id: string): ReadonlySet<WorkspacePath> {
  return undoneBy(history).parts.get(id) ?? new Set()
}

/** Keeps the history within what the config allows; the newest entry always stays (T7). */
export function pruneHistory(site: Site): { pruned: string[]; freedBytes: number } {
  const { max_commits: mostCommits, max_bytes: mostBytes } = site.config.history
  const ids = finished(site.port, site.layout).reverse()
  const pruned: string[] = []
  let total = 0
  let freedBytes = 0
  let full = false
  ids.forEach((id, age) => {
    const size = knownSizeOf(site, id)
    total += size
    full ||= age > 0 && (age >= mostCommits || total > mostBytes)
    if (!full) return
    dropEntry(site, id)
    sizesOf(site).delete(id)
    pruned.push(id)
    freedBytes += size
  })
  return { pruned, freedBytes }
}

/**
 * After a commit, which has happened whether or not there is room made for the next ones: those try again. `keptBytes`
 * is what the engine says that the history keeps of it.
 */
export function pruneQuietly(site: Site, id: string, { keptBytes }: Pick<Applied, 'keptBytes'>): void {
  try {
    if (keptBytes !== undefined) noteSize(site, id, keptBytes + sizeBesideKept(site, id))
    pruneHistory(site)
  } catch (error) {
    if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
  }
}

/** By port, then by entry: what one keeps does not change, so that none is looked through twice. */
const knownSizes = new WeakMap<FilePort, Map<string, { ino: bigint | undefined; size: number }>>()

function sizesOf({ port }: Site): Map<string, { ino: bigint | undefined; size: number }> {
  let sizes = knownSizes.get(port)
  if (sizes === undefined) {
    sizes = new Map()
    knownSizes.set(port, sizes)
  }
  return sizes
}

/** Of what an entry holds itself: the intent, and whose it was. */
function sizeBesideKept({ port, layout }: Site, id: string): number {
  const folder = layout.historyEntry(id)
  const files = entriesIn(port, folder).filter(({ kind }) => kind === 'file')
  return totalOf(
    port,
    files.map(({ name }) => `${folder}/${name}`),
  )
}

function noteSize(site: Site, id: string, size: number): void {
  sizesOf(site).set(id, { ino: site.port.stat(site.layout.historyEntry(id))?.ino, size })
}

function knownSizeOf(site: Site, id: string): number {
  const known = sizesOf(site).get(id)
  if (known !== undefined && known.ino === site.port.stat(site.layout.historyEntry(id))?.ino)
    return known.size
  const size = sizeOfEntry(site, id)
  noteSize(site, id, size)
  return size
}

/** In bytes, on disk. */
export function sizeOfEntry(site: Site, id: string): number {
  const folder = site.layout.historyEntry(id)
  const files = [...walk(site.port, folder)].filter(({ kind }) => kind === 'file')
  return totalOf(
    site.port,
    files.map(({ path }) => `${folder}/${path}`),
  )
}

function totalOf(port: FilePort, files: readonly string[]): number {
  const seen = lookAtAll(port, files)
  return [...seen.values()].reduce((size, stat) => size + Number(stat?.size ?? 0n), 0)
}

/** Takes an entry away for good: it cannot be undone any more. Call under the lock `commit`. */
export function dropEntry(site: Site, id: string): void {
  ensureFolder(site.port, site.layout.trash)
  const grave = `${site.layout.trash}/history-${id}-${uniqueName()}`
  site.port.rename(site.layout.historyEntry(id), grave)
  clear(site.port, grave)
}
