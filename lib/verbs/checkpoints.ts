/** States of a session that are kept within it, so that it can be brought back to them. */
import type { Checkpoint, RestoreResult } from '../between-api.js'
import { CowriteError, errnoOf } from '../errors.js'
import { isSessionName, slugOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import {
  clear,
  clearAtOnce,
  linkOrNot,
  namesIn,
  readJson,
  toJson,
  uniqueName,
  writeNewFile,
} from '../store/files.js'
import { hashFile, permissionsOf, statLower } from '../store/fingerprint.js'
import { freezeOwn } from '../store/freeze.js'
import { inTurn } from '../store/in-turn.js'
import { type Arrival, landGroup } from '../store/land-group.js'
import { requireLive } from '../store/landing.js'
import { type SessionLayout, sessionLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { type Entry, SessionRecord } from '../store/record.js'
import { adoptStrays } from './adopt.js'
import { examineLayer } from './check.js'
import { countsOf } from './counts.js'
import { heldChanges, holdingOf } from './holding.js'

/** What lies with a checkpoint, beside the frozen layer that it is. */
interface Note extends Checkpoint {
  layers: string[]
}

const nameOfNote = 'checkpoint.json'

/**
 * Keeps what the session holds now under a label; one is made up where none is given. Retries are no part of it: they
 * are never lost. Throws INVALID_INPUT, ALREADY_EXISTS, LOCKED.
 */
export async function createCheckpoint(store: SessionStore, label?: string): Promise<Checkpoint> {
  if (label !== undefined) checkLabel(label)
  await adoptStrays(store)
  return inTurn(store, () => keepState(store, label ?? nextLabel(store, 'checkpoint')))
}

/** As `createCheckpoint`, in a turn of the caller's, before something replaces what the session holds. */
export async function keepBefore(store: SessionStore, what: string): Promise<Checkpoint> {
  return keepState(store, nextLabel(store, `before-${what}`.slice(0, longestStem)))
}

const longestStem = 56

/** Oldest first. */
export function listCheckpoints({ port, layout }: Pick<SessionStore, 'port' | 'layout'>): Checkpoint[] {
  return namesIn(port, layout.checkpoints)
    .filter(isSessionName)
    .map((label) => readNote(port, layout, label))
    .filter((note) => note !== null)
    .map(({ layers: _, ...checkpoint }) => checkpoint)
    .sort((left, right) => compare(left.createdAt, right.createdAt) || compare(left.label, right.label))
}

/**
 * Makes the session hold what it held at a checkpoint: all of that, or, where a crash comes before, all that it held.
 * What is replaced is kept as a checkpoint of its own first. Throws NOT_FOUND, CORRUPT, LOCKED.
 */
export async function restoreCheckpoint(store: SessionStore, label: string): Promise<RestoreResult> {
  const { port, layout } = store
  checkLabel(label)
  await adoptStrays(store)
  return inTurn(store, async () => {
    store.record.refresh()
    const note = readNote(port, layout, label)
    if (note === null) throw noSuchCheckpoint(store, label)
    const at = sessionLayout(layout.checkpoint(label))
    const [damage] = examineLayer(port, at, label)
    if (damage)
      throw new CowriteError('CORRUPT', `The checkpoint ${label} is not whole: ${damage.finding}.`, {
        path: damage.at,
      })
    const kept = await keepBefore(store, `restoring-${label}`)
    const paths = await bringBack(store, at, note.layers)
    return { label, keptAs: kept.label, paths, changes: await countHeld(store) }
  })
}

/** Removes layers that neither the session nor a checkpoint of it reads through any more. */
export async function sweepLayers(store: SessionStore): Promise<void> {
  const { port, layout, record } = store
  if (namesIn(port, layout.layers).length === 0) return
  await inTurn(store, () => {
    record.refresh()
    const notes = namesIn(port, layout.checkpoints).map((label) => readNote(port, layout, label))
    const needed = new Set([...record.header.layers, ...notes.flatMap((note) => note?.layers ?? [])])
    for (const id of namesIn(port, layout.layers))
      if (!needed.has(id)) clearAtOnce(port, layout.layer(id), `${layout.temporary}/${uniqueName()}`)
  })
}

/** Returns the paths that may hold something else now. */
async function bringBack(store: SessionStore, at: SessionLayout, layers: string[]): Promise<string[]> {
  const { port, record, layout } = store
  const frozen = SessionRecord.open(port, at)
  frozen.close()
  const entries = await stillChanges(store, at, [...frozen.entries.values()], layers)
  for (const { kept } of entries) {
    if (kept === null || port.stat(`${layout.bases}/${kept}`) !== null) continue
    const from = `${at.bases}/${kept}`
    if (port.stat(from) !== null) linkOrCopyBase(store, from, kept)
  }
  const arrivals = entries.map((entry): Arrival => ({ entry, from: at.upper(entry.path), isFrozen: true }))
  const wanted = new Set(entries.map(({ path }) => path))
  const drop = [...record.entries.keys()].filter((path) => !wanted.has(path))
  const isSameBelow = layers.join() === record.header.layers.join()
  await landGroup(store, { arrivals, drop, ...(isSameBelow ? {} : { layers }) })
  return [...wanted, ...drop]
}

/** Without what a commit has brought to lower since: there is nothing left of it to be brought back. */
async function stillChanges(
  { port }: SessionStore,
  at: SessionLayout,
  entries: readonly Entry[],
  layers: readonly string[],
): Promise<Entry[]> {
  if (layers.length > 0) return [...entries]
  const still: Entry[] = []
  for (const entry of entries) if (!(await isInLower(port, entry, at.upper(entry.path)))) still.push(entry)
  return still
}

async function isInLower(port: FilePort, { kind, path }: Entry, at: string): Promise<boolean> {
  const lower = statLower(port, path)
  if (kind === 'whiteout') return lower === null
  const own = port.stat(at)
  if (kind !== 'file' || !lower?.isFile() || own?.size !== lower.size) return false
  if (permissionsOf(own) !== permissionsOf(lower)) return false
  return (await hashFile(port, at))?.sha256 === (await hashFile(port, path))?.sha256
}

function linkOrCopyBase({ port, layout }: SessionStore, from: string, kept: string): void {
  const to = `${layout.bases}/${kept}`
  if (linkOrNot(port, from, to)) return
  const file = port.openForReading(from)
  try {
    writeNewFile(port, to, file.readAll())
  } finally {
    file.close()
  }
}

/** Built aside, and renamed in: there whole, or not at all. */
async function keepState(store: SessionStore, label: string): Promise<Checkpoint> {
  const { port, layout, record } = store
  record.refresh()
  const changes = await countHeld(store)
  requireLive(store)
  record.refresh()
  const aside = sessionLayout(`${layout.temporary}/${uniqueName()}`)
  const checkpoint: Checkpoint = { label, createdAt: new Date().toISOString(), changes }
  try {
    await freezeOwn(store, aside)
    const note: Note = { ...checkpoint, layers: record.header.layers }
    writeNewFile(port, `${aside.folder}/${nameOfNote}`, toJson(note))
    requireLive(store)
    if (port.stat(layout.checkpoints) === null) port.makeFolder(layout.checkpoints)
    port.rename(aside.folder, layout.checkpoint(label))
  } catch (error) {
    clear(port, aside.folder)
    if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
    throw new CowriteError('ALREADY_EXISTS', `There is a checkpoint called ${label} already.`, {
      path: label,
    })
  }
  return checkpoint
}

async function countHeld({ port, layers }: SessionStore): Promise<Checkpoint['changes']> {
  return countsOf(heldChanges(await holdingOf(port, layers)))
}

/** The layers that a checkpoint is read over; null where nothing tells. Throws CORRUPT. */
export function layersOfCheckpoint(port: FilePort, layout: SessionLayout, label: string): string[] | null {
  const layers: unknown = readNote(port, layout, label)?.layers
  return Array.isArray(layers) ? layers.map(String) : null
}

function readNote(port: FilePort, layout: SessionLayout, label: string): Note | null {
  return readJson(port, `${layout.checkpoint(label)}/${nameOfNote}`) as Note | null
}

function nextLabel({ port, layout }: SessionStore, stem: string): string {
  const taken = new Set(namesIn(port, layout.checkpoints).map((name) => name.toLowerCase()))
  for (let number = 1; ; number++) {
    const label = number === 1 && stem.startsWith('before-') ? stem : `${stem}-${number}`
    if (!taken.has(label.toLowerCase())) return label
  }
}

function checkLabel(label: unknown): void {
  if (typeof label === 'string' && isSessionName(label)) return
  const suggestion = typeof label === 'string' ? slugOf(label.slice(0, 1_000)) : undefined
  throw new CowriteError('INVALID_INPUT', 'label must be letters, digits, - and _, up to 64 of them.', {
    argument: 'label',
    value: label,
    ...(suggestion ? { suggestion } : {}),
  })
}

function noSuchCheckpoint(store: SessionStore, label: string): CowriteError {
  const candidates = listCheckpoints(store).map((one) => one.label)
  return new CowriteError('NOT_FOUND', `Checkpoint not found: ${label}`, { path: label, candidates })
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
