import { errnoOf } from '../errors.js'
import {
  type Anchor,
  type AnyStats,
  asBigInts,
  asNumbers,
  findObstacle,
  isNormalized,
  isOtherSpelling,
  nameOf,
  type Pin,
  toldName,
  type Whereabouts,
} from './anchor.js'
import { pathEscape } from './faults.js'
import { HeldFolders } from './held-folders.js'
import type { RawFs } from './raw-fs.js'
import { openVerified } from './verified-open.js'

/** Linux's O_PATH, which node:fs does not name: a descriptor that stands for the thing without opening it. */
const namedOnly = 0o10000000

const descriptors = '/proc/self/fd/'
const deleted = ' (deleted)'

/**
 * The anchor of Linux: the kernel itself says what a descriptor is, and a verified descriptor of a folder is what
 * names are looked up in. No name is looked at twice, so nothing can be exchanged between two looks. The kernel names
 * what is opened by `realName`, whichever way was taken.
 */
export function procAnchor(fs: RawFs, root: string, entrance = root, realName = root): Anchor {
  const prefix = entrance === '/' ? '/' : `${entrance}/`
  const { O_NOFOLLOW, O_DIRECTORY } = fs.constants as { O_NOFOLLOW: number; O_DIRECTORY: number }
  const anyEntry = namedOnly | O_NOFOLLOW
  const anyFolder = anyEntry | O_DIRECTORY

  const anchor: Anchor = {
    root,
    entrance,
    prefix,

    approach() {},
    arrive() {},

    locate(fd: number, path: string): Whereabouts {
      const wanted = toldName({ root: realName }, path)
      const answer = fs.readlinkSync(descriptors + fd)
      if (answer === wanted) return 'here'
      if (answer.endsWith(deleted)) return 'gone'
      return entrance === root && isOtherSpelling(fs, root, wanted, answer) ? 'here' : 'elsewhere'
    },

    stat(path: string, bigint: boolean): AnyStats | null {
      if (!isNormalized(path)) throw pathEscape(path)
      const options = bigint ? asBigInts : asNumbers
      const slash = path.lastIndexOf('/')
      const folder = slash === -1 ? '' : path.slice(0, slash)
      const held = holdUnlessMissing(folder)
      if (held === null) return null
      try {
        const name = path === '' ? '.' : path.slice(slash + 1)
        return fs.lstatSync(`${held.name}/${name}`, options) ?? null
      } finally {
        held.release()
      }
    },

    pin: (path) => folders.ifHeld(path) ?? pinOf(openVerified(fs, anchor, path, anyEntry)),
    hold: (folder) => folders.hold(folder),
    together: (use) => folders.together(use),
    isFound: (folder) => folders.isFound(folder),
    moved: (path) => folders.doubt(path),
    close: () => folders.close(),
  }

  const folders = new HeldFolders({
    open: (folder) => openVerified(fs, anchor, folder, anyFolder),
    locate: (fd, folder) => anchor.locate(fd, folder),
    close: (fd) => fs.closeSync(fd),
    nameOf: (fd) => descriptors + fd,
    stats: (fd) => fs.fstatSync(fd, asNumbers),
  })

  function holdUnlessMissing(folder: string): Pin | null {
    if (!folders.has(folder) && seemsMissing(folder)) return null
    try {
      return folders.hold(folder)
    } catch (error) {
      if ((errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') && isMissing(folder)) return null
      throw error
    }
  }

  /** Asked before it is opened, since a call that fails with an exception costs ten times one that says no. */
  function seemsMissing(folder: string): boolean {
    const slash = folder.lastIndexOf('/')
    const around = slash === -1 ? '' : folder.slice(0, slash)
    if (folder === '' || !folders.has(around)) {
      return !fs.existsSync(nameOf(anchor, folder)) && isMissing(folder)
    }
    const held = holdUnlessMissing(around)
    if (held === null) return true
    try {
      const stats = fs.lstatSync(`${held.name}/${folder.slice(slash + 1)}`, asNumbers)
      if (stats?.isSymbolicLink()) throw pathEscape(folder)
      return stats?.isDirectory() !== true
    } finally {
      held.release()
    }
  }

  /** Whether there is no such folder, and no link in its place or on the way to it. */
  function isMissing(folder: string): boolean {
    const obstacle = findObstacle(fs, prefix, `${folder}/-`)
    if (obstacle === 'link') throw pathEscape(folder)
    return obstacle !== null
  }

  function pinOf(fd: number): Pin {
    return {
      name: descriptors + fd,
      stats: () => fs.fstatSync(fd, asNumbers),
      release: () => fs.closeSync(fd),
    }
  }

  return anchor
}

/** Whether descriptors can be asked for their names here. */
export function isProcThere(fs: RawFs, root: string): boolean {
  if (!fs.existsSync(descriptors)) return false
  const fd = fs.openSync(root, fs.constants.O_RDONLY ?? 0)
  try {
    return fs.readlinkSync(descriptors + fd) === root
  } catch {
    return false // Some systems have a /proc that knows no descriptors: then there is the other anchor.
  } finally {
    fs.closeSync(fd)
  }
}
