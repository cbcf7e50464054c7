import type { BigIntStats, Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** What a directory entry tells of itself. */
export interface RawEntry {
  name: string
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

type Done<Result> = (error: NodeJS.ErrnoException | null, result: Result) => void

/** The calls of node:fs that the port is made of: what a file system must offer to be put under it. */
export interface RawFs {
  readonly constants: Readonly<Record<string, number>>
  existsSync(path: string): boolean
  lstatSync(
    path: string,
    options: { bigint: boolean; throwIfNoEntry: false },
  ): Stats | BigIntStats | undefined
  fstatSync(fd: number, options: { bigint: boolean }): Stats | BigIntStats
  accessSync(path: string, mode: number): void
  readdirSync(path: string, options: { withFileTypes: true }): RawEntry[]
  readlinkSync(path: string): string
  realpathSync: { native(path: string): string }

  openSync(path: string, flags: number, mode?: number): number
  closeSync(fd: number): void
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number
  read(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: Done<number>,
  ): void
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null): number
  write(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
    done: Done<number>,
  ): void
  ftruncateSync(fd: number, size: number): void
  fchmodSync(fd: number, mode: number): void
  fsync(fd: number, done: (error: NodeJS.ErrnoException | null) => void): void

  mkdirSync(path: string, options: { mode: number }): unknown
  rmdirSync(path: string): void
  unlinkSync(path: string): void
  renameSync(from: string, to: string): void
  linkSync(from: string, to: string): void
  symlinkSync(target: string, path: string): void
  chmodSync(path: string, mode: number): void
  utimesSync(path: string, atime: Date | number, mtime: Date | number): void
  lutimesSync(path: string, atime: Date | number, mtime: Date | number): void
  copyFileSync(from: string, to: string, mode: number): void
  copyFile(from: string, to: string, mode: number, done: (error: NodeJS.ErrnoException | null) => void): void
  promises: { open(path: string, flags: number): Promise<FileHandle> }
}
