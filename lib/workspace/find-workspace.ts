/** Which folders are workspaces, seen from outside, before any is opened. */
import { lstatSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CowriteError, errnoOf } from '../errors.js'
import { layoutOf, stateFolderNames } from '../store/layout.js'

/** The nearest folder, from `from` upwards, that is a workspace; null where there is none. */
export function findWorkspace(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (stateFolderNames.some((name) => isMarked(join(folder, layoutOf(name).config)))) return folder
    if (dirname(folder) === folder) return null
  }
}

/** Throws WORKSPACE_UNAVAILABLE for a folder that is, or lies in, what another workspace keeps its sessions in. */
export function refuseStateFolder(root: string): void {
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    const name = stateFolderNames.find((known) => known === basename(folder))
    if (name === undefined || !isMarked(join(dirname(folder), layoutOf(name).config))) continue
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
  // Folders further up may be anybody's, and what they call so may be a FIFO, on which reading would wait.
  const stat = lstatSync(marker, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size > largestMarker) return false
  try {
    return 'cowrite' in (JSON.parse(readFileSync(marker, 'utf8')) as object)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || errnoOf(error) !== undefined)
      return false
    throw error
  }
}
