import type { BigIntStats, Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { type AnyStats, asNumbers, isSameFile } from './anchor.js'
import { errnoError } from './faults.js'
import { fileMask } from './host.js'
import type { RawFs } from './raw-fs.js'

/** What is called of a memfs file system; its own types differ from node's in details that do not matter here. */
export type MemoryFs = { [Call in keyof RawFs | 'lchmodSync' | 'futimesSync']: unknown }

type Volume = RawFs & {
  lchmodSync(path: string, mode: number): void
  futimesSync(fd: number, atime: number, mtime: number): void
  rmdirSync(path: string, options?: { recursive: boolean }): void
}

const longestName = 255

/** A memfs file system whose calls answer as Linux does: each function here mends one difference. */
export function linuxLike(memory: MemoryFs): RawFs {
  const fs = memory as unknown as Volume
  const { S_IFLNK = 0, O_WRONLY = 0, O_RDWR = 0 } = fs.constants

  /** How each descriptor was opened: memfs lets a descriptor for reading write, and the other way round. */
  const modes = new Map<number, { reads: boolean; writes: boolean }>()

  function assertOpenedFor(use: 'reads' | 'writes', fd: number, syscall: string, code = 'EBADF'): void {
    if (modes.get(fd)?.[use] === false) throw errnoError(code, syscall, String(fd))
  }

  function assertShort(path: string, syscall: string): void {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (Buffer.byteLength(name) > longestName) throw errnoError('ENAMETOOLONG', syscall, path)
  }

  function look(path: string): AnyStats | undefined {
    return fs.lstatSync(path, asNumbers)
  }

  function need(path: string, syscall: string, other: string): AnyStats {
    const stats = look(path)
    if (stats === undefined) throw errnoError('ENOENT', syscall, path, other)
    return stats
  }

  function lstatSync(
    path: string,
    options: { bigint: boolean; throwIfNoEntry: false },
  ): AnyStats | undefined {
    assertShort(path, 'lstat')
    const stats = fs.lstatSync(path, options)
    if (stats?.isSymbolicLink()) describeLink(stats, fs.readlinkSync(path))
    return stats
  }

  /** The size of a link is that of its target's name, and anybody may look at it. */
  function describeLink(stats: AnyStats, target: string): void {
    const size = Buffer.byteLength(target)
    const mode = S_IFLNK | 0o777
    Object.assign(
      stats,
      typeof stats.size === 'bigint' ? { size: BigInt(size), mode: BigInt(mode) } : { size, mode },
    )
  }

  function openSync(path: string, flags: number, mode = 0o666): number {
    assertShort(path, 'open')
    const fd = fs.openSync(path, flags, mode & ~fileMask())
    modes.set(fd, accessOf(flags))
    return fd
  }

  function accessOf(flags: number): { reads: boolean; writes: boolean } {
    return { reads: (flags & O_WRONLY) === 0, writes: (flags & (O_WRONLY | O_RDWR)) !== 0 }
  }

  function chmodSync(path: string, mode: number): void {
    const { atimeMs, mtimeMs } = fs.lstatSync(path, asNumbers) as Stats
    fs.lchmodSync(path, mode)
    fs.lutimesSync(path, atimeMs / 1000, mtimeMs / 1000) // memfs takes a new mode for a new content.
  }

  function fchmodSync(fd: number, mode: number): void {
    const { atimeMs, mtimeMs } = fs.fstatSync(fd, asNumbers) as Stats
    fs.fchmodSync(fd, mode)
    fs.futimesSync(fd, atimeMs / 1000, mtimeMs / 1000)
  }

  function unlinkSync(path: string): void {
    if (look(path)?.isDirectory()) throw errnoError('EISDIR', 'unlink', path)
    fs.unlinkSync(path)
  }

  /** memfs counts a folder's entries wrongly after a rename over one of them, so they are looked at instead. */
  function rmdirSync(path: string): void {
    const stats = look(path)
    if (stats === undefined) throw errnoError('ENOENT', 'rmdir', path)
    if (!stats.isDirectory()) throw errnoError('ENOTDIR', 'rmdir', path)
    if (!isEmpty(path)) throw errnoError('ENOTEMPTY', 'rmdir', path)
    fs.rmdirSync(path, { recursive: true })
  }

  function isEmpty(folder: string): boolean {
    return fs.readdirSync(folder, { withFileTypes: true }).length === 0
  }

  function linkSync(from: string, to: string): void {
    assertShort(to, 'link')
    if (look(from)?.isDirectory() && look(to) === undefined) throw errnoError('EPERM', 'link', from, to)
    fs.linkSync(from, to)
  }

  /** memfs renames what a link points to, and over whatever is in the way. */
  function renameSync(from: string, to: string): void {
    assertShort(to, 'rename')
    const source = need(from, 'rename', to)
    const target = look(to)
    if (target !== undefined && isSameFile(source, target)) return
    // The destination holds the source, so it is not empty.
    if (from.startsWith(`${to}/`)) throw errnoError('ENOTEMPTY', 'rename', from, to)
    if (source.isDirectory()) renameFolder(from, to, target)
    else renameFile(from, to, target)
  }

  function renameFile(from: string, to: string, target: AnyStats | undefined): void {
    if (target?.isDirectory()) throw errnoError('EISDIR', 'rename', from, to)
    if (target !== undefined) fs.unlinkSync(to)
    fs.linkSync(from, to)
    fs.unlinkSync(from)
  }

  function renameFolder(from: string, to: string, target: AnyStats | undefined): void {
    if (`${to}/`.startsWith(`${from}/`)) throw errnoError('EINVAL', 'rename', from, to)
    if (target !== undefined && !target.isDirectory()) throw errnoError('ENOTDIR', 'rename', from, to)
    if (target !== undefined && !isEmpty(to)) throw errnoError('ENOTEMPTY', 'rename', from, to)
    if (target !== undefined) fs.rmdirSync(to, { recursive: true })
    fs.renameSync(from, to)
  }

  /** With the source's mode, as a disk does it. */
  function copyFile(from: string, to: string, flags: number, done: (error: Error | null) => void): void {
    let failure: Error | null = null
    try {
      assertShort(to, 'copyfile')
      const { mode } = need(from, 'copyfile', to)
      fs.copyFileSync(from, to, flags & (fs.constants.COPYFILE_EXCL ?? 0))
      chmodSync(to, Number(mode) & 0o7777)
    } catch (error) {
      failure = error as Error
    }
    done(failure)
  }

  async function open(path: string, flags: number): Promise<FileHandle> {
    assertShort(path, 'open')
    const handle = await fs.promises.open(path, flags)
    return withAccess(handle, accessOf(flags))
  }

  /** As for descriptors, one for one the calls of a handle. */
  function withAccess(handle: FileHandle, access: { reads: boolean; writes: boolean }): FileHandle {
    const refuse = (syscall: string, code: string) => async () => {
      throw errnoError(code, syscall, String(handle.fd))
    }
    if (!access.reads)
      for (const call of ['read', 'readv', 'readFile']) replace(call, refuse('read', 'EBADF'))
    if (!access.writes) {
      for (const call of ['write', 'writev', 'writeFile', 'appendFile'])
        replace(call, refuse('write', 'EBADF'))
      replace('truncate', refuse('ftruncate', 'EINVAL'))
    }
    return handle

    function replace(call: string, by: () => Promise<never>): void {
      Object.defineProperty(handle, call, { value: by })
    }
  }

  return {
    constants: fs.constants,
    realpathSync: fs.realpathSync,
    existsSync: fs.existsSync,
    lstatSync,
    fstatSync: fs.fstatSync as (fd: number, options: { bigint: boolean }) => Stats | BigIntStats,
    accessSync: fs.accessSync,
    readdirSync: fs.readdirSync,
    readlinkSync: fs.readlinkSync,

    openSync,
    closeSync(fd) {
      modes.delete(fd)
      fs.closeSync(fd)
    },
    readSync(fd, buffer, offset, length, position) {
      assertOpenedFor('reads', fd, 'read')
      return fs.readSync(fd, buffer, offset, length, position)
    },
    read(fd, buffer, offset, length, position, done) {
      assertOpenedFor('reads', fd, 'read')
      fs.read(fd, buffer, offset, length, position, done)
    },
    writeSync(fd, buffer, offset, length, position) {
      assertOpenedFor('writes', fd, 'write')
      return fs.writeSync(fd, buffer, offset, length, position)
    },
    write(fd, buffer, offset, length, position, done) {
      assertOpenedFor('writes', fd, 'write')
      fs.write(fd, buffer, offset, length, position, done)
    },
    ftruncateSync(fd, size) {
      assertOpenedFor('writes', fd, 'ftruncate', 'EINVAL')
      fs.ftruncateSync(fd, size)
    },
    fchmodSync,
    fsync: fs.fsync,

    mkdirSync(path, { mode }) {
      assertShort(path, 'mkdir')
      fs.mkdirSync(path, { mode: mode & ~fileMask() })
    },
    rmdirSync,
    unlinkSync,
    renameSync,
    linkSync,
    symlinkSync(target, path) {
      assertShort(path, 'symlink')
      fs.symlinkSync(target, path)
    },
    chmodSync,
    utimesSync: fs.utimesSync,
    lutimesSync: fs.lutimesSync,
    copyFileSync: fs.copyFileSync,
    copyFile,
    promises: { open },
  }
}
