import { lstatSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path'
import { CowriteError, errnoOf, isCowriteError } from '../lib/errors.js'
import type { Runnable } from '../lib/operations/runnable.js'
import type { SessionApi, WorkspaceApi } from '../lib/workspace-api.js'

type Input = Record<string, unknown>

const pathInputs = ['file_path', 'files', 'source', 'destination', 'folder']

/** What is made where one stands if it is nowhere yet. */
const madeHere: Record<string, string> = {
  write_session_file: 'file_path',
  move_session_file: 'destination',
}

/** Operations that look a bare name up by themselves (P4). */
const looksUp = ['record_human_retry', 'list_retries', 'restore_retry', 'commit_session', 'diff_session']

/** Where one stands. */
export interface Here {
  /** Of the workspace; real. */
  root: string
  cwd: string
  /** A folder around `cwd` that shows the workspace. */
  view: string | null
}

/** Puts the paths that say where they start (`./`, `../`, absolute) as workspace paths. */
export async function withStatedPaths(raw: Input, here: Here): Promise<Input> {
  return withPaths(raw, (path) => (saysWhereItStarts(path) ? workspacePathOf(path, here) : path))
}

/**
 * Puts every other path as git does: from the folder one stands in, or, where nothing is there, from the workspace's
 * root, as status and preview print it. `typed` is what was typed, `stated` what `withStatedPaths` made of it.
 */
export async function withPathsFromHere(
  { typed, stated }: { typed: Input; stated: Input },
  where: Here,
  operation: Runnable,
  workspace: WorkspaceApi,
): Promise<Input> {
  const here = workspacePathOf(where.cwd, where)
  if (here === '.' || isAbsolute(here) || !hasBarePath(typed)) return stated
  const isThere = await looker(typed, where.root, operation, workspace)
  return withPaths(stated, async (path, input, at) => {
    if (path === '' || saysWhereItStarts(typedAt(typed, input, at))) return path
    const fromHere = posix.join(here, path)
    if (await isThere(fromHere)) return fromHere
    if (await isThere(path)) return path
    if (madeHere[operation.name] === input) return fromHere
    return looksUp.includes(operation.name) ? path : fromHere
  })
}

async function withPaths(
  raw: Input,
  place: (path: string, input: string, at: number) => Promise<string> | string,
): Promise<Input> {
  const placed: Input = { ...raw }
  for (const input of pathInputs) {
    const value = raw[input]
    if (typeof value === 'string') placed[input] = await place(value, input, 0)
    if (Array.isArray(value)) {
      placed[input] = await Promise.all(value.map((path: string, at) => place(path, input, at)))
    }
  }
  return placed
}

function saysWhereItStarts(path: string): boolean {
  return isAbsolute(path) || /^\.\.?([\\/]|$)/.test(path)
}

function typedAt(typed: Input, input: string, at: number): string {
  const value = typed[input]
  return String(Array.isArray(value) ? value[at] : value)
}

function hasBarePath(typed: Input): boolean {
  const isBare = (path: unknown) => typeof path === 'string' && path !== '' && !saysWhereItStarts(path)
  return pathInputs.flatMap((input) => typed[input] ?? []).some(isBare)
}

type Looker = (path: string) => Promise<boolean> | boolean

/** Tells what is there as the session sees it, what it deleted included where changes are asked for; else in the live files. */
async function looker(
  { name, session: named }: Input,
  root: string,
  { name: operation }: Runnable,
  workspace: WorkspaceApi,
): Promise<Looker> {
  const ofChanges = operation === 'commit_session' || operation === 'diff_session'
  const asked = ofChanges ? name : named
  const session = await sessionIfAny(workspace, typeof asked === 'string' ? asked : undefined)
  if (session === null) return (path) => isLive(join(root, path))
  const deleted = ofChanges ? (await session.status()).changes.deleted : []
  const gone = new Set(deleted.map(({ path }) => path))
  return async (path) => gone.has(path) || isInSession(session, path)
}

/** Null where there is none to be had: the operation itself says why, if it needs one. */
async function sessionIfAny(workspace: WorkspaceApi, name: string | undefined): Promise<SessionApi | null> {
  try {
    return await workspace.session(name)
  } catch (error) {
    if (error instanceof CowriteError) return null
    throw error
  }
}

/** What cannot be looked at is nothing to prefer; the operation says what is wrong with it. */
async function isInSession({ fs }: SessionApi, path: string): Promise<boolean> {
  try {
    await (fs as { lstat(path: string): Promise<unknown> }).lstat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
    return false
  }
}

function isLive(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

/**
 * The workspace path of a name that starts from where the person stands, or at the file system's root.
 * What lies outside the workspace stays as it was typed, for the library to refuse.
 */
function workspacePathOf(given: string, { root, cwd, view }: Here): string {
  const target = resolve(cwd, given)
  for (let folder = target; ; folder = dirname(folder)) {
    if (folder === view || realFolder(folder) === root)
      return relative(folder, target).split(sep).join('/') || '.'
    if (folder === dirname(folder)) return given
  }
}

/** Null for what is not there: a file to be written, or a folder that only the session has. */
function realFolder(folder: string): string | null {
  try {
    return realpathSync.native(folder)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
