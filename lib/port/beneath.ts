/** Finding the real folder where a view of it is mounted in its place. */
import { readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'

/** Linux's number for the file system that views are made of. */
const overlayType = 0x794c7630

/** What the source of a view's mount is called: this, and the number of the process that stands beneath it. */
export const mountSource = 'cowrite:'

/** Where a folder really is. */
export interface Way {
  /** An absolute name that opens it. */
  entrance: string
  /** What the kernel calls it. */
  realName: string
  /** The folder that the view is made of, as its mount names it; null where this process is in none. */
  upper: string | null
}

/**
 * The way to the real folder at `root`: `root` itself, unless this process is in a view of it. Each view has a keeper,
 * a process whose working folder is what the view was mounted over; no other name leads there. Throws
 * WORKSPACE_UNAVAILABLE where the keeper is gone.
 */
export function wayBeneath(root: string): Way {
  const plain: Way = { entrance: root, realName: root, upper: null }
  if (statfsSync(root).type !== overlayType) return plain
  const mount = topMountAt(root)
  const source = sourceOf(mount)
  if (!source?.startsWith(mountSource)) return plain
  const way = `/proc/${source.slice(mountSource.length)}/cwd/.`
  const realName = nameBeneath(way, root)
  const upper = /[ ,]upperdir=([^ ,]*)/.exec(mount ?? '')?.[1] ?? null
  if (realName !== null) return { entrance: way, realName, upper }
  throw new CowriteError(
    'WORKSPACE_UNAVAILABLE',
    `${root} is the view of a session whose keeper has ended; the real folder cannot be reached from in here.`,
    { root, reason: 'the view has ended' },
  )
}

/** Null where the keeper is gone, or its number another's. */
function nameBeneath(way: string, root: string): string | null {
  try {
    return statSync(way).dev === statSync(root).dev ? null : readlinkSync(way.slice(0, -2))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}

/** The line of the mount that one sees at `folder`: of several at one place, the last. */
function topMountAt(folder: string): string | undefined {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .findLast((line) => unescaped(line.split(' ')[4] ?? '') === folder)
}

function sourceOf(line: string | undefined): string | undefined {
  return line?.split(' - ')[1]?.split(' ')[1]
}

/** Blanks and the like stand as three digits there. */
function unescaped(name: string): string {
  return name.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
