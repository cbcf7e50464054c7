import type { ChangeKind, EditResult, ReadResult, WriteResult } from '../api.js'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { parentOf, parsePath, type WorkspacePath } from '../paths.js'
import type { OpenFile } from '../port/port.js'
import { sha256Of } from '../store/fingerprint.js'
import { checkNewName } from '../store/guard.js'
import { inTurn } from '../store/in-turn.js'
import type { Landed } from '../store/landing.js'
import { makeParents } from '../store/making.js'
import { move } from '../store/moving.js'
import {
  followingLinks,
  isScratch,
  type MergedStat,
  openMerged,
  resolveLinks,
  type SessionStore,
  statMerged,
} from '../store/overlay.js'
import { changeOf } from '../store/record.js'
import { removeFile, removeFolder } from '../store/removing.js'
import { dropIfUnchanged, writeWhole } from '../store/writing.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'
import { placesOf } from '../text/find-text.js'
import { splitLines } from '../text/lines.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptAt } from './adopt.js'

/** At most this much of a file is read at once, in bytes. */
const largestRead = 8 * 1024 * 1024
/** What an edit makes of a file has at most so many characters. */
const largestEdited = 64 * 1024 * 1024

/** Tells whether another session really holds a path that the index names for it. */
export type ConfirmOther = (session: string, path: WorkspacePath) => boolean

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
  await adoptAt(store, asked)
  return followingLinks(store, asked, true, (direct) => {
    const there = statMerged(store, direct)
    if (!there?.stat.isSymbolicLink()) return readAt(store, asked, direct, there, options)
    const real = resolveLinks(store, asked, true)
    store.guard.checkRead(real)
    return readAt(store, asked, real, statMerged(store, real), options)
  })
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
  const { bytes, size, etag } = readWhole(store, filePath, there)
  const text = decodeText(bytes)
  const { part, isLast } = text === null ? partOfBytes(bytes, options) : partOfText(text, options)
  return {
    filePath,
    content: typeof part === 'string' ? part : Buffer.from(part).toString('base64'),
    encoding: text === null ? 'base64' : 'utf-8',
    sizeBytes: size,
    etag,
    source: there.source,
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

/** The file, or its first part where it is too large; the etag of a large one is made of size and time. */
function readWhole(
  store: SessionStore,
  path: WorkspacePath,
  there: MergedStat,
): { bytes: Buffer; size: number; etag: string } {
  const file = openMerged(store, path, there, (at) => store.port.openForReading(at))
  try {
    const stat = file.stat()
    const size = Number(stat.size)
    if (size > largestRead) return { bytes: firstPart(file), size, etag: `${size}-${stat.mtimeNs}` }
    const bytes = file.readAll()
    return { bytes, size: bytes.length, etag: sha256Of(bytes) }
  } finally {
    file.close()
  }
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

/** Replaces or creates one file, with the folders that it needs. Throws CONFLICT where `ifMatch` does not hold. */
export async function writeDocument(
  store: SessionStore,
  path: string,
  content: string | Uint8Array,
  options: { ifMatch?: string | undefined },
  confirmOther: ConfirmOther,
): Promise<WriteResult> {
  await adoptAt(store, parsePath(path))
  return store.port.together(() => writeAt(store, path, content, options, confirmOther))
}

async function writeAt(
  store: SessionStore,
  path: string,
  content: string | Uint8Array,
  options: { ifMatch?: string | undefined },
  confirmOther: ConfirmOther,
): Promise<WriteResult> {
  const { filePath, there } = targetOf(store, path)
  checkMatch(store, filePath, options.ifMatch)
  const bytes = typeof content === 'string' ? Buffer.from(requireUnicode('content', content)) : content
  const beforeLanding = () => {
    checkMatch(store, filePath, options.ifMatch)
    makeParents(store, filePath)
  }
  const landed = await writeWhole(store, filePath, bytes, { beforeLanding, there })
  return written(store, filePath, landed, confirmOther)
}

/** Half a surrogate pair has no bytes of its own: written, it would silently be another character (C5). */
function requireUnicode(argument: string, text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text
  throw invalid(argument, `${argument} holds half a character: it is no valid Unicode.`)
}

/** The path that a write lands on: links followed, allowed, and fit for a name where it is new. */
export function prepareWrite(store: SessionStore, path: string): WorkspacePath {
  return targetOf(store, path).filePath
}

interface Target {
  filePath: WorkspacePath
  there: MergedStat | null
}

function targetOf(store: SessionStore, path: string): Target {
  const asked = parsePath(path)
  store.guard.checkWrite(asked)
  store.record.refresh()
  const target = resolveForWriting(store, asked)
  const { filePath, there } = target
  if (there === null) checkNewPath(store, filePath)
  else if (there.stat.isDirectory()) throw wrongKind(filePath, 'a folder')
  else if (!there.stat.isFile()) throw wrongKind(filePath, 'no regular file')
  return target
}

/** Most paths hold no link, and one look tells: the port finds nothing but through the very names that it was given. */
function resolveForWriting(store: SessionStore, asked: WorkspacePath): Target {
  const direct = store.port.caseSensitive ? statWithoutLinks(store, asked) : undefined
  if (direct === null || direct?.stat.isFile()) return { filePath: asked, there: direct }
  const filePath = resolveLinks(store, asked, true)
  store.guard.checkWrite(filePath)
  return { filePath, there: statMerged(store, filePath) }
}

/** Undefined where a link, or no folder, is on the way. */
function statWithoutLinks(store: SessionStore, path: WorkspacePath): MergedStat | null | undefined {
  try {
    return statMerged(store, path)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE') || errnoOf(error) === 'ELOOP' || errnoOf(error) === 'ENOTDIR')
      return undefined
    throw error
  }
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
  const etag = there === null ? null : readWhole(store, path, there).etag
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
  await adoptAt(store, parsePath(path))
  const { filePath, there } = targetOf(store, path)
  if (oldString === '') throw invalid('old_string', 'old_string is empty: name the text to replace.')
  if (oldString === newString) throw invalid('new_string', 'old_string and new_string are the same.')
  requireUnicode('new_string', newString)
  if (there === null) throw notFound(store, filePath)
  const { bytes, size, etag } = readWhole(store, filePath, there)
  const text = bytes.length === size ? decodeText(bytes) : null
  if (text === null) throw wrongKind(filePath, 'not UTF-8 text that could be edited', 'text')
  const places = placesOf(text, oldString)
  const found = places.length
  if (found === 0) throw invalid('old_string', `old_string was not found in ${filePath}.`)
  if (found > 1 && !options.replaceAll) {
    throw invalid(
      'old_string',
      `old_string stands ${found} times in ${filePath}: give more of the text around it, or replace_all.`,
    )
  }
  if (text.length + found * (newString.length - oldString.length) > largestEdited)
    throw invalid('new_string', `${filePath} would become larger than an edit can make it; write it whole.`)
  const edited = replacedAt(text, places, oldString.length, newString)
  const beforeLanding = () => checkMatch(store, filePath, etag)
  const landed = await writeWhole(store, filePath, Buffer.from(edited), { beforeLanding, there })
  const { alsoChangedIn } = await written(store, filePath, landed, confirmOther)
  const { patch } = isProse(filePath)
    ? proseDiff(filePath, text, edited)
    : unifiedDiff(filePath, text, edited)
  return { filePath, replacements: found, etag: landed.sha256, patch, alsoChangedIn }
}

function replacedAt(text: string, places: readonly number[], length: number, newString: string): string {
  const starts = [0, ...places.map((place) => place + length)]
  return starts.map((start, index) => text.slice(start, places[index])).join(newString)
}

/** Deletes a file, a link, or a folder with all in it. Throws NOT_FOUND. */
export async function removeDocument(
  store: SessionStore,
  path: string,
): Promise<{ filePath: WorkspacePath; change: 'deleted' }> {
  const asked = parsePath(path)
  store.guard.checkWrite(asked)
  await adoptAt(store, asked)
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
  for (const path of [askedFrom, askedTo]) await adoptAt(store, path)
  store.record.refresh()
  const from = resolveLinks(store, askedFrom, false)
  const to = resolveLinks(store, askedTo, false)
  for (const path of [from, to]) store.guard.checkWrite(path)
  if (statMerged(store, from) === null) throw notFound(store, askedFrom)
  if (statMerged(store, to) !== null)
    throw new CowriteError('ALREADY_EXISTS', `${to} is there already.`, { path: to })
  if (isScratch(store, from) !== isScratch(store, to)) {
    const what = 'moving a file into the scratch folder or out of it'
    const message = `${from} cannot be moved to ${to}: one of them is scratch. Write it there, and delete it here.`
    throw new CowriteError('UNSUPPORTED', message, { what })
  }
  checkNewPath(store, to)
  const beforeLanding = () => {
    if (statMerged(store, to) !== null)
      throw new CowriteError('ALREADY_EXISTS', `${to} is there already.`, { path: to })
    makeParents(store, to)
  }
  if (parentOf(to) !== '' && statMerged(store, parentOf(to)) === null)
    await inTurn(store, () => makeParents(store, to))
  await move(store, from, to, beforeLanding)
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
