/** Reading one file of the merged view. */
import type { ReadResult } from '../api.js'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { parsePath, type WorkspacePath } from '../paths.js'
import type { OpenFile } from '../port/port.js'
import type { Content } from '../store/copying.js'
import { identityOf, sha256Of } from '../store/fingerprint.js'
import {
  followingLinks,
  type Located,
  locate,
  type MergedStat,
  openMerged,
  resolveLinks,
  type SessionStore,
  statMerged,
} from '../store/overlay.js'
import { decodeText } from '../text/decode.js'
import { splitLines } from '../text/lines.js'
import { takeInAt } from './adopt.js'

/** At most this much of a file is read at once, in bytes. */
const largestRead = 8 * 1024 * 1024

export interface ReadOptions {
  offset?: number
  limit?: number
}

/**
 * Reads one file of the merged view, whole or in part: `offset` (from 0) and `limit` count lines of a text, bytes of
 * anything else. Throws NOT_FOUND, WRONG_KIND.
 */
export async function readDocument(
  store: SessionStore,
  path: string,
  options: ReadOptions = {},
): Promise<ReadResult> {
  const asked = parsePath(path)
  const takingIn = takeInAt(store, asked)
  if (takingIn !== null) await takingIn
  // Nothing comes between this and the looks that were before it, where there was nothing to take in.
  return store.port.together(() => readNow(store, asked, options))
}

function readNow(store: SessionStore, asked: WorkspacePath, options: ReadOptions): ReadResult {
  store.record.refresh()
  store.guard.checkRead(asked)
  const plain = openPlainly(store, asked)
  if (plain !== null) return told(asked, plain.source, readOpened(plain.file), options)
  return followingLinks(store, asked, true, (direct) => {
    const there = statMerged(store, direct)
    if (!there?.stat.isSymbolicLink()) return readAt(store, asked, direct, there, options)
    const real = resolveLinks(store, asked, true)
    store.guard.checkRead(real)
    return readAt(store, asked, real, statMerged(store, real), options)
  })
}

/** Most paths name a file, and no link is on the way to it: it is opened without a look. Null for all else. */
function openPlainly(
  store: SessionStore,
  path: WorkspacePath,
): { file: OpenFile; source: Located['source'] } | null {
  if (!store.port.caseSensitive) return null
  try {
    const located = locate(store, path)
    return located && { file: store.port.openForReading(located.at), source: located.source }
  } catch (error) {
    const isElse = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')
    if (isElse || isCowriteError(error, 'PATH_ESCAPE') || isCowriteError(error, 'WRONG_KIND')) return null
    throw error
  }
}

function readAt(
  store: SessionStore,
  asked: WorkspacePath,
  filePath: WorkspacePath,
  there: MergedStat | null,
  options: ReadOptions,
): ReadResult {
  if (there === null) throw notFound(store, asked)
  if (there.stat.isDirectory()) throw wrongKind(asked, 'a folder')
  return told(filePath, there.source, readWhole(store, filePath, there), options)
}

function told(
  filePath: WorkspacePath,
  source: Located['source'],
  { bytes, size, etag }: Whole,
  options: ReadOptions,
): ReadResult {
  const text = decodeText(bytes)
  const { part, isLast } = text === null ? partOfBytes(bytes, options) : partOfText(text, options)
  return {
    filePath,
    content: typeof part === 'string' ? part : Buffer.from(part).toString('base64'),
    encoding: text === null ? 'base64' : 'utf-8',
    sizeBytes: size,
    etag,
    source,
    truncated: !isLast || bytes.length < size,
  }
}

interface Part<Content> {
  part: Content
  /** Whether nothing comes after it. */
  isLast: boolean
}

function partOfText(text: string, { offset = 0, limit }: ReadOptions): Part<string> {
  if (offset === 0 && limit === undefined) return { part: text, isLast: true }
  const lines = splitLines(text)
  const end = limit === undefined ? lines.length : offset + limit
  return { part: lines.slice(offset, end).join(''), isLast: end >= lines.length }
}

function partOfBytes(bytes: Buffer, { offset = 0, limit }: ReadOptions): Part<Buffer> {
  const end = limit === undefined ? bytes.length : offset + limit
  return { part: bytes.subarray(offset, end), isLast: end >= bytes.length }
}

export interface Whole {
  bytes: Buffer
  size: number
  etag: string
}

/** The file, or its first part where it is too large; the etag of a large one is made of size and time. */
export function readWhole(store: SessionStore, path: WorkspacePath, there: MergedStat): Whole {
  return readOpened(openMerged(store, path, there, (at) => store.port.openForReading(at)))
}

/** As `readWhole`; `still` is null where the file is too large, or was written to meanwhile. */
export function readStill(
  store: SessionStore,
  path: WorkspacePath,
  there: MergedStat,
): Whole & { still: Content | null } {
  const since = Date.now()
  const file = openMerged(store, path, there, (at) => store.port.openForReading(at))
  try {
    const before = file.stat()
    const whole = readFrom(file)
    const stat = file.stat()
    const { bytes, size, etag } = whole
    const isStill =
      bytes.length === size && Number(stat.size) === size && identityOf(before) === identityOf(stat)
    return { ...whole, still: isStill ? { bytes, sha256: etag, stat, since } : null }
  } finally {
    file.close()
  }
}

function readOpened(file: OpenFile): Whole {
  try {
    return readFrom(file)
  } finally {
    file.close()
  }
}

function readFrom(file: OpenFile): Whole {
  if (file.openedSize > largestRead) {
    const stat = file.stat()
    const size = Number(stat.size)
    return { bytes: firstPart(file), size, etag: `${size}-${stat.mtimeNs}` }
  }
  const bytes = file.readAll()
  return { bytes, size: bytes.length, etag: sha256Of(bytes) }
}

function firstPart(file: Pick<OpenFile, 'read'>): Buffer {
  const buffer = Buffer.alloc(largestRead)
  let filled = 0
  while (filled < buffer.length) {
    const count = file.read(buffer, filled, buffer.length - filled, filled)
    if (count === 0) break
    filled += count
  }
  return wholeCharacters(buffer.subarray(0, filled))
}

/** A part that was cut inside a character ends before it, so that text stays text. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

export function notFound(store: SessionStore, path: WorkspacePath): CowriteError {
  return new CowriteError('NOT_FOUND', `File not found: ${path}`, {
    path,
    checked: { session: store.layout.upper(path), global: path },
  })
}

export function wrongKind(path: WorkspacePath, found: string, expected = 'a file'): CowriteError {
  return new CowriteError('WRONG_KIND', `${path} is ${found}.`, { path, expected, found })
}
