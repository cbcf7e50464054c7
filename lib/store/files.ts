/** Small files of the state folder, written whole. */
import { CowriteError, errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort, FolderEntry, OpenFile } from '../port/port.js'

let ownMark: string | undefined
let counter = 0

/** A name that no other call, here or in another process, will come up with. */
export function uniqueName(): string {
  counter += 1
  return `${markOfThisProcess()}-${counter.toString(36)}`
}

function markOfThisProcess(): string {
  // Nobody has to guess it, and to load what makes better ones takes longer than most commands do.
  ownMark ??= Math.trunc(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
  return ownMark
}

/** What the names that one process made have in common. */
export function processMark(name: string): string {
  return name.split('-', 1)[0] as string
}

/** Whether `name` was made by this process. */
export function isOfThisProcess(name: string): boolean {
  return processMark(name) === markOfThisProcess()
}

/** Replaces a file at once: a reader finds the old content or the new, never a part. It is built as `temporary`. */
export function replaceFile(
  port: FilePort,
  path: string,
  content: string | Uint8Array,
  temporary = `${path}.${uniqueName()}.tmp`,
  beforeRename = (): void => {},
): void {
  try {
    writeNewFile(port, temporary, content)
    beforeRename()
    port.rename(temporary, path)
  } catch (error) {
    removeQuietly(port, temporary)
    throw error
  }
}

/** As `replaceFile`, and a power cut too leaves the old content or the new. */
export async function replaceFileSafely(
  port: FilePort,
  path: string,
  content: string | Uint8Array,
  temporary = `${path}.${uniqueName()}.tmp`,
): Promise<void> {
  try {
    const file = writeAndHold(port, temporary, content)
    try {
      await file.sync()
    } finally {
      file.close()
    }
    port.rename(temporary, path)
  } catch (error) {
    removeQuietly(port, temporary)
    throw error
  }
}

/** As `replaceFile`; returns the new file, open, for the caller to sync and to close. */
export function replaceFileAndHold(
  port: FilePort,
  path: string,
  content: string | Uint8Array,
  temporary = `${path}.${uniqueName()}.tmp`,
): OpenFile {
  const file = writeAndHold(port, temporary, content)
  try {
    port.rename(temporary, path)
    return file
  } catch (error) {
    file.close()
    removeQuietly(port, temporary)
    throw error
  }
}

/** As `replaceFileSafely`, and the new content is there to stay when it returns. */
export async function replaceFileDurably(
  port: FilePort,
  path: string,
  content: string | Uint8Array,
  temporary?: string,
): Promise<void> {
  await replaceFileSafely(port, path, content, temporary)
  await port.syncFolder(parentOf(path))
}

/** After an error, which is what is told. */
function removeQuietly(port: FilePort, path: string): void {
  try {
    removeIfThere(port, path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** Makes a file with its content, or none. */
export function writeNewFile(port: FilePort, path: string, content: string | Uint8Array): void {
  writeAndHold(port, path, content).close()
}

function writeAndHold(port: FilePort, path: string, content: string | Uint8Array): OpenFile {
  const file = port.create(path)
  try {
    file.write(typeof content === 'string' ? Buffer.from(content) : content, 0)
    return file
  } catch (error) {
    file.close()
    removeQuietly(port, path)
    throw error
  }
}

/** The whole of a small file, or null where there is none. */
export function readIfThere(port: FilePort, path: string): Buffer | null {
  let file: ReturnType<FilePort['openForReading']>
  try {
    file = port.openForReading(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
  try {
    return file.readAll()
  } finally {
    file.close()
  }
}

/** A JSON file's value, or null where there is none. Throws CORRUPT where it is not JSON. */
export function readJson(port: FilePort, path: string): unknown {
  const bytes = readIfThere(port, path)
  return bytes && parseJson(bytes, path)
}

/** The value of JSON that was read from `path`. Throws CORRUPT where it is none. */
export function parseJson(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch (error) {
    throw new CowriteError('CORRUPT', `${path} is not valid JSON.`, { path }, { cause: error })
  }
}

/** Answers to link(2) that say: no second name here, or not for this file. */
export const linksAreNotToBeHad: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
  'ENOSYS',
])

/** Gives a file a second name; false where second names are not to be had. */
export function linkOrNot(port: FilePort, from: string, to: string): boolean {
  try {
    port.link(from, to)
    return true
  } catch (error) {
    if (linksAreNotToBeHad.has(errnoOf(error) ?? '')) return false
    throw error
  }
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

export function removeIfThere(port: FilePort, path: string): boolean {
  try {
    port.remove(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false
    throw error
  }
}

/** Makes a folder and those on the way to it. Returns the ones that were made, outermost first. */
export function ensureFolder(port: FilePort, path: string): string[] {
  if (path === '' || isFolder(port, path)) return []
  try {
    port.makeFolder(path)
    return [path]
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && isFolder(port, path)) return []
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  const made = ensureFolder(port, parentOf(path))
  return [...made, ...ensureFolder(port, path)]
}

/** Makes a folder, where the one that it is to lie in is there. Throws ENOENT where that is not. */
export function makeIfMissing(port: FilePort, path: string): void {
  if (isFolder(port, path)) return
  try {
    port.makeFolder(path)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !isFolder(port, path)) throw error
  }
}

/** Asked before one is made: to be refused costs ten times as much. */
function isFolder(port: FilePort, path: string): boolean {
  return port.stat(path)?.isDirectory() ?? false
}

/** The names in a folder; none where it is not there. */
export function namesIn(port: FilePort, folder: string): string[] {
  return entriesIn(port, folder).map((entry) => entry.name)
}

/** The entries of a folder; none where it is not there. */
export function entriesIn(port: FilePort, folder: string): FolderEntry[] {
  try {
    return port.list(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return []
    throw error
  }
}

interface Removal {
  budget?: { left: number }
  /** What is in a folder, which may have to be opened first. */
  list?: (port: FilePort, folder: string) => FolderEntry[]
}

/**
 * Removes a folder and all in it, link by link. Returns false if `budget` ran out before the end. What lies so deep that
 * no path leads to it is lifted first.
 */
export function removeTree(
  port: FilePort,
  path: string,
  { budget = { left: Infinity }, list = (its, folder) => its.list(folder) }: Removal = {},
): boolean {
  const lifted: string[] = []
  const remove = (folder: string, top: string): boolean => {
    for (const entry of list(port, folder)) {
      if (budget.left <= 0) return false
      const child = `${folder}/${entry.name}`
      if (entry.kind !== 'folder') {
        budget.left -= 1
        removeIfThere(port, child)
      } else if (child.length - top.length > deepest) {
        const higher = `${path}/${uniqueName()}`
        port.rename(child, higher)
        lifted.push(higher)
      } else if (!remove(child, top)) return false
    }
    if (folder === path) return true
    budget.left -= 1
    port.removeFolder(folder)
    return true
  }
  if (!remove(path, path)) return false
  for (let next = lifted.pop(); next !== undefined; next = lifted.pop()) if (!remove(next, next)) return false
  budget.left -= 1
  port.removeFolder(path)
  return true
}

/** In characters: no file system that takes a name here refuses one that is so much longer. */
const deepest = 500

/** Removes what nobody needs, after an error or out of the way. What cannot be removed now, or is being removed by another, may stay. */
export function clear(port: FilePort, path: string): void {
  try {
    if (port.stat(path)?.isDirectory()) removeTree(port, path)
    else removeIfThere(port, path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/**
 * As `clear`, of what another process may be about to rename into place: it is put whole, or it is not put at all.
 * `aside` is a name of the same kind, where a kill may leave it.
 */
export function clearAtOnce(port: FilePort, path: string, aside: string): void {
  try {
    port.rename(path, aside)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return
  }
  clear(port, aside)
}

/** Every file below a folder, as paths relative to it, with its kind; folders before what they hold. */
export function* walk(
  port: FilePort,
  folder: string,
  prefix = '',
): Generator<{ path: string; kind: string }> {
  // What others take away meanwhile is left out.
  for (const entry of reachableIn(port, folder)) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    yield { path, kind: entry.kind }
    if (entry.kind === 'folder') yield* walk(port, `${folder}/${entry.name}`, path)
  }
}

/** None where the folder lies deeper than any path leads. */
function reachableIn(port: FilePort, folder: string): FolderEntry[] {
  try {
    return entriesIn(port, folder)
  } catch (error) {
    if (errnoOf(error) === 'ENAMETOOLONG') return []
    throw error
  }
}
