import type { WorkspacePath } from '../paths.js'
import { errnoError as systemError } from '../port/faults.js'

/** What the merged view refuses, as the system would have refused it. */
export function errnoError(code: string, path: WorkspacePath, syscall = 'open'): NodeJS.ErrnoException {
  return systemError(code, syscall, path)
}
