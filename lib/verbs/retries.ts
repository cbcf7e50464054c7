import type { Retry, RetryOptions, RetryResult } from '../api.js'
import { forEachAtOnce } from '../engine/concurrency.js'
import { CowriteError, errnoOf } from '../errors.js'
import { nameOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { copyOnce } from '../store/copying.js'
import { tellsOfDamage } from '../store/damage.js'
import {
  ensureFolder,
  linksAreNotToBeHad,
  namesIn,
  readIfThere,
  readJson,
  removeIfThere,
  replaceFileDurably,
  toJson,
  uniqueName,
  writeNewFile,
} from '../store/files.js'
import { hashFile } from '../store/fingerprint.js'
import { requireLive } from '../store/landing.js'
import { archiveList, type Layout, type SessionLayout } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import { type SessionStore, statMerged } from '../store/overlay.js'
import { isRejection, type RecordedRetry } from '../store/record.js'
import { temporaryPath } from '../store/work-folders.js'
import { adoptStrays } from './adopt.js'
import { findFile } from './find.js'
import type { Site } from './site.js'

const longestReason = 10_000

/**
 * Keeps the version of a file that a person rejected, and why (R1). The session's own copy is the version
 * where there is one, else the live file. Throws NOT_FOUND, INVALID_INPUT, LOCKED.
 */
export async function recordRetry(
  site: Site,
  store: SessionStore,
  file: string,
  reason: string,
  options: RetryOptions = {},
): Promise<RetryResult> {
  const text = requireReason(reason)
  if (options.autoDetected && store.record.header.retries?.autoDetect === false) {
    const message = `The session '${store.name}' takes no retries from feedback in plain words: its template says so.`
    throw new CowriteError('UNSUPPORTED', message, { what: 'auto_detected' })
  }
  await adoptStrays(store)
  const filePath = findFile(store, file)
  requireLive(store)
  const there = statMerged(store, filePath)
  if (there === null) throw new CowriteError('NOT_FOUND', `File not found: ${filePath}`, { path: filePath })
  const told = options.once ? await sameRejection(store, filePath, there.at, text) : null
  if (told !== null) return told
  const kept = await keepVersion(site, store, filePath, there.at, {
    reason: text,
    autoDetected: options.autoDetected ?? false,
  })
  requireLive(store)
  return kept
}

/**
 * The retry that says so already: a rejection may be told twice, by a hook that saw what was typed and by the model that
 * was told of it. Null where the file, or the reason, is another by now.
 */
async function sameRejection(
  { port, layout, record }: SessionStore,
  filePath: WorkspacePath,
  at: string,
  reason: string,
): Promise<RetryResult | null> {
  const all = record.retries.filter((retry) => retry.filePath === filePath)
  const last = all.at(-1)
  if (last === undefined || !isRejection(last) || last.reason !== reason) return null
  const savedTo = `${layout.folder}/${last.savedTo}`
  const [then, now] = [await hashFile(port, savedTo), await hashFile(port, at)]
  if (then === null || then.sha256 !== now?.sha256) return null
  const { retry, autoDetected } = last
  return {
    ...{ filePath, retry, reason, source: autoDetected ? 'auto' : 'user' },
    ...{ savedTo, reasonSavedTo: reasonOf(savedTo) },
    previousReasons: all
      .slice(0, -1)
      .filter(isRejection)
      .map((one) => one.reason),
    already: true,
  }
}

/** Why a version is kept. `kept`: nobody rejected it. */
type Why = Pick<Retry, 'reason'> & Partial<Pick<Retry, 'autoDetected' | 'kept'>>

/** Keeps the file at `at` as a version of `filePath`; of a sealed session, too. */
export async function keepVersion(
  site: Site,
  store: SessionStore,
  filePath: WorkspacePath,
  at: string,
  why: Why,
): Promise<RetryResult> {
  const version = temporaryPath(store).at
  try {
    while ((await copyOnce(store, at, version)) === null);
    // Two processes that both count the file's retries would come to the same number.
    return await withLock(site.port, site.layout, 'session', () => keep(store, filePath, why, version))
  } finally {
    removeIfThere(store.port, version)
  }
}

/**
 * Before a rejected version takes the place of a text that nothing else holds, that text is kept as well.
 * Returns whether it was.
 */
export async function keepBeforeRestoring(
  site: Site,
  store: SessionStore,
  filePath: WorkspacePath,
  retry: number,
): Promise<boolean> {
  const there = statMerged(store, filePath)
  if (there?.source !== 'session' || !there.stat.isFile()) return false
  const present = (await hashFile(store.port, there.at))?.sha256
  for (const { filePath: path, savedTo } of store.record.retries) {
    if (path !== filePath) continue
    if ((await hashFile(store.port, `${store.layout.folder}/${savedTo}`))?.sha256 === present) return false
  }
  await keepVersion(site, store, filePath, there.at, {
    reason: `Replaced by retry ${retry}, which was brought back`,
    kept: true,
  })
  return true
}

function requireReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason.trim() : ''
  if (text !== '' && text.length <= longestReason) return text
  const why = text === '' ? 'say what was wrong with this version' : `at most ${longestReason} characters`
  throw new CowriteError('INVALID_INPUT', `A retry needs a reason: ${why}.`, {
    argument: 'reason',
    value: text.slice(0, 80),
  })
}

/** In one step of this process: number, names, record. Another process that takes the same name first is stepped around. */
function keep(
  store: SessionStore,
  filePath: WorkspacePath,
  { reason, autoDetected = false, kept }: Why,
  version: string,
): RetryResult {
  const { port, layout, record } = store
  record.refresh()
  const previous = record.retries.filter((retry) => retry.filePath === filePath)
  const number = previous.reduce((most, { retry }) => Math.max(most, retry), 0) + 1
  for (const name of candidateNames(filePath, number)) {
    const savedTo = `human-retries/${name}`
    const at = `${layout.retries}/${name}`
    if (port.stat(at) !== null) continue
    const reasonAside = temporaryPath(store).at
    try {
      writeNewFile(port, reasonAside, `${reason}\n`)
      if (!claim(port, reasonAside, reasonOf(at))) continue
      port.rename(version, at)
      const retry: RecordedRetry = {
        filePath,
        retry: number,
        reason,
        autoDetected,
        ...(kept ? { kept } : {}),
        savedTo,
        recordedAt: new Date().toISOString(),
      }
      record.appendRetry(retry)
    } finally {
      removeIfThere(port, reasonAside)
    }
    return {
      filePath,
      retry: number,
      reason,
      source: autoDetected ? 'auto' : 'user',
      savedTo: `${layout.folder}/${savedTo}`,
      reasonSavedTo: reasonOf(`${layout.folder}/${savedTo}`),
      previousReasons: previous.filter(isRejection).map((retry) => retry.reason),
    }
  }
  throw new CowriteError('CANNOT_WRITE', 'No free name was found for the retry.', { reason: 'names taken' })
}

/** What the reason is called that lies beside a version. */
export function reasonOf(version: string): string {
  return `${version}.reason.txt`
}

/** A saved version's place among those of its session, or of its archive. */
export function versionOf(savedTo: string): string {
  return savedTo.replace(/^human-retries\//, '')
}

/** Takes a name unless it is taken. */
function claim(port: FilePort, from: string, to: string): boolean {
  try {
    port.link(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    if (!linksAreNotToBeHad.has(errnoOf(error) ?? '')) throw error
    if (port.stat(to) !== null) return false
    port.rename(from, to)
    return true
  }
}

/** `scene-0101.md-retry-1.md`; where another file of that name has taken it, with the folders' names before it. */
function* candidateNames(filePath: WorkspacePath, number: number): Generator<string> {
  const base = nameOf(filePath)
  const dot = base.lastIndexOf('.')
  const extension = dot > 0 ? base.slice(dot) : ''
  const suffix = `-retry-${number}${extension}`
  let prefix = ''
  yield shortened(base, suffix)
  for (let folder = parentOf(filePath); folder !== ''; folder = parentOf(folder)) {
    prefix = `${nameOf(folder)}--${prefix}`
    yield shortened(`${prefix}${base}`, suffix)
  }
  for (let again = 2; again < 1000; again++) yield shortened(base, `-retry-${number}-${again}${extension}`)
  yield shortened(base, `-retry-${number}-${uniqueName()}${extension}`)
}

/** Names have 255 bytes on most disks; `.reason.txt` must fit, too. */
function shortened(stem: string, suffix: string): string {
  const room = 240 - Buffer.byteLength(suffix)
  let short = stem
  while (Buffer.byteLength(short) > room) short = short.slice(0, -1)
  return short + suffix
}

/** The session's own retries, oldest first. */
export function presentRetries(store: SessionStore): Retry[] {
  return store.record.retries.map((retry) => ({ ...retry, session: store.name }))
}

/** Retries of sessions that have ended, by archive, oldest recording first. */
export function archivedRetries(port: FilePort, layout: Layout): Retry[] {
  const retries = namesIn(port, layout.archives).flatMap((archive) => retriesInArchive(port, layout, archive))
  return retries.sort((left, right) => (left.recordedAt < right.recordedAt ? -1 : 1))
}

/** Those of one session that has ended, oldest first. */
export function retriesInArchive(port: FilePort, layout: Layout, archive: string): Retry[] {
  const list = readArchiveList(port, layout.archive(archive))
  if (list === null) return retriesByName(port, layout, archive)
  return list.retries.map((retry) => ({
    ...retry,
    savedTo: versionOf(retry.savedTo),
    session: list.session,
    archivedIn: archive,
  }))
}

/** The list that lies in an archive; null where there is none that can be read. */
export function readArchiveList(
  port: FilePort,
  folder: string,
): { session: string; retries: RecordedRetry[] } | null {
  try {
    const list = readJson(port, `${folder}/${archiveList}`) as ReturnType<typeof readArchiveList>
    return Array.isArray(list?.retries) ? list : null
  } catch (error) {
    if (tellsOfDamage(error)) return null
    throw error
  }
}

/** The session was too damaged to say more than what the names and the reasons do. */
function retriesByName(port: FilePort, layout: Layout, archive: string): Retry[] {
  const folder = layout.archive(archive)
  return namesIn(port, folder).flatMap((name) => {
    const parts = /^(.+)-retry-(\d+)(?:-[^.]*)?(?:\.[^.]*)?$/.exec(name)
    const reason = parts && readIfThere(port, reasonOf(`${folder}/${name}`))
    const stat = port.stat(`${folder}/${name}`)
    if (!parts || !reason || !stat?.isFile()) return []
    return {
      filePath: parts[1] as string,
      retry: Number(parts[2]),
      reason: reason.toString().trim(),
      autoDetected: false,
      savedTo: name,
      recordedAt: new Date(Number(stat.mtimeMs)).toISOString(),
      session: archive.replace(setAsideEnd, '').replace(/-cancelled-\d{8}-\d{6}(-\d+)?$/, ''),
      archivedIn: archive,
    }
  })
}

const setAsideEnd = /-set-aside(-\d+)?$/

/** The archive for retries that no record and no list tells of. */
export function setAsideName(of: string, again: number): string {
  const name = `${of.replace(setAsideEnd, '')}-set-aside`
  return again === 1 ? name : `${name}-${again}`
}

/**
 * Puts the list of retries beside them, so that the archive can be read without the session, and makes all of it
 * durable: what a person wrote outlives a power cut as the commit does. Not built there: what a process leaves of it
 * that is killed would be archived with them.
 */
export async function writeArchiveList({ port, layout, record, name }: SessionStore): Promise<void> {
  const versions = record.retries.map(({ savedTo }) => `${layout.folder}/${savedTo}`)
  const files = versions.flatMap((path) => [path, `${path}.reason.txt`])
  await forEachAtOnce(files, (path) => syncIfThere(port, path))
  ensureFolder(port, layout.temporary)
  await placeArchiveList(port, layout, { session: name, retries: record.retries })
}

/** As `writeArchiveList`, the list alone, for a session that need not be where it was. */
export async function placeArchiveList(
  port: FilePort,
  layout: SessionLayout,
  list: { session: string; retries: readonly RecordedRetry[] },
): Promise<void> {
  const aside = `${layout.temporary}/${uniqueName()}`
  await replaceFileDurably(port, `${layout.retries}/${archiveList}`, toJson(list), aside)
}

/** One that a damaged session has lost keeps nobody from ending it. */
export async function syncIfThere(port: FilePort, path: string): Promise<void> {
  let file: OpenFile
  try {
    file = port.openForWriting(path)
  } catch (error) {
    if (tellsOfDamage(error)) return
    throw error
  }
  try {
    await file.sync()
  } finally {
    file.close()
  }
}

/** The bytes of one rejected version. Throws NOT_FOUND. */
export function readRetry(
  store: SessionStore,
  file: string,
  retry: number,
): { filePath: WorkspacePath; bytes: Buffer } {
  store.record.refresh()
  const { filePath, at } = readRetryVersion(store, file, retry)
  const bytes = readIfThere(store.port, at)
  if (bytes !== null) return { filePath, bytes }
  throw new CowriteError('CORRUPT', `The kept version of ${filePath} is missing.`, { path: at })
}

function readRetryVersion(
  store: SessionStore,
  file: string,
  retry: number,
): { filePath: WorkspacePath; at: string } {
  const filePath = findRetried(store, file)
  const found = store.record.retries.find(
    (candidate) => candidate.filePath === filePath && candidate.retry === retry,
  )
  if (!found) throw new CowriteError('NOT_FOUND', `${filePath} has no retry ${retry}.`, { path: filePath })
  return { filePath, at: `${store.layout.folder}/${found.savedTo}` }
}

/** A file that has retries, by path or bare name, whether or not it still is there. */
export function findRetried(store: SessionStore, file: string): WorkspacePath {
  const paths = [...new Set(store.record.retries.map(({ filePath }) => filePath))]
  if (paths.includes(file)) return file
  const alike = paths.filter((path) => nameOf(path) === file)
  if (alike.length === 1) return alike[0] as string
  if (alike.length > 1) {
    throw new CowriteError('NOT_FOUND', `${file} could be any of ${alike.length} files; name its path.`, {
      path: file,
      candidates: alike,
    })
  }
  return findFile(store, file)
}
