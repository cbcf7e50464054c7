import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { linkOrNot, removeIfThere, toJson, writeNewFile } from '../store/files.js'
import {
  copyContent,
  type Fingerprint,
  hashFile,
  hashOpenFile,
  identityOf,
  kindOf,
  markOf,
  permissionsOf,
  sha256Of,
  statLower,
} from '../store/fingerprint.js'
import { transactionNames } from '../store/layout.js'
import { forEachAtOnce } from './concurrency.js'
import { type IntentTarget, type Next, stagedName, type Target, type Wanted } from './intent.js'
import { foreignStage, type Transaction } from './transaction.js'

export type Progress = (done: number, total: number, step: string) => void

/** Step 3 of T2: every new file, whole and durable, on its target's device. */
export async function stageAll(
  port: FilePort,
  transaction: Transaction,
  targets: readonly Target[],
  options: { signal?: AbortSignal | undefined; onProgress?: Progress | undefined },
): Promise<(Next | null)[]> {
  const places = placesFor(port, transaction, targets)
  const staged: (Next | null)[] = new Array(targets.length).fill(null)
  let done = 0
  await forEachAtOnce(targets, async ({ wanted }, at) => {
    options.signal?.throwIfAborted()
    if (wanted) staged[at] = await stage(port, wanted, places[at] as string)
    options.onProgress?.(++done, targets.length, 'staging')
  })
  const folders = places.filter((_place, at) => staged[at]?.kind !== 'folder' && staged[at]).map(parentOf)
  for (const folder of new Set(folders)) await port.syncFolder(folder)
  return staged
}

/** Where each staged file goes; those beside targets on other devices are listed first, so that none is left behind. */
function placesFor(port: FilePort, transaction: Transaction, targets: readonly Target[]): string[] {
  const own = port.stat(transaction.folder)?.dev
  const devices = new Map<string, boolean>()
  const foreign: string[] = []
  const places = targets.map(({ path }, at) => {
    const parent = parentOf(path)
    let isOwn = devices.get(parent)
    if (isOwn === undefined) {
      isOwn = deviceOf(port, parent) === own
      devices.set(parent, isOwn)
    }
    if (isOwn) return `${transaction.folder}/${transactionNames.staged}/${at}`
    const place = `${nearestFolder(port, parent)}/${stagedName(transaction.id, at)}`
    foreign.push(place)
    return place
  })
  if (foreign.length > 0) writeNewFile(port, `${transaction.folder}/${foreignStage}`, toJson(foreign))
  return places
}

function deviceOf(port: FilePort, folder: string): bigint | undefined {
  return port.stat(nearestFolder(port, folder))?.dev
}

function nearestFolder(port: FilePort, folder: string): string {
  let nearest = folder
  while (nearest !== '' && statLower(port, nearest)?.isDirectory() !== true) nearest = parentOf(nearest)
  return nearest
}

async function stage(port: FilePort, wanted: Wanted, at: string): Promise<Next> {
  if (wanted.kind === 'folder') return { kind: 'folder', mode: wanted.mode }
  if (wanted.kind === 'symlink') {
    port.symlink(wanted.target, at)
    return { kind: 'symlink', target: wanted.target, staged: at }
  }
  try {
    return await stageFile(port, wanted, at)
  } catch (error) {
    // After a failed sync nobody knows what is on the disk: the file is written anew, once.
    if (!(error instanceof SyncFailed)) throw error
    removeIfThere(port, at)
    try {
      return await stageFile(port, wanted, at)
    } catch (again) {
      throw again instanceof SyncFailed ? again.cause : again
    }
  }
}

class SyncFailed extends Error {}

async function stageFile(
  port: FilePort,
  wanted: Extract<Wanted, { kind: 'file' }>,
  at: string,
): Promise<Next> {
  const isShared = shareBlocks(port, wanted, at)
  const file = isShared ? port.openForWriting(at) : port.create(at, 0o600)
  try {
    const written = isShared ? await lookAtShared(port, wanted, file) : await fill(port, wanted, file)
    if (wanted.sha256 !== undefined && written.sha256 !== wanted.sha256) throw movedUnderway()
    file.chmod(wanted.mode & 0o777)
    // Reading it back takes as long as writing it out: both go on at once.
    const [synced, lies] = await Promise.allSettled([file.sync(), isShared ? null : hashFile(port, at)])
    if (synced.status === 'rejected') throw new SyncFailed('sync failed', { cause: synced.reason })
    if (lies.status === 'rejected') throw lies.reason
    const stat = file.stat()
    const isWhole = isShared || lies.value?.sha256 === written.sha256
    if (Number(stat.size) !== written.size || !isWhole) throw shortWrite(at)
    return { kind: 'file', mode: wanted.mode & 0o777, ...written, staged: at, mark: markOf(stat) }
  } finally {
    file.close()
  }
}

/** A large file takes no room and no time of its own, where the file system can share blocks. */
function shareBlocks(port: FilePort, { content }: Extract<Wanted, { kind: 'file' }>, at: string): boolean {
  if ('bytes' in content) return false
  const stat = port.stat(content.at)
  return stat?.isFile() === true && stat.size > largeFile && port.reflink(content.at, at)
}

const largeFile = 8 * 1024 * 1024

/** What shares its blocks was not written by us: where it is known which file it is, there is nothing to read back. */
async function lookAtShared(
  port: FilePort,
  { content, identity }: Extract<Wanted, { kind: 'file' }>,
  file: OpenFile,
): Promise<{ sha256: string | null; size: number }> {
  if (identity === undefined) return { sha256: await hashOpenFile(file), size: file.openedSize }
  const from = 'at' in content ? port.stat(content.at) : null
  if (from === null || identityOf(from) !== identity) throw movedUnderway()
  return { sha256: null, size: file.openedSize }
}

/** Whether a large file is the one that was put in place, known without reading it: a name makes no other of it. */
export function isMarked(stat: BigIntStats, { size, mark, mode }: Extract<Next, { kind: 'file' }>): boolean {
  const isSame = stat.isFile() && Number(stat.size) === size && permissionsOf(stat) === mode
  return isSame && size > largeFile && markOf(stat) === mark
}

async function fill(
  port: FilePort,
  wanted: Extract<Wanted, { kind: 'file' }>,
  file: OpenFile,
): Promise<{ sha256: string; size: number }> {
  if ('bytes' in wanted.content) {
    await file.writeAsync(wanted.content.bytes, 0)
    return { sha256: sha256Of(wanted.content.bytes), size: wanted.content.bytes.length }
  }
  const from = openContent(port, wanted.content.at)
  const isAsked = () => wanted.identity === undefined || identityOf(from.stat()) === wanted.identity
  try {
    if (!isAsked()) throw movedUnderway()
    const copied = await copyContent(from, file)
    if (!isAsked()) throw movedUnderway()
    return copied
  } finally {
    from.close()
  }
}

function openContent(port: FilePort, at: string) {
  try {
    return port.openForReading(at)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? movedUnderway() : error
  }
}

/** Step 4: the old files under a second name, or as copies where links are not to be had. */
export async function keepAll(
  port: FilePort,
  transaction: Transaction,
  targets: readonly Target[],
  staged: readonly (Next | null)[],
): Promise<IntentTarget[]> {
  const kept: IntentTarget[] = targets.map(({ path, expected }, at) => ({
    path,
    expected,
    next: staged[at] ?? null,
    kept: expected && expected.kind !== 'folder' ? `${transactionNames.kept}/${at}` : null,
  }))
  await forEachAtOnce(kept, async (target) => {
    if (target.kept !== null) await keep(port, target, `${transaction.folder}/${target.kept}`)
  })
  await port.syncFolder(`${transaction.folder}/${transactionNames.kept}`)
  return kept
}

async function keep(port: FilePort, target: IntentTarget, at: string): Promise<void> {
  const expected = target.expected as Fingerprint
  // A second name changes the time by which a change shows that kept all others, so it is looked at before.
  const before = port.stat(target.path)
  if (before === null || kindOf(before) !== expected.kind) throw changedSince(target.path)
  // What has another name already could be written to through that one, and the history would follow.
  const isShared = before.nlink > 1n && before.isFile()
  if (isShared || !linkUnlessGone(port, target.path, at)) return keepCopy(port, target, expected, at)
  const stat = port.stat(at)
  if (expected.kind === 'symlink') {
    if (stat?.isSymbolicLink() && port.readLink(at) === expected.target) return
    throw changedSince(target.path)
  }
  if (stat === null || !hasShape(stat, expected)) throw changedSince(target.path)
  const isUntouched = identityOf(before) === expected.identity && !expected.racy
  if (isUntouched && isSameFile(stat, before)) return
  if (expected.sha256 === null || (await hashFile(port, at))?.sha256 !== expected.sha256)
    throw changedSince(target.path)
}

function linkUnlessGone(port: FilePort, path: string, at: string): boolean {
  try {
    return linkOrNot(port, path, at)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? changedSince(path) : error
  }
}

async function keepCopy(
  port: FilePort,
  target: IntentTarget,
  expected: Fingerprint,
  at: string,
): Promise<void> {
  const { path } = target
  if (expected.kind === 'symlink') return port.symlink(expected.target ?? '', at)
  const copy = await stage(port, { kind: 'file', mode: expected.mode, content: { at: path } }, at)
  const isWhole = copy.kind === 'file' && (expected.sha256 === null || copy.sha256 === expected.sha256)
  if (!isWhole || !(await isStill(port, path, expected))) throw changedSince(path)
  // The copy is another file: only its content can tell that it is what it was.
  target.expected = { ...expected, sha256: copy.sha256 }
}

/** Device, inode and time of the last write; making a second name changes only the change time. */
function isSameFile(stat: BigIntStats, other: BigIntStats): boolean {
  return markOf(stat) === markOf(other)
}

function isSameButForLinks(stat: BigIntStats, { identity }: Fingerprint): boolean {
  return identity.slice(0, identity.lastIndexOf(':')) === markOf(stat)
}

function hasShape(stat: BigIntStats, expected: Fingerprint): boolean {
  return (
    stat.isFile() &&
    Number(stat.size) === expected.size &&
    (permissionsOf(stat) & 0o777) === (expected.mode & 0o777)
  )
}

/**
 * Whether a file is still the one that `expected` describes, whatever names it got or lost meanwhile. The last
 * thing that is done is a look at the name: what the caller does next, it does one system call later.
 */
export async function isStill(port: FilePort, path: string, expected: Fingerprint): Promise<boolean> {
  const stat = port.stat(path)
  if (stat === null) return false
  if (expected.kind === 'symlink') return stat.isSymbolicLink() && port.readLink(path) === expected.target
  if (expected.kind === 'folder') return stat.isDirectory()
  if (!hasShape(stat, expected)) return false
  if (isSameButForLinks(stat, expected) && !expected.racy) return true
  if (expected.sha256 === null) return false
  const hashed = await hashFile(port, path)
  if (hashed === null || hashed.sha256 !== expected.sha256) return false
  const last = port.stat(path)
  return last !== null && identityOf(last) === identityOf(hashed.stat)
}

function changedSince(path: string): CowriteError {
  return new CowriteError(
    'CONFLICT',
    `${path} was changed while the commit was being prepared; nothing was committed.`,
    {
      conflicts: [{ path, reason: 'changed while the commit was being prepared' }],
    },
  )
}

function movedUnderway(): CowriteError {
  return new CowriteError(
    'LOCKED',
    'A file of the session was still being written while it was committed; nothing was committed.',
    {},
  )
}

function shortWrite(at: string): CowriteError {
  return new CowriteError(
    'CANNOT_WRITE',
    'The disk did not keep what was written to it; nothing was committed.',
    {
      path: at,
      reason: 'read back something else',
    },
  )
}
