import type { BigIntStats, Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/**
 * The one seam between cowrite and a file system: a handful of verified verbs.
 *
 * Every path is relative to `root`, `/`-separated and normalized (`''` is the root itself). A verb works
 * on what it opened, never on a name that was checked before; where a symbolic link on the way leads
 * anywhere else it throws `PATH_ESCAPE`, even if the link points inside: the callers resolve links in
 * the merged view and ask for the resolved path. No verb follows a link in the last segment.
 *
 * Verbs are synchronous where the work is small (a synchronous call costs a fifth of a promise on a local
 * disk, and nothing can come between two of them), and asynchronous where a disk is waited for.
 * They throw plain errno errors (`ENOENT`, `EEXIST`, …) except where a code is named.
 */
export interface FilePort {
  /** The real, absolute path of the workspace. */
  readonly root: string
  /**
   * An absolute name that opens the root: `root`, but where this process stands in a view of the workspace. Then the
   * view bears that name, and this is the way to what it was mounted over.
   */
  readonly entrance: string
  /** The folder, relative to the root, that the view is made of in which this process stands; null outside of one. */
  readonly viewUpper: string | null
  /** Whether two names that differ in case only are two files here (probed once, at open). */
  readonly caseSensitive: boolean
  /** How far a timestamp can lag behind the clock, in milliseconds. */
  readonly timestampGranularity: number

  /**
   * Runs `use`, one short synchronous step of several verbs. A folder that more than one of them meets is asked once
   * where it is: one that is moved away in between is like one that is moved right after the step.
   */
  together<Result>(use: () => Result): Result
  /** Whether the step that is running has found a folder at `path` already; false where that is not known. */
  isFound(path: string): boolean

  /** What a name is (a link is a link), or null where there is nothing. */
  stat(path: string): BigIntStats | null
  /** `stat` of several names of one folder, which is opened and verified once. A missing folder: all null. */
  statEach(folder: string, names: readonly string[]): (BigIntStats | null)[]
  /**
   * What the name of `path` leads to, the way to it not looked at: null for nothing, undefined where that cannot be
   * told. A link on the way is followed, so it tells one thing only: whether what a verified look found is still just
   * that. Nothing else that it says may be believed, or shown to anybody.
   */
  glance(path: string): Stats | null | undefined
  /** As `glance`, with all that a look tells. */
  glanceInDetail(path: string): BigIntStats | null | undefined
  /** As `stat`, in the classes that node:fs hands out. Throws ENOENT. */
  nativeStat(path: string, bigint: boolean): Stats | BigIntStats
  /** The entries of a folder, in no order. Throws ENOENT, ENOTDIR. */
  list(folder: string): FolderEntry[]
  readLink(path: string): string
  /** Whether this process may write the file or folder; false for a link and for nothing. */
  isWritable(path: string): boolean

  /** Opens a regular file. Anything else (FIFO, socket, device, folder) throws WRONG_KIND, without waiting; a link ELOOP. */
  openForReading(path: string): OpenFile
  /** Opens an existing regular file in place, for reading too, never truncating. Throws as `openForReading`. */
  openForWriting(path: string, options?: { append?: boolean }): OpenFile
  /** Makes a new file, readable and writable by the descriptor. Throws EEXIST, for a dangling link too. `mode` is masked by the umask. */
  create(path: string, mode?: number): OpenFile
  /** A `FileHandle` of node:fs/promises on an existing regular file, verified like the others. `flags` never create or truncate. */
  openHandle(path: string, flags: 'r' | 'r+' | 'a' | 'a+'): Promise<FileHandle>

  makeFolder(path: string, mode?: number): void
  removeFolder(path: string): void
  /** Unlinks a file or a link. */
  remove(path: string): void
  rename(from: string, to: string): void
  /** Hard link. Throws EEXIST; EXDEV, EPERM, ENOTSUP or EMLINK where links are not to be had. */
  link(from: string, to: string): void
  symlink(target: string, path: string): void
  /** Throws ELOOP for a link. */
  chmod(path: string, mode: number): void
  /** Times in milliseconds. Of a link: the link's own. */
  setTimes(path: string, atime: number, mtime: number): void
  /**
   * A new file `to`, with the mode of `from` and sharing its blocks. False where the file system cannot; then
   * nothing was made. Throws EEXIST; WRONG_KIND where `from` is no file.
   */
  reflink(from: string, to: string): boolean
  /**
   * A new file `to` with the content and the mode of `from`, by the file system's own means: sharing its blocks where
   * it can, within the kernel where that can. The caller sees to it that `from` did not change meanwhile. Throws as
   * `reflink`; after an error nothing is left at `to`.
   */
  duplicate(from: string, to: string): Promise<void>
  /** As `reflink`, of a file below another root. */
  reflinkFrom(other: FilePort, from: string, to: string): boolean
  /** Runs `use` on an absolute name that opens just the regular file at `path`, for as long as that takes. */
  named<Result>(path: string, use: (name: string) => Result): Result
  /** Makes the folder's entries durable, where the file system knows how. */
  syncFolder(path: string): Promise<void>

  /** The absolute path, for people and for watchers; never for opening. */
  absolute(path: string): string
  /** The seam for proper-lockfile: `fs` options whose calls are verified like everything else. */
  readonly lockSeam: object
  /** Lets go of the folders that are kept open between calls. The port can still be used: they are opened again. */
  close(): void
}

export interface FolderEntry {
  name: string
  kind: EntryKind
}

export type EntryKind = 'file' | 'folder' | 'symlink' | 'other'

/** An open, verified regular file. */
export interface OpenFile {
  /** In bytes, when it was opened. */
  readonly openedSize: number
  /** What it was when it was opened; null of one that was made. */
  readonly opened: BigIntStats | null
  stat(): BigIntStats
  /** Up to `length` bytes at `position`; 0 at the end. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): number
  /** Everything from the start; for small files. */
  readAll(): Buffer
  readAsync(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>
  /** All of `bytes`, in a loop, at `position` or at the end/current position; throws rather than write less. */
  write(bytes: Uint8Array, position?: number): void
  writeAsync(bytes: Uint8Array, position?: number): Promise<void>
  truncate(size: number): void
  chmod(mode: number): void
  /** Makes content and metadata durable. After a failure the file must be written anew, never synced again. */
  sync(): Promise<void>
  close(): void
}
