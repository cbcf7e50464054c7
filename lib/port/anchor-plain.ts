import { sep } from 'node:path'
import {
  type Anchor,
  type AnyStats,
  asBigInts,
  asNumbers,
  findObstacle,
  isOtherSpelling,
  isSameFile,
  nameOf,
  type Pin,
  type Whereabouts,
} from './anchor.js'
import { errnoError, pathEscape } from './faults.js'
import type { RawFs } from './raw-fs.js'

/**
 * The anchor of platforms that cannot say what a descriptor is: every folder on the way is looked at before, and
 * what was opened is compared with what the name stands for afterwards. Whoever exchanges a folder for a link
 * between two of these looks, and back again before the last, is not noticed.
 */
export function plainAnchor(fs: RawFs, root: string): Anchor {
  const prefix = root === '/' ? '/' : `${root}/`

  const anchor: Anchor = {
    root,
    entrance: root,
    prefix,

    approach(path: string): void {
      if (find(path, asNumbers)?.isSymbolicLink()) throw errnoError('ELOOP', 'open', nameOf(anchor, path))
    },

    arrive(fd: number, path: string): void {
      if (anchor.locate(fd, path) !== 'elsewhere') return
      fs.unlinkSync(nameOf(anchor, path)) // It is the file that was just made: the way to it was exchanged for a link.
      throw pathEscape(path)
    },

    locate(fd: number, path: string): Whereabouts {
      const name = nameOf(anchor, path)
      const opened = fs.fstatSync(fd, asBigInts)
      const named = fs.lstatSync(name, asBigInts)
      if (named === undefined || !isSameFile(opened, named)) return 'gone'
      return isReal(name) ? 'here' : 'elsewhere'
    },

    stat: (path, bigint) => find(path, bigint ? asBigInts : asNumbers),

    pin(path: string): Pin {
      if (find(path, asNumbers) === null) throw absence(path)
      return pinOf(nameOf(anchor, path), path)
    },

    hold(folder: string): Pin {
      const name = nameOf(anchor, folder)
      const stats = find(folder, asNumbers)
      if (stats === null) throw absence(folder)
      if (!stats.isDirectory()) throw errnoError('ENOTDIR', 'open', name)
      if (!isReal(name)) throw pathEscape(folder)
      return pinOf(name, folder)
    },

    together: (use) => use(),
    isFound: () => false,
    moved() {},
    close() {},
  }

  function find(path: string, options: typeof asNumbers | typeof asBigInts): AnyStats | null {
    const obstacle = findObstacle(fs, prefix, path)
    if (obstacle === 'link') throw pathEscape(path)
    return obstacle === null ? (fs.lstatSync(nameOf(anchor, path), options) ?? null) : null
  }

  function pinOf(name: string, path: string): Pin {
    return {
      name,
      stats() {
        const stats = find(path, asNumbers)
        if (stats === null) throw absence(path)
        return stats
      },
      release() {},
    }
  }

  function absence(path: string): Error {
    const code = findObstacle(fs, prefix, path) === 'not a folder' ? 'ENOTDIR' : 'ENOENT'
    return errnoError(code, 'open', nameOf(anchor, path))
  }

  function isReal(name: string): boolean {
    const wanted = withSlashes(name)
    const answer = withSlashes(fs.realpathSync.native(name))
    return answer === wanted || isOtherSpelling(fs, withSlashes(root), wanted, answer)
  }

  return anchor
}

function withSlashes(name: string): string {
  return sep === '/' ? name : name.replaceAll(sep, '/')
}
