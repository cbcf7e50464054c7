import { createHash, hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { errnoOf, isCowriteError } from '../errors.js'
import type { FilePort, OpenFile } from '../port/port.js'

export type Kind = 'file' | 'folder' | 'symlink'

/**
 * What a path of the lower layer held: enough to tell later whether it still does.
 *
 * Where device, inode, size and both times are the same, nothing was written since, unless the
 * fingerprint was taken within the clock's granularity of the last write (`racy`): then, and where any
 * of them differs, the content decides. `sha256` is null where it was never read.
 */
export interface Fingerprint {
  kind: Kind
  size: number
  /** Permission bits. */
  mode: number
  sha256: string | null
  /** `device:inode:mtime:ctime`, in decimal, times in nanoseconds. */
  identity: string
  racy?: true
  /** Where a symbolic link points. */
  target?: string
}

export function kindOf(stat: BigIntStats): Kind | 'other' {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'folder'
  return stat.isSymbolicLink() ? 'symlink' : 'other'
}

export function permissionsOf(stat: BigIntStats): number {
  return Number(stat.mode & 0o7777n)
}

export function identityOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}`
}

/** Device, inode and time of the last write, in decimal: what tells a file that only got or lost a name meanwhile. */
export function markOf({ dev, ino, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${mtimeNs}`
}

/** The mark of the file that an identity was taken of. */
export function markIn(identity: string): string {
  return identity.slice(0, identity.lastIndexOf(':'))
}

/**
 * Whether two marks are those of one file. Of the device only that it is the same disk could matter, and its number is
 * another after many a restart: inode and time, to the nanosecond, tell as much.
 */
export function isSameMark(one: string, other: string): boolean {
  return withoutDevice(one) === withoutDevice(other)
}

function withoutDevice(mark: string): string {
  return mark.slice(mark.indexOf(':') + 1)
}

export function sha256Of(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex')
}

/** The fingerprint of what `stat` describes. Null for devices, sockets and the like, which are never touched. */
export function fingerprintOf(
  port: FilePort,
  path: string,
  stat: BigIntStats,
  sha256: string | null,
  now = Date.now(),
): Fingerprint | null {
  const kind = kindOf(stat)
  if (kind === 'other') return null
  const age = now - Number(stat.ctimeNs / 1_000_000n)
  return {
    kind,
    size: kind === 'file' ? Number(stat.size) : 0,
    mode: permissionsOf(stat),
    sha256,
    identity: identityOf(stat),
    ...(Math.abs(age) <= port.timestampGranularity ? { racy: true as const } : {}),
    ...(kind === 'symlink' ? { target: port.readLink(path) } : {}),
  }
}

/** Reads and hashes what is there now. Null where there is nothing (or nothing that could be committed). */
export async function takeFingerprint(port: FilePort, path: string): Promise<Fingerprint | null> {
  const stat = port.stat(path)
  if (stat === null) return null
  if (!stat.isFile()) return fingerprintOf(port, path, stat, null)
  const content = await hashFile(port, path)
  return content && fingerprintOf(port, path, content.stat, content.sha256)
}

/** What stands at a path, of lower or of a session. Nothing, where a link is on the way: what is behind it has another path. */
export function statLower(port: FilePort, path: string): BigIntStats | null {
  try {
    return port.stat(path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE')) return null
    throw error
  }
}

/** Whether `path` still is what `expected` says (null: nothing), reading the content only where the times do not tell. */
export async function stillIs(port: FilePort, path: string, expected: Fingerprint | null): Promise<boolean> {
  const quick = compareStat(statLower(port, path), expected)
  if (quick !== 'unknown') return quick === 'same' && (await sameTarget(port, path, expected))
  if (expected === null || expected.sha256 === null) return false
  const now = await hashFile(port, path)
  return now !== null && now.sha256 === expected.sha256 && permissionsOf(now.stat) === expected.mode
}

/** What a look at the names and times alone can say. */
export function compareStat(
  stat: BigIntStats | null,
  expected: Fingerprint | null,
): 'same' | 'different' | 'unknown' {
  if (stat === null || expected === null) return stat === expected ? 'same' : 'different'
  if (kindOf(stat) !== expected.kind) return 'different'
  if (expected.kind === 'symlink') return 'same'
  if (permissionsOf(stat) !== expected.mode) return 'different'
  if (expected.kind === 'folder') return 'same'
  if (Number(stat.size) !== expected.size) return 'different'
  if (identityOf(stat) === expected.identity && !expected.racy) return 'same'
  return 'unknown'
}

/**
 * Whether a file whose content was never read looks as it did: the size, the mode and the time of its last write. Where
 * it lies and when its names changed tell nothing: a backup, or a commit that was called off, changes both.
 */
export function looksLike(stat: BigIntStats, expected: Fingerprint): boolean {
  const writtenAt = expected.identity.split(':')[2]
  return (
    !expected.racy &&
    stat.isFile() &&
    Number(stat.size) === expected.size &&
    permissionsOf(stat) === expected.mode &&
    String(stat.mtimeNs) === writtenAt
  )
}

async function sameTarget(port: FilePort, path: string, expected: Fingerprint | null): Promise<boolean> {
  return expected?.kind !== 'symlink' || port.readLink(path) === expected.target
}

const chunkSize = 1024 * 1024
/** Up to this, a file is read, hashed and written in one synchronous step. */
export const smallFile = 64 * 1024

/** A file as it was at one moment. */
export interface Hashed {
  sha256: string
  stat: BigIntStats
  /** Of a small one the content. */
  bytes: Buffer | null
}

/** SHA-256 of a regular file as it was at one moment; null where it is gone. Reads again if it changes meanwhile. */
export async function hashFile(port: FilePort, path: string): Promise<Hashed | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const file = openOrNull(port, path)
    if (file === null) return null
    try {
      const before = file.opened ?? file.stat()
      const bytes = Number(before.size) <= smallFile ? file.readAll() : null
      const sha256 = bytes === null ? await hashOpenFile(file) : sha256Of(bytes)
      const after = file.stat()
      if (identityOf(before) === identityOf(after) && before.size === after.size)
        return { sha256, stat: after, bytes }
    } finally {
      file.close()
    }
  }
  return null
}

/** Null where there is no regular file. */
export function openOrNull(port: FilePort, path: string): OpenFile | null {
  try {
    return port.openForReading(path)
  } catch (error) {
    const isGone = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')
    if (isGone || isCowriteError(error, 'WRONG_KIND')) return null
    throw error
  }
}

/** The next piece is read while one is hashed. */
export async function hashOpenFile(file: OpenFile): Promise<string> {
  const digest = createHash('sha256')
  let [present, following] = [Buffer.allocUnsafe(chunkSize), Buffer.allocUnsafe(chunkSize)]
  let reading = file.readAsync(present, 0, chunkSize, 0)
  for (let position = 0; ; ) {
    const count = await reading
    if (count === 0) return digest.digest('hex')
    position += count
    reading = file.readAsync(following, 0, chunkSize, position)
    digest.update(present.subarray(0, count))
    ;[present, following] = [following, present]
  }
}

/**
 * Copies an open file into another, in pieces, and returns the hash of what was copied.
 * The caller checks that the source did not change meanwhile.
 */
export async function copyContent(from: OpenFile, to: OpenFile): Promise<{ sha256: string; size: number }> {
  if (Number(from.stat().size) <= smallFile) {
    const bytes = from.readAll()
    to.write(bytes, 0)
    return { sha256: sha256Of(bytes), size: bytes.length }
  }
  const digest = createHash('sha256')
  const size = await copyPieces(from, to, (piece) => digest.update(piece))
  return { sha256: digest.digest('hex'), size }
}

/** Copies all of an open file into another. The next piece is read, and `look` sees the present one, while it is written. */
export async function copyPieces(
  from: OpenFile,
  to: OpenFile,
  look: (piece: Uint8Array) => void = () => {},
): Promise<number> {
  let [present, following] = [Buffer.allocUnsafe(chunkSize), Buffer.allocUnsafe(chunkSize)]
  let writing: Promise<void> = Promise.resolve()
  try {
    for (let position = 0; ; ) {
      const count = await from.readAsync(present, 0, chunkSize, position)
      await writing
      if (count === 0) return position
      const piece = present.subarray(0, count)
      writing = to.writeAsync(piece, position)
      // It is heard of below; until then the next piece may still be on its way, and nobody is listening.
      writing.catch(() => {})
      look(piece)
      position += count
      ;[present, following] = [following, present]
    }
  } finally {
    // Whoever hears of an error closes the files: not before the last piece is through.
    await Promise.allSettled([writing])
  }
}

/** Whether two open files hold the same bytes: for large ones this takes a fraction of the time of a hash. */
export async function isSameContent(one: OpenFile, other: OpenFile): Promise<boolean> {
  const buffers = [one, other].map((file) => ({ file, piece: Buffer.allocUnsafe(chunkSize) }))
  for (let position = 0; ; ) {
    const [own, others] = await Promise.all(
      buffers.map(async ({ file, piece }) => piece.subarray(0, await fillFrom(file, piece, position))),
    )
    if (own === undefined || others === undefined || !own.equals(others)) return false
    if (own.length === 0) return true
    position += own.length
  }
}

/** As much as there is, up to all of `piece`: a read may give less than it was asked for. */
async function fillFrom(file: OpenFile, piece: Buffer, position: number): Promise<number> {
  let length = 0
  while (length < piece.length) {
    const count = await file.readAsync(piece, length, piece.length - length, position + length)
    if (count === 0) break
    length += count
  }
  return length
}
