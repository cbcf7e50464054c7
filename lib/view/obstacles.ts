/** What is in the way of a view by the kernel, at the workspace's own path. */
import { accessSync, constants } from 'node:fs'
import { errnoOf } from '../errors.js'
import { joinPath } from '../paths.js'
import { bytesOf } from '../port/byte-names.js'
import { isRoot, ownOwner } from '../port/host.js'
import { mountsBelow } from '../port/mounts.js'
import type { FilePort } from '../port/port.js'
import type { RunObstacles } from '../run-api.js'
import { namesIn } from '../store/files.js'

/** What is known before a view is made in which a command of this process may run; `state` is the state folder's name. */
export function obstaclesTo(port: FilePort, state: string): RunObstacles {
  const own = isRoot() ? null : ownOwner()
  const refused =
    mountsInTheWay(port, [state]) ??
    (port.stat(state) === null ? null : own && othersFolder(port, state, own))
  return { refused, unwritable: own && othersFiles(port, own) }
}

const mostNamed = 3

/**
 * Why such a view would not show the workspace as it is: the kernel lays it over one file system, and where another is
 * mounted in that, the view has an empty folder. Null where nothing is. `covered`: the tops of what the view has anyhow.
 */
export function mountsInTheWay(
  { entrance }: Pick<FilePort, 'entrance'>,
  covered: readonly string[],
): string | null {
  const isCovered = (path: string): boolean =>
    covered.some((top) => path === top || path.startsWith(`${top}/`))
  const names = mountsBelow(entrance)
    .filter(({ path }) => !isCovered(path))
    .map(({ path, type }) => `${path} (${type})`)
  if (names.length === 0) return null
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return `A command's view cannot show what is mounted inside the workspace: ${names.slice(0, mostNamed).join(', ')}${more}.`
}

/** Whose a file is. */
interface Owner {
  uid: bigint
  gid: bigint
}

/** So many are looked at: a command is not to wait for more. */
const mostLooked = 300

/**
 * What a command cannot change in a view that was made without root, though its user may: overlayfs copies a file with
 * its owner and group, and the namespace knows of the user's own alone. Null where nothing is seen, near the root.
 */
export function othersFiles(port: FilePort, own: Owner): string | null {
  let left = mostLooked
  const folders = ['']
  for (const folder of folders) {
    const names = namesThere(port, folder).slice(0, left)
    left -= names.length
    for (const [index, stat] of port.statEach(folder, names).entries()) {
      const path = joinPath(folder, names[index] as string)
      if (stat === null || stat.isSymbolicLink()) continue
      const whose = ownerBut(own, stat)
      if (whose !== null && mayWrite(port, path)) return othersInWords(path, whose)
      if (stat.isDirectory()) folders.push(path)
    }
    if (left <= 0) break
  }
  return null
}

/** None of a folder that may not be read. */
function namesThere(port: FilePort, folder: string): string[] {
  try {
    return namesIn(port, folder)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}

function othersInWords(path: string, whose: string): string {
  return `${path} belongs to ${whose}. Made without root, a command's view knows of your own user and group alone: to change, move or delete what belongs to others fails there ("Value too large for defined data type").`
}

/** Why nothing can be made in the view's own folders; null where that is not it. */
export function othersFolder(port: FilePort, path: string, own: Owner): string | null {
  const stat = port.stat(path)
  const whose = stat && ownerBut(own, stat)
  return (
    whose &&
    `what is made in this workspace belongs to ${whose}, which a view made without root knows nothing of`
  )
}

function ownerBut(own: Owner, { uid, gid }: Owner): string | null {
  if (uid !== own.uid) return `another user (${uid})`
  return gid === own.gid ? null : `another group (${gid})`
}

function mayWrite({ entrance }: FilePort, path: string): boolean {
  try {
    accessSync(bytesOf(`${entrance}/${path}`), constants.W_OK)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
