import type { BigIntStats } from 'node:fs'
import type { ChangeKind, EditResult, WriteResult } from '../api.js'
import { CowriteError, errnoOf, isCowriteError } from '../errors.js'
import { parentOf, parsePath, type WorkspacePath } from '../paths.js'
import type { Content } from '../store/copying.js'
import { identityOf } from '../store/fingerprint.js'
import { checkLength, checkNewName } from '../store/guard.js'
import { inTurn } from '../store/in-turn.js'
import type { Landed } from '../store/landing.js'
import { makeParents } from '../store/making.js'
import { move } from '../store/moving.js'
import { isScratch, type MergedStat, resolveLinks, type SessionStore, statMerged } from '../store/overlay.js'
import { changeOf } from '../store/record.js'
import { removeFile, removeFolder } from '../store/removing.js'
import { dropIfUnchanged, writeWhole } from '../store/writing.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'
import { placesOf } from '../text/find-text.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptAt, takeInAt } from './adopt.js'
import { notFound, readStill, readWhole, wrongKind } from './reading.js'

/** What an edit makes of a file has at most so many characters. */
const largestEdited = 64 * 1024 * 1024

/** Tells whether another session really holds a path that the index names for it. */
export type ConfirmOther = (session: string, path: WorkspacePath) => boolean

/** Replaces or creates one file, with the folders that it needs. Throws CONFLICT where `ifMatch` does not hold. */
export async function writeDocument(
  store: SessionStore,
  path: string,
  content: string | Uint8Array,
  options: { ifMatch?: string | undefined },
  confirmOther: ConfirmOther,
): Promise<WriteResult> {
  const takingIn = takeInAt(store, parsePath(path))
  if (takingIn !== null) await takingIn
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
  checkLength(store.port, path)
  checkNewName(path)
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  if (parent !== '' && statMerged(store, parent) === null) checkNewPath(store, parent)
}

/** `read` is what had that etag a moment ago: where the file is just as it was then, it is not read again. */
function checkMatch(
  store: SessionStore,
  path: WorkspacePath,
  ifMatch: string | undefined,
  read: Content | null = null,
): void {
  if (ifMatch === undefined) return
  const there = statMerged(store, path)
  if (there !== null && read !== null && isAsRead(store, there.stat, read)) return
  const etag = there === null ? null : readWhole(store, path, there).etag
  if (etag === ifMatch) return
  throw new CowriteError('CONFLICT', `${path} is not what it was when you read it; nothing was written.`, {
    conflicts: [{ path, reason: 'changed since it was read' }],
    etag,
  })
}

/** Not where it was written to so lately that its times would not tell of a second time. */
function isAsRead(store: SessionStore, stat: BigIntStats, read: Content): boolean {
  const isSame = identityOf(stat) === identityOf(read.stat) && stat.size === read.stat.size
  return isSame && store.remembered.isSettled(read.stat, read.since)
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
  const takingIn = takeInAt(store, parsePath(path))
  if (takingIn !== null) await takingIn
  const edit = () => editAt(store, path, oldString, newString, options)
  const { filePath, text, edited, replacements, landed } = await store.port.together(edit)
  const { alsoChangedIn } = await written(store, filePath, landed, confirmOther)
  const { patch } = isProse(filePath)
    ? proseDiff(filePath, text, edited)
    : unifiedDiff(filePath, text, edited)
  return { filePath, replacements, etag: landed.sha256, patch, alsoChangedIn }
}

async function editAt(
  store: SessionStore,
  path: string,
  oldString: string,
  newString: string,
  options: { replaceAll?: boolean | undefined },
) {
  const { filePath, there } = targetOf(store, path)
  if (oldString === '') throw invalid('old_string', 'old_string is empty: name the text to replace.')
  if (oldString === newString) throw invalid('new_string', 'old_string and new_string are the same.')
  requireUnicode('new_string', newString)
  if (there === null) throw notFound(store, filePath)
  const { bytes, size, etag, still } = readStill(store, filePath, there)
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
  const beforeLanding = () => checkMatch(store, filePath, etag, still)
  const read = there.source === 'global' ? still : null
  const landed = await writeWhole(store, filePath, Buffer.from(edited), { beforeLanding, there, read })
  return { filePath, text, edited, replacements: found, landed }
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

function invalid(argument: string, message: string): CowriteError {
  return new CowriteError('INVALID_INPUT', message, { argument })
}
