/** What a session holds at one moment, put where nobody writes to it any more: a layer that a fork reads through. */
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { encodeLine } from './append-log.js'
import { copyOnce } from './copying.js'
import { ensureFolder, linkOrNot, removeIfThere, writeNewFile } from './files.js'
import { permissionsOf } from './fingerprint.js'
import type { SessionLayout } from './layout.js'
import { mayBeMissing, missingUpper, type SessionStore } from './overlay.js'
import { projectionOf } from './projection.js'
import { type Entry, frozenLines, headerLine, SessionRecord } from './record.js'
import { isShownInView, isWrittenInPlace } from './written-in-place.js'

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
    const { pending: _, landsAt: __, ...rest } = entry
    if (entry.kind === 'folder') ensureFolder(port, to.upper(entry.path))
    else if (entry.kind !== 'whiteout' && !(await bringOwn(store, entry, to))) continue
    await bringBase(port, entry, layout, to)
    frozen.push(rest)
  }
  writeLayerRecord(port, to, record, frozen)
}

/** As `freezeOwn`, of what is frozen already. */
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
    ensureFolder(port, entry.kind === 'folder' ? target : parentOf(target))
    // Small files are copied here, too: status names them, and a person may write into what it names.
    if (entry.kind !== 'folder' && port.stat(at) !== null)
      await shareContent(port, at, target, { isFrozen: true })
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
  const at = layout.upper(entry.path)
  if (port.stat(at) === null) {
    if (mayBeMissing(store, entry)) return false
    throw missingUpper(store, entry.path)
  }
  ensureFolder(port, parentOf(to.upper(entry.path)))
  await shareContent(port, at, to.upper(entry.path), {
    isWritten: () => isWrittenInPlace(store, entry.path) || isShownInView(store, entry.path, at),
  })
  return true
}

/**
 * Brings a file or link to `target`: a copy, or where it is large its blocks, or a second name. That it gets where it
 * is frozen, or nobody writes to it by a name that it has: not by an open handle, and not in a view. Those look for a
 * second name after leaving their own trace, and here it is the other way round, so that one of the two sees the other.
 */
export async function shareContent(
  port: FilePort,
  at: string,
  target: string,
  { isFrozen = false, isWritten = () => true }: { isFrozen?: boolean; isWritten?: () => boolean } = {},
): Promise<void> {
  const stat = port.stat(at)
  if (stat?.isSymbolicLink()) return port.symlink(port.readLink(at), target)
  if (stat && stat.size > largestCopied) {
    if (port.reflink(at, target)) return port.chmod(target, permissionsOf(stat))
    if (linkOrNot(port, at, target)) {
      if (isFrozen || !isWritten()) return
      removeIfThere(port, target)
    }
  }
  await copy(port, at, target)
}

async function copy(port: FilePort, at: string, target: string): Promise<void> {
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
  if (!linkOrNot(port, at, target)) await copy(port, at, target)
}
