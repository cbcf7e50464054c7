/** Which part of the workspace a tool's path means. */
import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { HookEvent } from './event.js'
import type { AtWork } from './work.js'

export type Part =
  /** A real file, by its workspace path. */
  | { kind: 'live'; path: string; isThere: boolean }
  /** The session's own copy of one. */
  | { kind: 'copy'; path: string }
  /** What cowrite keeps, and nobody else writes. */
  | { kind: 'kept'; why: string }

const ownNames = /^(session\.json|human-retries|\.cowrite)(\/|$)/i

/** Null for what is outside of the workspace, or no path at all. */
export function partOf(
  event: HookEvent,
  given: string | null,
  { workspace, session, world }: AtWork,
): Part | null {
  if (given === null || given === '' || given.includes('\0')) return null
  const full = withRealFolder(resolve(event.cwd, given))
  const path = relative(world.root, full).split(sep).join('/')
  if (path === '' || path === '..' || path.startsWith('../') || resolve(full) !== join(world.root, path))
    return null

  if (!`${path}/`.startsWith(`${workspace.stateFolder}/`))
    return { kind: 'live', path, isThere: isThere(full) }
  const inSession = path.startsWith(session.path) ? path.slice(session.path.length) : ''
  if (inSession === '' || ownNames.test(inSession)) {
    const why = `${path} is kept by cowrite, and written by nobody else. The files of session ${session.name} are in ${world.root}/${session.path}.`
    return { kind: 'kept', why }
  }
  // A name that is cowrite's own, one level higher, stands with a mark before it.
  return {
    kind: 'copy',
    path: inSession.replace(/^~(~*)(?=(session\.json|human-retries|\.cowrite)(\/|$))/i, '$1'),
  }
}

/** The folder without links on the way, as far as it is there; the last name may be a link of the session's. */
function withRealFolder(path: string): string {
  const folder = dirname(path)
  if (folder === path) return path
  try {
    return join(realpathSync(folder), basename(path))
  } catch {
    return join(withRealFolder(folder), basename(path))
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
