/** Errors as the system would have made them, for what the merged view refuses. */
import type { WorkspacePath } from '../paths.js'

export function errnoError(code: string, path: WorkspacePath, syscall = 'open'): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(
    `${code}: ${errnoWords[code] ?? 'failed'}, ${syscall} '${path}'`,
  )
  error.code = code
  error.syscall = syscall
  error.path = path
  return error
}

const errnoWords: Record<string, string> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  EEXIST: 'file already exists',
  ENOTEMPTY: 'directory not empty',
  EINVAL: 'invalid argument',
  ELOOP: 'too many symbolic links encountered',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EBUSY: 'resource busy or locked',
}
