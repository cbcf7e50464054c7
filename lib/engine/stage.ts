import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { removeIfThere, toJson, writeNewFile } from '../store/files.js'
import {
  copyContent,
  hashOpenFile,
  identityOf,
  isSameContent,
  isSameMark,
  markOf,
  permissionsOf,
  sha256Of,
  smallFile,
} from '../store/fingerprint.js'
import { transactionNames } from '../store/layout.js'
import { atMost, atOnce, forEachInFlight } from './concurrency.js'
import { type Next, stagedName, type Target, type Wanted } from './intent.js'
import { nearestFolder } from './reach.js'
import { foreignStage, type Transaction } from './transaction.js'

export type Progress = (done: number, total: number, step: string) => void

/** Step 3 of T2: every new file, whole and durable, on its target's device. */
export async function stageAll(
  port: FilePort,
  transaction: Transaction,
  targets: readonly Target[],
  options: { signal?: AbortSignal | undefined; onProgress?: Progress | undefined },
): Promise<(Next | null)[]> {
  const places = port.together(() => placesFor(port, transaction, targets))
  const staged: (Next | null)[] = new Array(targets.length).fill(null)
  let done = 0
  // Of large files each has buffers of its own.
  const inTurn = atMost(atOnce)
  await forEachInFlight(port, targets, async ({ wanted }, at) => {
    options.signal?.throwIfAborted()
    if (wanted) staged[at] = await stage(port, wanted, places[at] as string, inTurn)
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

type InTurn = ReturnType<typeof atMost>

const withoutWaiting: InTurn = (work) => work()

/** `inTurn` is for what is large. */
export async function stage(
  port: FilePort,
  wanted: Wanted,
  at: string,
  inTurn = withoutWaiting,
): Promise<Next> {
  if (wanted.kind === 'folder') return { kind: 'folder', mode: wanted.mode }
  if (wanted.kind === 'symlink') {
    port.symlink(wanted.target, at)
    return { kind: 'symlink', target: wanted.target, staged: at }
  }
  try {
    return await stageFile(port, wanted, at, inTurn)
  } catch (error) {
    // After a failed sync nobody knows what is on the disk: the file is written anew, once.
    if (!(error instanceof SyncFailed)) throw error
    removeIfThere(port, at)
    try {
      return await stageFile(port, wanted, at, inTurn)
    } catch (again) {
      throw again instanceof SyncFailed ? again.cause : again
    }
  }
}

class SyncFailed extends Error {}

type WantedFile = Extract<Wanted, { kind: 'file' }>
type StagedFile = Extract<Next, { kind: 'file' }>

async function stageFile(
  port: FilePort,
  wanted: WantedFile,
  at: string,
  inTurn: InTurn,
): Promise<StagedFile> {
  if ('bytes' in wanted.content) {
    const { bytes } = wanted.content
    // What it was read into has not changed since it was hashed.
    const content = { bytes, sha256: wanted.sha256 ?? sha256Of(bytes) }
    const work = () => stageBytes(port, wanted, content, at)
    return bytes.length > smallFile ? inTurn(work) : work()
  }
  const from = openContent(port, wanted.content.at)
  try {
    assertAsked(wanted, from)
    const source = wanted.content.at
    if (from.openedSize > smallFile) return await inTurn(() => stageCopy(port, wanted, from, source, at))
    const bytes = from.readAll()
    assertAsked(wanted, from)
    const sha256 = sha256Of(bytes)
    if (wanted.sha256 !== undefined && sha256 !== wanted.sha256) throw movedUnderway()
    return await stageBytes(port, wanted, { bytes, sha256 }, at)
  } finally {
    from.close()
  }
}

/** Throws where it is known which file is meant, and this is another one, or was written to since. */
function assertAsked({ identity }: WantedFile, from: OpenFile): void {
  if (identity !== undefined && identityOf(from.stat()) !== identity) throw movedUnderway()
}

async function stageBytes(
  port: FilePort,
  wanted: WantedFile,
  { bytes, sha256 }: { bytes: Uint8Array; sha256: string },
  at: string,
): Promise<StagedFile> {
  const mode = wanted.mode & 0o777
  const file = port.create(at, mode)
  try {
    if (bytes.length > smallFile) await file.writeAsync(bytes, 0)
    else file.write(bytes, 0)
    setMode(file, mode)
    const isWhole = await syncAndLook(file, () => holds(file, bytes))
    return describe(file, at, { mode, sha256, size: bytes.length }, isWhole)
  } finally {
    file.close()
  }
}

async function stageCopy(
  port: FilePort,
  wanted: WantedFile,
  from: OpenFile,
  source: string,
  at: string,
): Promise<StagedFile> {
  const mode = wanted.mode & 0o777
  const isLarge = from.openedSize > largeFile
  const isShared = isLarge && port.reflink(source, at)
  // What nobody has hashed yet is copied by the kernel and compared: either takes less time than a hash.
  const isCompared = isLarge && !isShared && wanted.identity !== undefined
  if (isCompared) await port.duplicate(source, at)
  const file = isShared || isCompared ? port.openForWriting(at) : port.create(at, mode)
  try {
    const size = from.openedSize
    // What shares its blocks was not written by us: where it is known which file it is, there is nothing to read back.
    const isKnown = isCompared || (isShared && wanted.identity !== undefined)
    const copied = isKnown
      ? { sha256: null, size }
      : isShared
        ? { sha256: await hashOpenFile(file), size: file.openedSize }
        : await copyContent(from, file)
    if (wanted.sha256 !== undefined && copied.sha256 !== wanted.sha256) throw movedUnderway()
    setMode(file, mode)
    const isWhole = await syncAndLook(file, async () => {
      if (isShared) return true
      return isCompared ? isSameContent(from, file) : (await hashOpenFile(file)) === copied.sha256
    })
    assertAsked(wanted, from)
    return describe(file, at, { mode, ...copied }, isWhole)
  } finally {
    file.close()
  }
}

/** The process's mask, and a folder's default rights, can make a new file's mode another than was asked for. */
function setMode(file: OpenFile, mode: number): void {
  if (permissionsOf(file.stat()) !== mode) file.chmod(mode)
}

/** A file is looked at while it is written out: whichever takes longer, the other takes no time of its own. */
async function syncAndLook(file: OpenFile, look: () => Promise<boolean>): Promise<boolean> {
  const [synced, seen] = await Promise.allSettled([file.sync(), look()])
  if (synced.status === 'rejected') throw new SyncFailed('sync failed', { cause: synced.reason })
  if (seen.status === 'rejected') throw seen.reason
  return seen.value
}

/** What was staged, where it is what it should be. Throws CANNOT_WRITE. */
function describe(
  file: OpenFile,
  staged: string,
  wanted: Pick<StagedFile, 'mode' | 'sha256' | 'size'>,
  isWhole: boolean,
): StagedFile {
  const stat = file.stat()
  if (Number(stat.size) !== wanted.size || !isWhole) throw shortWrite(staged)
  return { kind: 'file', ...wanted, staged, mark: markOf(stat) }
}

/** For small files, which are read back and compared in one step, one after the other. */
const readBack = Buffer.allocUnsafeSlow(smallFile + 1)

/** Whether the file is just these bytes. */
async function holds(file: OpenFile, bytes: Uint8Array): Promise<boolean> {
  // One byte more than is expected: an answer that leaves it free is the end, without asking again.
  const isSmall = bytes.length <= smallFile
  const back = isSmall ? readBack.subarray(0, bytes.length + 1) : Buffer.allocUnsafe(bytes.length + 1)
  let length = 0
  do {
    const left = back.length - length
    const count = isSmall
      ? file.read(back, length, left, length)
      : await file.readAsync(back, length, left, length)
    if (count === 0) break
    length += count
  } while (length < bytes.length)
  return length === bytes.length && back.subarray(0, length).equals(bytes)
}

/** Above this, a file is known again by what it is and when it was written, and its blocks are shared where that can be. */
export const largeFile = 8 * 1024 * 1024

/** Whether a file looks like the one that was staged: a name makes no other of it. */
export function isMarked(stat: BigIntStats, { size, mark, mode }: Extract<Next, { kind: 'file' }>): boolean {
  const isSame = stat.isFile() && Number(stat.size) === size && permissionsOf(stat) === mode
  return isSame && isSameMark(markOf(stat), mark)
}

function openContent(port: FilePort, at: string) {
  try {
    return port.openForReading(at)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? movedUnderway() : error
  }
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
