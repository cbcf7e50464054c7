/** The folders in which views stand: outside of the workspace, each in a folder around it that says whose it is. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { CowriteError, errnoOf } from '../errors.js'
import { isWithin } from '../paths.js'
import { openDiskPort } from '../port/disk.js'
import { placeOfViews } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { replaceFile, toJson, writeNewFile } from '../store/files.js'
import { markerOfView } from '../store/layout.js'
import type { SessionHeader } from '../store/record.js'
import type { ViewNote } from './view-folder.js'

/**
 * An absolute folder for a new view, named like the workspace, which is not made yet; `place` is where views stand.
 * Throws INVALID_INPUT, CANNOT_WRITE.
 */
export function makePlace(
  root: string,
  { name, createdAt }: Pick<SessionHeader, 'name' | 'createdAt'>,
  place = placeOfViews(),
): string {
  if (!isAbsolute(place)) throw refused(place, 'it is not absolute')
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    const real = realpathSync.native(place)
    if (isWithin(real, root)) {
      throw refused(place, 'it lies in the workspace, which would be shown in itself; name another')
    }
    const around = join(real, `${name}-${randomBytes(4).toString('hex')}`)
    mkdirSync(around, { mode: 0o700 })
    const port = openDiskPort(around)
    writeNewFile(port, markerOfView, toJson({ cowrite: 'view', workspace: root, createdAt }))
    port.close()
    return join(around, basename(root) || 'root')
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    throw new CowriteError('CANNOT_WRITE', `No view can be made in ${place}: ${reason}`, {
      path: place,
      reason,
    })
  }
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

/** A view that has been handed over to a session of another time. */
export function moveMarker(workspace: string, folder: string, createdAt: string): void {
  const port = openDiskPort(dirname(folder))
  replaceFile(port, markerOfView, toJson({ cowrite: 'view', workspace, createdAt }))
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
}

/** Removes a view's folder with the one around it; what is not a view's is left alone. */
export function removePlace(folder: string): void {
  const around = dirname(folder)
  if (markerAround(folder) === null) return
  rmSync(folder, { recursive: true, force: true })
  rmSync(around, { recursive: true, force: true })
}

function refused(place: string, why: string): CowriteError {
  return new CowriteError('INVALID_INPUT', `Views cannot stand in ${place}: ${why}.`, {
    argument: 'place',
    value: place,
  })
}
