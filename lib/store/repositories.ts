import { ancestorsOf, nameOf, type WorkspacePath } from '../paths.js'
import { statLower } from './fingerprint.js'
import type { SessionStore } from './overlay.js'

/** The `.git` at which, or in which, a path lies: the outermost. Null for everything else. */
export function repositoryOf(path: WorkspacePath): WorkspacePath | null {
  if (!path.includes('.git')) return null
  return [...ancestorsOf(path), path].find((folder) => nameOf(folder) === '.git') ?? null
}

/** Whether a path is of a repository that was made in the session, where lower has none: a folder like any other. */
export function isOfNewRepository({ port, record }: SessionStore, path: WorkspacePath): boolean {
  const git = repositoryOf(path)
  if (git === null || statLower(port, git) !== null) return false
  const entry = record.entries.get(git)
  return entry?.kind === 'folder' && entry.base === null
}
