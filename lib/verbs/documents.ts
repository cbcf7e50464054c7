import type { ChangeKind, EditResult, ReadResult, WriteResult } from '../api.js'
import { CowriteError } from '../errors.js'
import { parsePath, type WorkspacePath } from '../paths.js'
import { sha256Of } from '../store/fingerprint.js'
import { checkNewName } from '../store/guard.js'
import { makeParents } from '../store/making.js'
import { move } from '../store/moving.js'
import { followingLinks, resolveLinks, type SessionStore, statMerged } from '../store/overlay.js'
import { changeOf } from '../store/record.js'
import { removeFile, removeFolder } from '../store/removing.js'
import { dropIfUnchanged, type Landed, writeWhole } from '../store/writing.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'

/** Above this, a file is read in pieces, with offset and limit. */
const largestRead = 8 * 1024 * 1024

/** Tells whether another session really holds a path that the index names for it. */
export type ConfirmOther = (session: string, path: WorkspacePath) => boolean

/** Reads one file of the merged view. Offset and limit are bytes. Throws NOT_FOUND, WRONG_KIND. */
export async function readDocument(
  store: SessionStore,
  path: string,
  options: { offset?: number; limit?: number } = {},
): Promise<ReadResult> {
  const { filePath, bytes, size, source, etag } = await readBytes(store, path, options)
  const text = decodeText(bytes)
  return {
    filePath,
    content: text ?? Buffer.from(bytes).toString('base64'),
    encoding: text === null ? 'base64' : 'utf-8',
    sizeBytes: size,
    etag,
    source,
    truncated: (options.offset ?? 0) > 0 || bytes.length < size,
  }
}

async function readBytes(
  store: SessionStore,
  path: string,
  { offset = 0, limit = largestRead }: { offset?: number; limit?: number },
) {
  const asked = parsePath(path)
  return followingLinks(store, asked, true, (filePath) => {
    const there = statMerged(store, filePath)
    if (there === null) throw notFound(store, asked)
    if (there.stat.isDirectory()) throw wrongKind(asked, 'a folder')
    if (there.stat.isSymbolicLink()) return readLinked(store, asked, { offset, limit })
    return readAt(store, filePath, there, offset, limit)
  })
}

function readLinked(store: SessionStore, asked: WorkspacePath, range: { offset: number; limit: number }) {
  const real = resolveLinks(store, asked, true)
  store.guard.checkRead(real)
  const there = statMerged(store, real)
  if (there === null) throw notFound(store, asked)
  if (there.stat.isDirectory()) throw wrongKind(asked, 'a folder')
  return readAt(store, real, there, range.offset, range.limit)
}

function readAt(
  store: SessionStore,
  filePath: WorkspacePath,
  there: { at: string; source: 'session' | 'global' },
  offset: number,
  limit: number,
) {
  const file = store.port.openForReading(there.at)
  try {
    const size = Number(file.stat().size)
    const wanted = Math.max(0, Math.min(limit, size - offset))
    const whole = file.stat().size <= BigInt(largestRead) ? file.readAll() : null
    const bytes = whole ? whole.subarray(offset, offset + wanted) : readPiece(file, offset, wanted)
    const etag = whole ? sha256Of(whole) : `${size}-${file.stat().mtimeNs}`
    return {
      filePath,
      bytes: wholeCharacters(bytes, offset + wanted < size),
      size,
      source: there.source,
      etag,
    }
  } finally {
    file.close()
  }
}

function readPiece(
  file: { read(buffer: Uint8Array, offset: number, length: number, position: number): number },
  offset: number,
  length: number,
) {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const count = file.read(buffer, filled, length - filled, offset + filled)
    if (count === 0) break
    filled += count
  }
  return buffer.subarray(0, filled)
}

/** A piece that was cut inside a character ends before it, so that text stays text. */
function wholeCharacters(bytes: Buffer, isCut: boolean): Buffer {
  if (!isCut) return bytes
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

/** Replaces or creates one file, with the folders that it needs. Throws CONFLICT where `ifMatch` does not hold. */
export async function writeDocument(
  store: SessionStore,
  path: string,
  content: string | Uint8Array,
  options: { ifMatch?: string | undefined },
  confirmOther: ConfirmOther,
): Promise<WriteResult> {
  const filePath = prepareWrite(store, path)
  const beforeLanding = () => checkMatch(store, filePath, options.ifMatch)
  beforeLanding()
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  makeParents(store, filePath)
  const landed = await writeWhole(store, filePath, bytes, { beforeLanding })
  return written(store, filePath, landed, confirmOther)
}

/** The path that a write lands on: links followed, allowed, and fit for a name where it is new. */
export function prepareWrite(store: SessionStore, path: string): WorkspacePath {
  const asked = parsePath(path)
  store.guard.checkWrite(asked)
  store.record.refresh()
  const filePath = resolveLinks(store, asked, true)
  store.guard.checkWrite(filePath)
  const there = statMerged(store, filePath)
  if (there === null) checkNewPath(store, filePath)
  else if (there.stat.isDirectory()) throw wrongKind(filePath, 'a folder')
  else if (!there.stat.isFile()) throw wrongKind(filePath, 'no regular file')
  return filePath
}

/** Every name on the way that does not exist yet must be fit for other systems. */
export function checkNewPath(store: SessionStore, path: WorkspacePath): void {
  checkNewName(path)
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  if (parent !== '' && statMerged(store, parent) === null) checkNewPath(store, parent)
}

function checkMatch(store: SessionStore, path: WorkspacePath, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return
  const there = statMerged(store, path)
  const etag = there === null ? null : readAt(store, path, there, 0, largestRead).etag
  if (etag === ifMatch) return
  throw new CowriteError('CONFLICT', `${path} is not what it was when you read it; nothing was written.`, {
    conflicts: [{ path, reason: 'changed since it was read' }],
    etag,
  })
}

async function written(
  store: SessionStore,
  filePath: WorkspacePath,
  landed: Landed & { sha256: string },
  confirmOther: ConfirmOther,
): Promise<WriteResult> {
  await dropIfUnchanged(store, filePath, landed.sha256)
  return {
    filePath,
    change: changeAt(store, filePath),
    copiedUp: landed.copiedUp,
    etag: landed.sha256,
    alsoChangedIn: landed.alsoChangedIn.filter((session) => confirmOther(session, filePath)),
  }
}

function changeAt(store: SessionStore, path: WorkspacePath): ChangeKind | 'unchanged' {
  const entry = store.record.entries.get(path)
  return entry ? changeOf(entry) : 'unchanged'
}

/** Replaces a string in a text file. It must be there, and only once unless `replaceAll`. */
export async function editDocument(
  store: SessionStore,
  path: string,
  oldString: string,
  newString: string,
  options: { replaceAll?: boolean | undefined },
  confirmOther: ConfirmOther,
): Promise<EditResult> {
  const filePath = prepareWrite(store, path)
  if (oldString === '') throw invalid('old_string', 'old_string is empty: name the text to replace.')
  if (oldString === newString) throw invalid('new_string', 'old_string and new_string are the same.')
  const there = statMerged(store, filePath)
  if (there === null) throw notFound(store, filePath)
  const { bytes, size, etag } = readAt(store, filePath, there, 0, largestRead)
  const text = bytes.length === size ? decodeText(bytes) : null
  if (text === null) throw wrongKind(filePath, 'not UTF-8 text that could be edited', 'text')
  const parts = text.split(oldString)
  const found = parts.length - 1
  if (found === 0) throw invalid('old_string', `old_string was not found in ${filePath}.`)
  if (found > 1 && !options.replaceAll) {
    throw invalid(
      'old_string',
      `old_string stands ${found} times in ${filePath}: give more of the text around it, or replace_all.`,
    )
  }
  const edited = parts.join(newString)
  const beforeLanding = () => checkMatch(store, filePath, etag)
  const landed = await writeWhole(store, filePath, Buffer.from(edited), { beforeLanding })
  const { alsoChangedIn } = await written(store, filePath, landed, confirmOther)
  const { patch } = unifiedDiff(filePath, text, edited)
  return { filePath, replacements: found, etag: landed.sha256, patch, alsoChangedIn }
}

/** Deletes a file, a link, or a folder with all in it. Throws NOT_FOUND. */
export async function removeDocument(
  store: SessionStore,
  path: string,
): Promise<{ filePath: WorkspacePath; change: 'deleted' }> {
  const asked = parsePath(path)
  store.guard.checkWrite(asked)
  store.record.refresh()
  const filePath = resolveLinks(store, asked, false)
  store.guard.checkWrite(filePath)
  const there = statMerged(store, filePath)
  if (there === null) throw notFound(store, asked)
  if (there.stat.isDirectory()) await removeFolder(store, filePath)
  else await removeFile(store, filePath)
  return { filePath, change: 'deleted' }
}

/** Moves a file or folder. Never over anything. Throws NOT_FOUND, ALREADY_EXISTS. */
export async function moveDocument(
  store: SessionStore,
  source: string,
  destination: string,
): Promise<{ source: string; destination: string; change: string }> {
  const [askedFrom, askedTo] = [parsePath(source), parsePath(destination)]
  for (const path of [askedFrom, askedTo]) store.guard.checkWrite(path)
  store.record.refresh()
  const from = resolveLinks(store, askedFrom, false)
  const to = resolveLinks(store, askedTo, false)
  for (const path of [from, to]) store.guard.checkWrite(path)
  if (statMerged(store, from) === null) throw notFound(store, askedFrom)
  if (statMerged(store, to) !== null)
    throw new CowriteError('ALREADY_EXISTS', `${to} is there already.`, { path: to })
  checkNewPath(store, to)
  makeParents(store, to)
  await move(store, from, to)
  return { source: from, destination: to, change: 'moved' }
}

export function notFound(store: SessionStore, path: WorkspacePath): CowriteError {
  return new CowriteError('NOT_FOUND', `File not found: ${path}`, {
    path,
    checked: { session: store.layout.upper(path), global: path },
  })
}

function wrongKind(path: WorkspacePath, found: string, expected = 'a file'): CowriteError {
  return new CowriteError('WRONG_KIND', `${path} is ${found}.`, { path, expected, found })
}

function invalid(argument: string, message: string): CowriteError {
  return new CowriteError('INVALID_INPUT', message, { argument })
}
