import type { BigIntStats, Stats } from 'node:fs'
import { errnoOf } from '../errors.js'
import {
  type Anchor,
  type AnyStats,
  asBigInts,
  asNumbers,
  findObstacle,
  isNormalized,
  nameOf,
  type Pin,
  toldName,
} from './anchor.js'
import { DescriptorFile } from './descriptor-file.js'
import { errnoError, pathEscape, restate } from './faults.js'
import { lockSeam } from './lock-seam.js'
import type { EntryKind, FilePort, FolderEntry, OpenFile } from './port.js'
import type { RawEntry, RawFs } from './raw-fs.js'
import { assertFile, explain, openHandleVerified, openVerified } from './verified-open.js'

/** What is known of a file system, rather than asked each time. */
export interface Traits {
  /** The folder of the view that this process is in; null outside of one. */
  viewUpper?: string | null
  caseSensitive: boolean
  timestampGranularity: number
  /** Whether a hard link to a symbolic link is one to the link itself. */
  linksLinks: boolean
  reflinks: boolean
  /** Whether a folder can be opened and synced. */
  syncsFolders: boolean
  /** Whether times tell that a file was written to, and of a folder, that it got or lost an entry. */
  timesTell: boolean
}

/** Answers that say: this file system does not share blocks, or not between these two places. */
const cannotReflink = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS'])

/** Answers of access(2) that say no. */
const refusals = new Set(['EACCES', 'EPERM', 'EROFS', 'ETXTBSY'])

/** Answers to a folder's fsync where the file system has no such thing. */
const cannotSyncFolders = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** The verbs of the port, on any file system and by any way to verify. */
export function anchoredPort(fs: RawFs, anchor: Anchor, traits: Traits): FilePort {
  const { O_RDONLY = 0, O_RDWR = 0, O_WRONLY = 0, O_APPEND = 0, O_CREAT = 0, O_EXCL = 0 } = fs.constants
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECTORY = 0, W_OK = 0 } = fs.constants
  const { COPYFILE_EXCL = 0, COPYFILE_FICLONE = 0, COPYFILE_FICLONE_FORCE = 0 } = fs.constants
  const careful = O_NOFOLLOW | O_NONBLOCK
  const handleFlags = { r: O_RDONLY, 'r+': O_RDWR, a: O_WRONLY | O_APPEND, 'a+': O_RDWR | O_APPEND }

  /** Runs `use` on a name for `path` that is looked up in its verified folder. */
  function inFolder<Result>(path: string, use: (name: string) => Result): Result {
    const { folder, name } = split(path)
    try {
      return withPin(anchor.hold(folder), (held) => use(`${held.name}/${name}`))
    } catch (error) {
      throw explain(fs, anchor, path, error)
    }
  }

  function inFolders(from: string, to: string, use: (from: string, to: string) => void): void {
    const source = split(from)
    const target = split(to)
    try {
      withPin(anchor.hold(source.folder), (sourceFolder) =>
        withPin(anchor.hold(target.folder), (targetFolder) =>
          use(`${sourceFolder.name}/${source.name}`, `${targetFolder.name}/${target.name}`),
        ),
      )
    } catch (error) {
      throw explain(fs, anchor, from, error, to)
    }
  }

  function split(path: string): { folder: string; name: string } {
    if (path === '') throw errnoError('EBUSY', 'open', anchor.root)
    if (!isNormalized(path)) throw pathEscape(path)
    const slash = path.lastIndexOf('/')
    return { folder: slash === -1 ? '' : path.slice(0, slash), name: path.slice(slash + 1) }
  }

  /** Runs `use` on exactly what stands at `path`. */
  function pinned<Result>(path: string, use: (pin: Pin) => Result): Result {
    try {
      return withPin(anchor.pin(path), use)
    } catch (error) {
      throw explain(fs, anchor, path, error)
    }
  }

  function openFile(path: string, flags: number): OpenFile {
    const fd = openVerified(fs, anchor, path, flags | careful)
    let file: OpenFile | undefined
    try {
      const stats = fs.fstatSync(fd, asBigInts) as BigIntStats
      assertFile(path, stats)
      file = new DescriptorFile(fs, fd, toldName(anchor, path), stats)
      return file
    } finally {
      if (file === undefined) fs.closeSync(fd)
    }
  }

  function create(path: string, mode: number): OpenFile {
    const fd = inFolder(path, (name) => fs.openSync(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode))
    let file: OpenFile | undefined
    try {
      anchor.arrive(fd, path)
      file = new DescriptorFile(fs, fd, toldName(anchor, path), null)
      return file
    } finally {
      if (file === undefined) fs.closeSync(fd)
    }
  }

  function nativeStat(path: string, bigint: boolean): Stats | BigIntStats {
    const stats = anchor.stat(path, bigint)
    if (stats !== null) return stats
    const code = findObstacle(fs, anchor.prefix, path) === 'not a folder' ? 'ENOTDIR' : 'ENOENT'
    throw errnoError(code, 'lstat', toldName(anchor, path))
  }

  function statEach(folder: string, names: readonly string[]): (BigIntStats | null)[] {
    try {
      return withPin(anchor.hold(folder), (held) => names.map((name) => statIn(held, folder, name)))
    } catch (error) {
      const explained = explain(fs, anchor, folder === '' ? '' : `${folder}/-`, error)
      if (isAbsence(explained)) return names.map(() => null)
      throw explained
    }
  }

  function statIn(held: Pin, folder: string, name: string): BigIntStats | null {
    if (name === '' || name.includes('/') || !isNormalized(name)) throw pathEscape(`${folder}/${name}`)
    return (fs.lstatSync(`${held.name}/${name}`, asBigInts) as BigIntStats | undefined) ?? null
  }

  function glance(path: string, options: typeof asNumbers | typeof asBigInts): AnyStats | null | undefined {
    if (!traits.timesTell) return undefined
    try {
      return fs.lstatSync(nameOf(anchor, path), options) ?? null
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return undefined // Whoever asks looks in the verified way then, and hears why.
    }
  }

  function list(folder: string): FolderEntry[] {
    try {
      const entries = withPin(anchor.hold(folder), (held) =>
        fs.readdirSync(held.name, { withFileTypes: true }),
      )
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    } catch (error) {
      throw explain(fs, anchor, folder, error)
    }
  }

  function isWritable(path: string): boolean {
    try {
      return pinned(path, (pin) => {
        if (!pin.isFolder && pin.stats().isSymbolicLink()) return false
        fs.accessSync(pin.name, W_OK)
        return true
      })
    } catch (error) {
      if (isAbsence(error) || refusals.has(errnoOf(error) ?? '')) return false
      throw error
    }
  }

  function link(from: string, to: string): void {
    if (!traits.linksLinks && anchor.stat(from, false)?.isSymbolicLink()) {
      throw errnoError('EPERM', 'link', toldName(anchor, from), toldName(anchor, to))
    }
    inFolders(from, to, (source, target) => fs.linkSync(source, target))
  }

  function rename(from: string, to: string): void {
    inFolders(from, to, (source, target) => fs.renameSync(source, target))
    anchor.moved(from)
    anchor.moved(to)
  }

  function removeFolder(path: string): void {
    inFolder(path, (name) => fs.rmdirSync(name))
    anchor.moved(path)
  }

  function chmod(path: string, mode: number): void {
    pinned(path, (pin) => {
      if (pin.stats().isSymbolicLink()) throw errnoError('ELOOP', 'chmod', toldName(anchor, path))
      fs.chmodSync(pin.name, mode)
    })
  }

  function setTimes(path: string, atime: number, mtime: number): void {
    const [accessed, modified] = [timeOf(atime), timeOf(mtime)]
    if (path === '') pinned(path, (pin) => fs.utimesSync(pin.name, accessed, modified))
    else inFolder(path, (name) => fs.lutimesSync(name, accessed, modified))
  }

  function named<Result>(path: string, use: (name: string) => Result): Result {
    return pinned(path, (pin) => {
      assertFile(path, pin.stats())
      return use(pin.name)
    })
  }

  function reflinkNamed(source: string, to: string): boolean {
    return inFolder(to, (target) => {
      if (!traits.reflinks) return false
      try {
        fs.copyFileSync(source, target, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
        return true
      } catch (error) {
        if (cannotReflink.has(errnoOf(error) ?? '')) return false // Node has removed what it had begun.
        throw error
      }
    })
  }

  async function duplicate(from: string, to: string): Promise<void> {
    const { folder, name } = split(to)
    const held: Pin[] = []
    try {
      const source = anchor.pin(from)
      held.push(source)
      assertFile(from, source.stats())
      const target = anchor.hold(folder)
      held.push(target)
      await new Promise<void>((resolve, reject) => {
        const mode = COPYFILE_EXCL | COPYFILE_FICLONE
        fs.copyFile(source.name, `${target.name}/${name}`, mode, (error) =>
          error ? reject(error) : resolve(),
        )
      })
      openFile(to, O_RDONLY).close()
    } catch (error) {
      throw explain(fs, anchor, from, error, to)
    } finally {
      for (const pin of held) pin.release()
    }
  }

  function openFolder(path: string): number | null {
    try {
      return withPin(anchor.hold(path), (held) =>
        traits.syncsFolders ? fs.openSync(`${held.name}/.`, O_RDONLY | O_DIRECTORY) : null,
      )
    } catch (error) {
      throw explain(fs, anchor, path, error)
    }
  }

  async function syncFolder(path: string): Promise<void> {
    const fd = openFolder(path)
    if (fd === null) return
    try {
      await new Promise<void>((resolve, reject) => {
        fs.fsync(fd, (error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      if (!cannotSyncFolders.has(errnoOf(error) ?? '')) throw restate(error, toldName(anchor, path))
    } finally {
      fs.closeSync(fd)
    }
  }

  const port: Omit<FilePort, 'lockSeam'> = {
    root: anchor.root,
    entrance: anchor.entrance,
    viewUpper: traits.viewUpper ?? null,
    caseSensitive: traits.caseSensitive,
    timestampGranularity: traits.timestampGranularity,

    together: (use) => anchor.together(use),
    isFound: (path) => anchor.isFound(path),
    stat: (path) => anchor.stat(path, true) as BigIntStats | null,
    statEach,
    glance: (path) => glance(path, asNumbers) as Stats | null | undefined,
    glanceInDetail: (path) => glance(path, asBigInts) as BigIntStats | null | undefined,
    nativeStat,
    list,
    readLink: (path) => inFolder(path, (name) => fs.readlinkSync(name)),
    isWritable,

    openForReading: (path) => openFile(path, O_RDONLY),
    openForWriting: (path, options) => openFile(path, options?.append ? O_RDWR | O_APPEND : O_RDWR),
    create: (path, mode = 0o666) => create(path, mode),
    openHandle: (path, flags) => openHandleVerified(fs, anchor, path, handleFlags[flags] | careful),

    makeFolder: (path, mode = 0o777) => inFolder(path, (name) => void fs.mkdirSync(name, { mode })),
    removeFolder,
    remove: (path) => inFolder(path, (name) => fs.unlinkSync(name)),
    rename,
    link,
    symlink: (target, path) => inFolder(path, (name) => fs.symlinkSync(target, name)),
    chmod,
    setTimes,
    reflink: (from, to) => named(from, (source) => reflinkNamed(source, to)),
    reflinkFrom: (other, from, to) => other.named(from, (source) => reflinkNamed(source, to)),
    named,
    duplicate,
    syncFolder,

    absolute: (path) => toldName(anchor, path),
    close: () => anchor.close(),
  }
  return { ...port, lockSeam: lockSeam(port) }
}

function withPin<Result>(pin: Pin, use: (pin: Pin) => Result): Result {
  try {
    return use(pin)
  } finally {
    pin.release()
  }
}

function isAbsence(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Seconds, as node:fs takes them; it takes a negative number for "now", but not a negative date. */
function timeOf(milliseconds: number): Date | number {
  return milliseconds < 0 ? new Date(milliseconds) : milliseconds / 1000
}

function kindOf(entry: RawEntry): EntryKind {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'symlink' : 'other'
}
