/** Which part of the workspace a tool's path means. */
import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { stateFolderNames } from '../lib/workspace/glance.js'
import type { HookEvent } from './event.js'
import type { AtWork } from './work.js'

export type Part =
  /** A real file, by its workspace path. */
  | { kind: 'live'; path: string; isThere: boolean }
  /** The session's own copy of one. */
  | { kind: 'copy'; path: string }
  /** What cowrite keeps, and nobody else writes; and what a link in the workspace leads to, outside of it. */
  | { kind: 'kept'; why: string }

const ownNames = /^(session\.json|human-retries|\.cowrite)(\/|$)/i

/** The name of cowrite's own that a session's folder has in the place of a workspace path, with its mark. */
const marked = /^~(~*)(?=(session\.json|human-retries|\.cowrite)(\/|$))/i

/** The way from the workspace to a file, with links resolved; null for what is outside of it, or no path at all. */
export function pathWithin(root: string, { cwd }: HookEvent, given: string | null): string | null {
  if (given === null || given === '' || given.includes('\0')) return null
  const full = withRealFolder(resolve(cwd, given))
  const path = relative(root, full).split(sep).join('/')
  const isOutside = path === '' || path === '..' || path.startsWith('../')
  return isOutside || resolve(full) !== join(root, path) ? null : path
}

/**
 * Where a path leads that is named through the workspace, and lies outside of it by a link on the way; null for every
 * other path.
 */
function placeOutside(root: string, { cwd }: HookEvent, given: string | null): string | null {
  if (given === null || given === '' || given.includes('\0')) return null
  const named = resolve(cwd, given)
  const isThrough = (folder: string): boolean => {
    if (isWithin(root, withRealFolder(join(folder, 'x')))) return true
    return dirname(folder) !== folder && isThrough(dirname(folder))
  }
  return isThrough(dirname(named)) ? withRealFolder(named) : null
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way.split(sep)[0] !== '..' && resolve(root, way) === path
}

/** Of a name in the workspace that is another file's, outside of it: nobody is led there, nor let through unasked. */
export function whyOutside(given: string, place: string, session: string): string {
  return `${given} leads out of the workspace by a link, to ${place}, which session ${session} does not hold: what is written there is written for good. If it is meant, name it so.`
}

/** Null for what is outside of the workspace, or no path at all. */
export function partOf(
  event: HookEvent,
  given: string | null,
  { workspace, session, world }: AtWork,
): Part | null {
  const path = pathWithin(world.root, event, given)
  if (path === null) {
    const place = placeOutside(world.root, event, given)
    return place === null ? null : { kind: 'kept', why: whyOutside(given ?? '', place, session.name) }
  }
  if (!`${path}/`.startsWith(`${workspace.stateFolder}/`))
    return { kind: 'live', path, isThere: isThere(join(world.root, path)) }
  const inSession = path.startsWith(session.path) ? path.slice(session.path.length) : ''
  if (inSession === '' || ownNames.test(inSession)) {
    const why = `${path} is kept by cowrite, and written by nobody else. The files of session ${session.name} are in ${world.root}/${session.path}.`
    return { kind: 'kept', why }
  }
  // A name that is cowrite's own, one level higher, stands with a mark before it.
  return { kind: 'copy', path: inSession.replace(marked, '$1') }
}

/** What of `partOf` can be told without the session; null where it cannot be told. */
export function plainPart(root: string, event: HookEvent, given: string | null) {
  const path = pathWithin(root, event, given)
  if (path === null) return placeOutside(root, event, given) === null ? 'outside' : null
  const state = stateFolderNames.find((name) => `${path}/`.startsWith(`${name}/`))
  if (state === undefined) return { session: null, path }
  const [, session, inSession = ''] = /^[^/]+\/sessions\/([\w-]+)\/(.+)$/.exec(path) ?? []
  return session === undefined || ownNames.test(inSession) || marked.test(inSession)
    ? null
    : { session, path: inSession }
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
