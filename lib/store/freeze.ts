/** What a session holds at one moment, put where nobody writes to it any more: a layer that a fork reads through. */
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { encodeLine } from './append-log.js'
import { copyOnce } from './copying.js'
import { ensureFolder, removeIfThere, writeNewFile } from './files.js'
import type { SessionLayout } from './layout.js'
import { linkOrNot } from './moving.js'
import { mayBeMissing, missingUpper, type SessionStore } from './overlay.js'
import { projectionOf } from './projection.js'
import { type Entry, frozenLines, headerLine, SessionRecord } from './record.js'
import { isWrittenInPlace } from './written-in-place.js'

/**
 * Up to this, in bytes, a session's own file is copied and not shared: people and their editors write into it in place,
 * and no rule keeps them from it. A copy costs then what a base costs, and less than a first write.
 */
const largestCopied = 1024 * 1024

/**
 * Freezes what the session's own layer holds as `to`, whose folder is made. To be called in a turn of the session's;
 * where it ends half-way, `to` is the caller's to clear. Large files are shared, by reflink or a second name.
 */
export async function freezeOwn(store: SessionStore, to: SessionLayout): Promise<void> {
  const { port, layout, record } = store
  const frozen: Entry[] = []
  makeLayerFolder(port, to)
  for (const entry of inOrder(record)) {
    const { pending, ...rest } = entry
    if (entry.kind === 'folder') ensureFolder(port, to.upper(entry.path))
    else if (entry.kind !== 'whiteout' && !(await bringOwn(store, entry, to))) continue
    await bringBase(port, entry, layout, to)
    frozen.push(rest)
  }
  writeLayerRecord(port, to, record, frozen)
}

/** As `freezeOwn`, of what is frozen already: its files get a second name, whatever their size. */
export async function shareLayer(
  port: FilePort,
  from: { record: SessionRecord; layout: SessionLayout },
  to: SessionLayout,
): Promise<void> {
  const { record, layout } = from
  makeLayerFolder(port, to)
  for (const entry of inOrder(record)) {
    await bringBase(port, entry, layout, to)
    if (entry.kind === 'whiteout') continue
    const [at, target] = [layout.upper(entry.path), to.upper(entry.path)]
    const stat = port.stat(at)
    if (entry.kind === 'folder') ensureFolder(port, target)
    else if (stat?.isSymbolicLink()) linkAnew(port, at, target)
    else if (stat !== null) await linkOrCopy(port, at, target)
  }
  writeLayerRecord(port, to, record, [...record.entries.values()])
}

/** Folders before what they hold. */
function inOrder({ entries }: SessionRecord): Entry[] {
  return [...entries.values()].sort((left, right) => (left.path < right.path ? -1 : 1))
}

function makeLayerFolder(port: FilePort, to: SessionLayout): void {
  for (const folder of [to.folder, to.internal, to.bases]) ensureFolder(port, folder)
}

/** Last: without it there is no layer. session.json tells of it too, where the record is damaged one day. */
function writeLayerRecord(
  port: FilePort,
  to: SessionLayout,
  record: SessionRecord,
  entries: readonly Entry[],
): void {
  // What is beneath it is told by whoever reads through it.
  const header = { ...record.header, layers: [] }
  const lines = [headerLine(header), ...frozenLines(record, entries)]
  writeNewFile(port, to.record, Buffer.concat(lines.map(encodeLine)))
  const frozen = SessionRecord.open(port, to)
  frozen.close()
  writeNewFile(port, to.metadata, projectionOf(port, to, frozen))
}

/** False where there is nothing, and nobody was told that there would be. */
async function bringOwn(store: SessionStore, entry: Entry, to: SessionLayout): Promise<boolean> {
  const { port, layout } = store
  const [at, target] = [layout.upper(entry.path), to.upper(entry.path)]
  const stat = port.stat(at)
  if (stat === null) {
    if (mayBeMissing(store, entry)) return false
    throw missingUpper(store, entry.path)
  }
  if (stat.isSymbolicLink()) linkAnew(port, at, target)
  else if (stat.size <= largestCopied || !shareLarge(store, entry, at, target)) await copy(port, at, target)
  return true
}

/**
 * A second name, where nobody writes to the file by one that it has: not an open handle, and not a view, which has a
 * name for it. Each of these looks for the other's trace after leaving its own, so that one of the two sees it.
 */
function shareLarge(store: SessionStore, { path }: Entry, at: string, target: string): boolean {
  const { port } = store
  ensureFolder(port, parentOf(target))
  if (port.reflink(at, target)) return true
  if (!linkOrNot(store, at, target)) return false
  if (port.stat(target)?.nlink === 2n && !isWrittenInPlace(store, path)) return true
  removeIfThere(port, target)
  return false
}

function linkAnew(port: FilePort, at: string, target: string): void {
  ensureFolder(port, parentOf(target))
  port.symlink(port.readLink(at), target)
}

async function linkOrCopy(port: FilePort, at: string, target: string): Promise<void> {
  ensureFolder(port, parentOf(target))
  if (!linkOrNot({ port }, at, target)) await copy(port, at, target)
}

async function copy(port: FilePort, at: string, target: string): Promise<void> {
  ensureFolder(port, parentOf(target))
  while ((await copyOnce({ port }, at, target)) === null);
}

async function bringBase(
  port: FilePort,
  { kept }: Entry,
  from: SessionLayout,
  to: SessionLayout,
): Promise<void> {
  if (kept === null) return
  const [at, target] = [`${from.bases}/${kept}`, `${to.bases}/${kept}`]
  if (port.stat(at) === null || port.stat(target) !== null) return
  if (!linkOrNot({ port }, at, target)) await copy(port, at, target)
}
