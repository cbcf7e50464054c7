import type * as nodeFs from 'node:fs'
import type * as nodePromises from 'node:fs/promises'

type NodePromises = typeof nodePromises

/**
 * The calls of node:fs/promises that a session answers. What takes an object with (some of) these takes a session.
 *
 * Not among them: `watch`, `statfs`, `glob` and `lchmod`. `link` is there and always says EPERM: what is
 * committed is copied into place, so that two names would come back as two files.
 */
export type NodePromisesSubset = Pick<
  NodePromises,
  | 'access'
  | 'appendFile'
  | 'chmod'
  | 'chown'
  | 'constants'
  | 'copyFile'
  | 'cp'
  | 'lchown'
  | 'link'
  | 'lstat'
  | 'lutimes'
  | 'mkdir'
  | 'mkdtemp'
  | 'open'
  | 'opendir'
  | 'readdir'
  | 'readFile'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimes'
  | 'writeFile'
>

/**
 * The merged view of a session, in the shape of node:fs/promises.
 *
 * Paths are relative to the workspace (not to the process), or absolute or file URLs under it. Errors are those
 * of the system: `code`, `errno`, `syscall`, `path` and `dest`, with the `CowriteError` that says more in `cause`.
 * A path out of the workspace is EACCES, a protected one ENOENT to look at and EPERM to change, a session that is being committed EBUSY, one that
 * was closed EBADF, a FIFO or device ENXIO, a name that breaks on other systems EINVAL.
 */
export interface SessionFs extends NodePromisesSubset {
  createReadStream: typeof nodeFs.createReadStream
  createWriteStream: typeof nodeFs.createWriteStream
  /** The same object, for tools that look for `fs.promises`. */
  readonly promises: SessionFs
}

/** Runs a change so that other processes can see who is at work, and session.json follows. */
export type Writing = <Result>(work: () => Promise<Result>) => Promise<Result>
