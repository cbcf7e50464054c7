import type { BigIntStats } from 'node:fs'
import { errnoOf, isCowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import type { EntryKind, FolderEntry } from '../port/port.js'
import { takeBase } from '../store/copying.js'
import { cannotBeWritten, obstacleOf } from '../store/damage.js'
import { type Kind, kindOf, statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import { workspacePathOfUpper } from '../store/layout.js'
import { lookAtAll } from '../store/looking.js'
import { entryBelow, isScratch, type SessionStore, spelledOnDisk } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import type { Remembered } from '../store/remembered.js'
import type { Survey } from '../store/survey.js'

/**
 * Takes in files that were put into the session's folder by hand, by an editor or by an agent's own tools,
 * without the record knowing: they are changes like any other. Where lower's file is older than the session,
 * it is what the hand began with; where it is younger, nobody can say, so there is no base, and a commit asks.
 */
export async function adoptStrays(
  store: SessionStore,
  survey = store.remembered.survey(),
): Promise<WorkspacePath[]> {
  store.record.refresh()
  if (!store.record.isLive()) return []
  return adopt(store, straysIn(store, survey))
}

/** As `adoptStrays`, of what lies at `path` and below it: for a call that looks there, or changes it. */
export async function adoptAt(store: SessionStore, path: WorkspacePath): Promise<WorkspacePath[]> {
  return (await takeInAt(store, path)) ?? []
}

/**
 * As `adoptAt`, for a call that goes on in the same step where there is nothing to take in: then null. Costs one look, and
 * none where the record knows the file.
 */
export function takeInAt(store: SessionStore, path: WorkspacePath): Promise<WorkspacePath[]> | null {
  const found = straysAt(store, path)
  return found.length === 0 ? null : adoptIfPossible(store, found)
}

function straysAt(store: SessionStore, path: WorkspacePath): Entry[] {
  const entry = store.record.entries.get(path)
  if (entry !== undefined && (entry.kind === 'file' || entry.kind === 'symlink')) return []
  if (isScratch(store, path) || store.guard.isProtected(path)) return []
  const upper = path === '' ? store.layout.folder : store.layout.upper(path)
  const kind = kindAt(store, upper)
  if (kind === null || kind === 'other' || !store.record.isLive()) return []
  const found: Entry[] = []
  const inUpper = upper.slice(store.layout.folder.length + 1)
  const isFolder = inUpper === '' || lookAt(store, inUpper, kind, found) === 'folder'
  if (isFolder) findStrays(store, inUpper, found, store.remembered.survey())
  return found
}

async function adoptIfPossible(store: SessionStore, found: readonly Entry[]): Promise<WorkspacePath[]> {
  try {
    return await adopt(store, found)
  } catch (error) {
    // Looking around goes on where nothing can be written; a change is refused there itself.
    if (cannotBeWritten(error)) return []
    throw error
  }
}

/** Null where nothing is, or a link is on the way: then it is no part of the session. */
function kindAt(store: SessionStore, upper: string): Kind | 'other' | null {
  try {
    const stat = store.port.stat(upper)
    return stat && kindOf(stat)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE') || ['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? ''))
      return null
    throw error
  }
}

async function adopt(store: SessionStore, found: readonly Entry[]): Promise<WorkspacePath[]> {
  // A write of another process may have come between the record and the listing: its line is there by now.
  store.record.refresh()
  const set = found.filter(({ path }) => isUnknown(store, path))
  if (set.length === 0) return []
  const based = (await Promise.all(set.map((entry) => withBaseIfPossible(store, entry)))).flat()
  try {
    return await inTurn(store, () => takeIn(store, based))
  } catch (error) {
    // Sealed since, or ended: whoever did that took in what there was.
    if (isCowriteError(error, 'LOCKED') && !store.record.isLive()) return []
    throw error
  }
}

/** What is still there, and still unknown: another process may have written or deleted it in the meantime. */
function takeIn(store: SessionStore, found: readonly Entry[]): WorkspacePath[] {
  store.record.refresh()
  const set = found.filter(
    ({ path, kind }) =>
      isUnknown(store, path) && (kind === 'folder' || store.port.stat(store.layout.upper(path)) !== null),
  )
  for (const { path } of set) store.index.note(store.name, path)
  if (set.length > 0) store.record.append({ set })
  return set.map(({ path }) => path)
}

/** What could not be looked at, when the session's folder was last looked through, with the reason. */
const strangePaths = new WeakMap<Remembered, Map<WorkspacePath, string>>()

export function strangeIn({ remembered }: SessionStore): ReadonlyMap<WorkspacePath, string> {
  return strangePaths.get(remembered) ?? new Map()
}

/** One thing that nobody can look at keeps nobody from all else. Throws what is about more than that. */
function noteStrange({ remembered }: SessionStore, path: WorkspacePath | null, error: unknown): void {
  const reason = obstacleOf(error)
  if (reason === null || path === null) throw error
  const known = strangePaths.get(remembered) ?? new Map<WorkspacePath, string>()
  strangePaths.set(remembered, known.set(path, reason))
}

/** What `adoptStrays` would take in, and the folders around it. */
export function straysIn(store: SessionStore, survey = store.remembered.survey()): Entry[] {
  const found: Entry[] = []
  strangePaths.delete(store.remembered)
  findStrays(store, '', found, survey)
  return found
}

async function withBaseIfPossible(store: SessionStore, entry: Entry): Promise<Entry[]> {
  try {
    return [await withBase(store, entry)]
  } catch (error) {
    noteStrange(store, entry.path, error)
    return []
  }
}

async function withBase(store: SessionStore, entry: Entry): Promise<Entry> {
  const lower = entry.adopted && entry.base === null ? statLower(store.port, entry.path) : null
  if (lower === null) return entry
  if (store.record.header.beganUnknown) return entry
  const began = BigInt(Date.parse(store.record.header.createdAt) - store.port.timestampGranularity)
  if (lower.ctimeNs / 1_000_000n >= began) return entry
  const { fingerprint, kept } = await takeBase(store, entry.path)
  return { ...entry, base: fingerprint, kept }
}

function isUnknown(store: SessionStore, path: WorkspacePath): boolean {
  const entry = store.record.entries.get(path)
  return entry === undefined || entry.kind === 'whiteout'
}

/** Folders in which the record knew all there was, and the folders in them, by the lists of what was in them. */
const quietFolders = new WeakMap<readonly FolderEntry[], { withdrawn: number; folders: string[] }>()

function findStrays(store: SessionStore, upper: string, found: Entry[], survey: Survey): void {
  const entries = entriesOf(store, upper, survey)
  if (entries === null) return
  const quiet = quietFolders.get(entries)
  const { withdrawn } = store.record
  let folders = quiet?.withdrawn === withdrawn ? quiet.folders : null
  if (folders === null) {
    const looks = entries.map(({ name, kind }) => {
      const inUpper = joinPath(upper, name)
      return { inUpper, look: lookIfPossible(store, inUpper, kind, found) }
    })
    folders = looks.filter(({ look }) => look === 'folder').map(({ inUpper }) => inUpper)
    if (looks.every(({ look }) => look !== 'open')) quietFolders.set(entries, { withdrawn, folders })
  }
  // Whether it is scratch depends on lower.
  for (const inUpper of folders) if (!isScratch(store, inUpper)) findStrays(store, inUpper, found, survey)
}

function entriesOf(store: SessionStore, upper: string, survey: Survey): readonly FolderEntry[] | null {
  if (upper === '') return survey.list(store.layout.folder)
  try {
    return survey.list(`${store.layout.folder}/${upper}`)
  } catch (error) {
    noteStrange(store, workspacePathOfUpper(upper), error)
    return null
  }
}

function lookIfPossible(
  store: SessionStore,
  inUpper: string,
  kind: EntryKind,
  found: Entry[],
): ReturnType<typeof lookAt> {
  try {
    return lookAt(store, inUpper, kind, found)
  } catch (error) {
    noteStrange(store, workspacePathOfUpper(inUpper), error)
    return 'open'
  }
}

/** Takes in a stray. `known`: it is none, for as long as the record knows of it; `open`: that may change. */
function lookAt(
  store: SessionStore,
  inUpper: string,
  kind: EntryKind,
  found: Entry[],
): 'known' | 'open' | 'folder' {
  const asSpelled = workspacePathOfUpper(inUpper)
  const path = asSpelled && spelledOnDisk(store, asSpelled)
  if (path === null) return 'known'
  if (kind === 'other' || store.guard.isProtected(path)) return 'open'
  if (kind === 'folder') return 'folder'
  if (isScratch(store, path)) return 'open'
  const entry = store.record.entries.get(path)
  if (isStray(store, inUpper, entry, path)) {
    const before = entry ?? entryBelow(store, path)
    found.push(...missingFolders(store, path, found), {
      path,
      kind,
      base: before?.base ?? null,
      kept: before?.kept ?? null,
      firstWriteAt: new Date().toISOString(),
      adopted: true,
    })
  }
  return entry !== undefined && entry.kind !== 'whiteout' ? 'known' : 'open'
}

/** A file where the record knows of none; not one that a deletion or a move is about to take away, or failed to. */
function isStray(
  store: SessionStore,
  inUpper: string,
  entry: Entry | undefined,
  path: WorkspacePath,
): boolean {
  if (entry !== undefined && entry.kind !== 'whiteout') return false
  const givenUp = store.record.givenUp.get(path)
  if (givenUp === undefined) return true
  const stat = store.port.stat(`${store.layout.folder}/${inUpper}`)
  if (stat === null || isMoving(store, stat)) return false
  return stat.ctimeNs / 1_000_000n > BigInt(Date.parse(givenUp) + store.port.timestampGranularity)
}

/** Whether it is the other name of a file that the session has: a move gives it the new one first. */
function isMoving({ port, layout, record }: SessionStore, { nlink, dev, ino }: BigIntStats): boolean {
  if (nlink < 2n) return false
  const copies = [...record.entries.values()].filter(({ kind }) => kind === 'file')
  const seen = lookAtAll(
    port,
    copies.map(({ path }) => layout.upper(path)),
  )
  return [...seen.values()].some((stat) => stat?.dev === dev && stat.ino === ino)
}

/** The folders around a stray that neither lower nor the record has. */
function missingFolders(store: SessionStore, path: WorkspacePath, found: readonly Entry[]): Entry[] {
  const missing: Entry[] = []
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const folder = path.slice(0, slash)
    const known = store.record.entries.get(folder) ?? entryBelow(store, folder)
    if (found.some((entry) => entry.path === folder) || (known && known.kind !== 'whiteout')) continue
    if (!known && statLower(store.port, folder)?.isDirectory()) continue
    missing.push({
      path: folder,
      kind: 'folder',
      base: known?.base ?? null,
      kept: null,
      firstWriteAt: new Date().toISOString(),
    })
  }
  return missing
}
