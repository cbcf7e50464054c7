/** What a session holds at one moment, put where nobody writes to it any more: a layer that a fork reads through. */
import { errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { encodeLine } from './append-log.js'
import { copyOnce } from './copying.js'
import { ensureFolder, linkOrNot, removeIfThere, writeNewFile } from './files.js'
import { permissionsOf } from './fingerprint.js'
import type { SessionLayout } from './layout.js'
import { mayBeMissing, missingUpper, type SessionStore } from './overlay.js'
import { projectionOf } from './projection.js'
import { QuickCopies } from './quick-copy.js'
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
  const { port, record } = store
  makeLayerFolder(port, to)
  const brought = await bringEach(port, store, to, (entry) => bringOwn(store, entry, to))
  const frozen = brought.map(({ pending: _, landsAt: __, ...entry }) => entry)
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
  // Small files are copied here, too: status names them, and a person may write into what it names.
  await bringEach(port, from, to, async ({ path }) => {
    const [at, target] = [layout.upper(path), to.upper(path)]
    ensureFolder(port, parentOf(target))
    if (port.stat(at) !== null) await shareContent(port, at, target, { isFrozen: true })
    return true
  })
  writeLayerRecord(port, to, record, [...record.entries.values()])
}

/** So many entries are brought in one synchronous step, in which no folder is asked twice where it is. */
const inStep = 32

/**
 * Brings all that a layer's entries name: small files, folders and bases at once, and the content of the others by
 * `otherwise`, which says whether there is any. Returns the entries of which there is.
 */
async function bringEach(
  port: FilePort,
  { record, layout: from }: { record: SessionRecord; layout: SessionLayout },
  to: SessionLayout,
  otherwise: (entry: Entry) => Promise<boolean>,
): Promise<Entry[]> {
  const copies = new QuickCopies(port)
  const bring = ({ kind, path, kept }: Entry) => {
    if (kind === 'folder') copies.ensureFolder(to.upper(path))
    const hasContent = kind !== 'file' ? kind !== 'symlink' : copies.copy(from.upper(path), to.upper(path))
    return { hasContent, hasBase: hasContent && linkBase(port, kept, from, to) }
  }
  const entries = inOrder(record)
  const brought: Entry[] = []
  for (let begin = 0; begin < entries.length; begin += inStep) {
    const some = entries.slice(begin, begin + inStep)
    const found = port.together(() => some.map((entry) => ({ entry, ...bring(entry) })))
    for (const { entry, hasContent, hasBase } of found) {
      if (!hasContent && !(await otherwise(entry))) continue
      if (!hasBase) await bringBase(port, entry, from, to)
      brought.push(entry)
    }
  }
  return brought
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

/** Where second names are not to be had it is copied. */
async function bringBase(
  port: FilePort,
  { kept }: Entry,
  from: SessionLayout,
  to: SessionLayout,
): Promise<void> {
  if (kept === null || linkBase(port, kept, from, to)) return
  await copy(port, `${from.bases}/${kept}`, `${to.bases}/${kept}`)
}

/** False where second names are not to be had. */
function linkBase(port: FilePort, kept: string | null, from: SessionLayout, to: SessionLayout): boolean {
  if (kept === null) return true
  try {
    return linkOrNot(port, `${from.bases}/${kept}`, `${to.bases}/${kept}`)
  } catch (error) {
    // One that is missing will be missed where it is needed, and what two entries have in common is there already.
    if (['ENOENT', 'EEXIST'].includes(errnoOf(error) ?? '')) return true
    throw error
  }
}
