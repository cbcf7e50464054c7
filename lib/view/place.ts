/** The folders in which views stand: outside of the workspace, each in a folder around it that says whose it is. */
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { CowriteError, errnoOf } from '../errors.js'
import { isWithin } from '../paths.js'
import { openDiskPort } from '../port/disk.js'
import { placeOfViews } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { removeTree, replaceFile, toJson } from '../store/files.js'
import { layoutOf, markerOfView, stateFolderNames } from '../store/layout.js'
import type { SessionHeader } from '../store/record.js'
import { listOpened, type ViewNote } from './view-folder.js'

/**
 * An absolute folder for a new view, named like the workspace, which is not made yet; `place` is where views stand: an
 * empty folder, one that holds views alone, or a new one in a folder that is there. By default one of the user's.
 * Throws INVALID_INPUT, CANNOT_WRITE.
 */
export function makePlace(
  root: string,
  { name, createdAt }: Pick<SessionHeader, 'name' | 'createdAt'>,
  place?: string,
): string {
  try {
    const { real, isNew } = place === undefined ? ownPlace(root) : placeAskedFor(root, place)
    const around = join(real, `${name}-${randomBytes(4).toString('hex')}`)
    mkdirSync(around, { mode: 0o700 })
    writeMarker(around, { workspace: root, createdAt, ...(isNew ? { madePlace: true } : {}) })
    return join(around, basename(root) || 'root')
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    const where = place ?? placeOfViews()
    throw new CowriteError('CANNOT_WRITE', `No view can be made in ${where}: ${reason}`, {
      path: where,
      reason,
    })
  }
}

function ownPlace(root: string): { real: string; isNew: boolean } {
  const place = placeOfViews()
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const real = realpathSync.native(place)
  if (isWithin(real, root)) throw refused(place, inWorkspace)
  return { real, isNew: false }
}

const inWorkspace = 'it lies in the workspace, which would be shown in itself; name another'

/** Nothing is made before all is known to be well. */
function placeAskedFor(root: string, place: string): { real: string; isNew: boolean } {
  if (!isAbsolute(place)) throw refused(place, 'it is not absolute')
  const there = statSync(place, { throwIfNoEntry: false })
  if (there === undefined && lstatSync(place, { throwIfNoEntry: false }))
    throw refused(place, 'it is a link to nowhere')
  if (there === undefined && !statSync(dirname(place), { throwIfNoEntry: false })?.isDirectory())
    throw refused(place, `there is no folder ${dirname(place)}; make it first, or name another`)
  if (there !== undefined && !there.isDirectory()) throw refused(place, 'it is no folder')
  const real = there ? realpathSync.native(place) : join(realpathSync.native(dirname(place)), basename(place))
  if (isWithin(real, root)) throw refused(place, inWorkspace)
  for (let folder = real; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, markerOfView)))
      throw refused(place, `a view stands in ${folder}; name another`)
    if (stateFolderNames.some((name) => existsSync(join(folder, layoutOf(name).config))))
      throw refused(place, `it lies in the workspace ${folder}; name another`)
  }
  if (there === undefined) {
    mkdirSync(real, { mode: 0o700 })
    return { real, isNew: true }
  }
  const foreign = readdirSync(real).find((name) => !existsSync(join(real, name, markerOfView)))
  if (foreign === undefined) return { real, isNew: false }
  throw refused(place, `it holds other things, such as ${foreign}; name an empty folder, or a new one`)
}

/**
 * The folder of a view that stands, unless it is not this workspace's: a state folder from elsewhere may name any. One
 * of a workspace that was moved since goes with it.
 */
export function folderOf({ root }: Pick<FilePort, 'root'>, { stands, createdAt }: ViewNote): string | null {
  const folder = stands?.folder
  if (folder === undefined || !isAbsolute(folder) || isWithin(folder, root)) return null
  const marker = markerAround(folder)
  if (marker === null) return null
  const isMoved = marker.createdAt === createdAt && !existsSync(marker.workspace)
  return marker.workspace === root || isMoved ? folder : null
}

/** Whether the view's folder is in the place that somebody names. */
export function standsIn(folder: string, place: string): boolean {
  const around = dirname(dirname(folder))
  return around === place || (existsSync(place) && around === realpathSync.native(place))
}

/** Whether a view can stand there still: a link in its place leads to what is none of cowrite's. */
export function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** A view that has been handed over to a session of another time. */
export function moveMarker(workspace: string, folder: string, createdAt: string): void {
  const { madePlace } = markerAround(folder) ?? {}
  writeMarker(dirname(folder), { workspace, createdAt, ...(madePlace ? { madePlace } : {}) })
}

function writeMarker(around: string, marker: Marker): void {
  const port = openDiskPort(around)
  replaceFile(port, markerOfView, toJson({ cowrite: 'view', ...marker }))
  port.close()
}

/** Of the view whose folder it is; null where it is none. */
export function markerAround(folder: string): Marker | null {
  try {
    const marker = JSON.parse(readFileSync(join(dirname(folder), markerOfView), 'utf8')) as Partial<Marker>
    return typeof marker?.workspace === 'string' && typeof marker.createdAt === 'string'
      ? (marker as Marker)
      : null
  } catch (error) {
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return null
    throw error
  }
}

interface Marker {
  /** Its real, absolute path. */
  workspace: string
  /** Of the session. */
  createdAt: string
  /** There where the folder in which it stands was made for it: that goes, too, where it is empty then. */
  madePlace?: true
}

/** Removes a view's folder with the one around it; what is not a view's is left alone. */
export function removePlace(folder: string): void {
  const around = dirname(folder)
  const marker = markerAround(folder)
  if (marker === null) return
  removeDeep(around, basename(folder))
  rmSync(around, { recursive: true, force: true })
  if (marker.madePlace) removeIfEmpty(dirname(around))
}

/** What lies deeper than any path leads is reached by the port alone. */
function removeDeep(around: string, name: string): void {
  try {
    rmSync(join(around, name), { recursive: true, force: true })
  } catch (error) {
    if (errnoOf(error) !== 'ENAMETOOLONG') throw error
    const port = openDiskPort(around)
    removeTree(port, name, { list: listOpened })
    port.close()
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EACCES', 'EPERM', 'EBUSY'].includes(errnoOf(error) ?? ''))
      throw error
  }
}

function refused(place: string, why: string): CowriteError {
  return new CowriteError('INVALID_INPUT', `Views cannot stand in ${place}: ${why}.`, {
    argument: 'place',
    value: place,
  })
}
