/** Which folders are workspaces, seen from outside, before any is opened. */
import { lstatSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CowriteError, errnoOf } from '../errors.js'
import { layoutOf, markerOfView, type StateFolderName, stateFolderNames } from '../store/layout.js'

/**
 * The nearest folder, from `from` upwards, that is a workspace, or shows one; null where there is none. One whose config
 * is damaged or gone is one too: whoever opens it is told, and nobody makes another within it unawares.
 */
export function findWorkspace(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isWorkspace(folder)) return folder
    const shown = workspaceShownIn(folder)
    if (shown !== null && isWorkspace(shown)) return shown
    if (dirname(folder) === folder) return null
  }
}

/** What a folder lies in, by the nearest folder above it that is a workspace, or else a git repository. */
export function surroundingsOf(root: string): string | null {
  const workspace = workspaceAbove(root)
  if (workspace !== null) return workspace
  if (isRepository(root)) return null
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    if (isRepository(folder)) return folder
    if (dirname(folder) === folder) return null
  }
}

export function workspaceAbove(root: string): string | null {
  return dirname(root) === root ? null : findWorkspace(dirname(root))
}

function isRepository(folder: string): boolean {
  return lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined
}

/** The view that stands around `from`, by its folder; null where none does. */
export function findViewAround(from: string | undefined): string | null {
  if (from === undefined) return null
  for (let folder = resolve(from); dirname(folder) !== folder; folder = dirname(folder)) {
    if (workspaceShownIn(dirname(folder)) !== null) return folder
  }
  return null
}

function isWorkspace(folder: string): boolean {
  return stateFolderNames.some((name) => isStateFolder(folder, name))
}

/** By its config, or where that tells nothing, by what else is in it. */
function isStateFolder(folder: string, name: StateFolderName): boolean {
  const { config, sessions, journal, history } = layoutOf(name)
  if (isMarked(join(folder, config))) return true
  return [sessions, journal, history].every((path) =>
    lstatSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory(),
  )
}

/** Of the view that stands in this folder, which is alone in there. */
function workspaceShownIn(folder: string): string | null {
  const { cowrite, workspace } = readMarker(join(folder, markerOfView)) ?? {}
  return cowrite === 'view' && typeof workspace === 'string' ? workspace : null
}

/** Throws WORKSPACE_UNAVAILABLE for a folder that is, or lies in, what another workspace keeps its sessions in. */
export function refuseStateFolder(root: string): void {
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    const name = stateFolderNames.find((known) => known === basename(folder))
    if (name === undefined || !isStateFolder(dirname(folder), name)) continue
    const message = `${root} belongs to cowrite's own records of ${dirname(folder)}: open that folder.`
    throw new CowriteError('WORKSPACE_UNAVAILABLE', message, {
      root: dirname(folder),
      reason: 'state folder',
    })
  }
}

/** In bytes; no config comes near it. */
const largestMarker = 8 * 1024 * 1024

function isMarked(marker: string): boolean {
  return readMarker(marker) !== null
}

/** Null where there is none, and where it is none of cowrite's. */
function readMarker(marker: string): Record<string, unknown> | null {
  // Folders further up may be anybody's, and what they call so may be a FIFO, on which reading would wait.
  const stat = lstatSync(marker, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size > largestMarker) return null
  try {
    const value = JSON.parse(readFileSync(marker, 'utf8')) as object
    return 'cowrite' in value ? (value as Record<string, unknown>) : null
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || errnoOf(error) !== undefined)
      return null
    throw error
  }
}
