import type { FileHandle } from 'node:fs/promises'
import { errnoOf } from '../errors.js'
import {
  type Anchor,
  type AnyStats,
  asNumbers,
  findObstacle,
  nameOf,
  toldName,
  type Whereabouts,
} from './anchor.js'
import { errnoError, pathEscape, restate, wrongKind } from './faults.js'
import type { RawFs } from './raw-fs.js'

/** How often a path is opened anew because names changed under the call, before that is given up. */
const attempts = 100

/** Opens what exists at `path`, and makes sure that what was opened is what stands there. */
export function openVerified(fs: RawFs, anchor: Anchor, path: string, flags: number): number {
  const name = nameOf(anchor, path)
  let found: Whereabouts = 'gone'
  for (let attempt = 0; attempt < attempts; attempt++) {
    anchor.approach(path)
    const fd = openOrExplain(fs, anchor, path, name, flags)
    found = 'elsewhere'
    try {
      found = anchor.locate(fd, path)
    } finally {
      if (found !== 'here') fs.closeSync(fd)
    }
    if (found === 'here') return fd
    refuseLink(fs, anchor, path)
  }
  throw givenUp(path, toldName(anchor, path), found)
}

/** As `openVerified`, of a regular file, for a handle of node:fs/promises. */
export async function openHandleVerified(
  fs: RawFs,
  anchor: Anchor,
  path: string,
  flags: number,
): Promise<FileHandle> {
  const name = nameOf(anchor, path)
  let found: Whereabouts = 'gone'
  for (let attempt = 0; attempt < attempts; attempt++) {
    anchor.approach(path)
    const handle = await fs.promises.open(name, flags).catch((error: unknown) => {
      throw explainOpen(fs, anchor, path, error)
    })
    let kept = false
    try {
      found = anchor.locate(handle.fd, path)
      if (found === 'here') {
        assertFile(path, fs.fstatSync(handle.fd, asNumbers))
        kept = true
        return handle
      }
    } finally {
      if (!kept) await handle.close()
    }
    refuseLink(fs, anchor, path)
  }
  throw givenUp(path, toldName(anchor, path), found)
}

function openOrExplain(fs: RawFs, anchor: Anchor, path: string, name: string, flags: number): number {
  try {
    return fs.openSync(name, flags)
  } catch (error) {
    throw explainOpen(fs, anchor, path, error)
  }
}

function refuseLink(fs: RawFs, anchor: Anchor, path: string): void {
  if (findObstacle(fs, anchor.prefix, path) === 'link') throw pathEscape(path)
}

/** A name that always turns out to be another one is no accident; one that is replaced all the time may be. */
function givenUp(path: string, name: string, found: Whereabouts): Error {
  return found === 'gone' ? errnoError('EBUSY', 'open', name) : pathEscape(path)
}

export function assertFile(path: string, stats: AnyStats): void {
  if (!stats.isFile()) throw wrongKind(path, stats)
}

/** What the file system refuses to open in place of a FIFO, a socket, a device or a folder. */
const kindErrors = new Set(['ENXIO', 'ENODEV', 'EISDIR', 'EOPNOTSUPP', 'ENOTSUP'])

/**
 * Why a call on `path` failed, in the contract's words: the file system's own answer may have come from behind
 * a link, where not even what is missing is anybody's business.
 */
export function explain(
  fs: RawFs,
  anchor: Anchor,
  path: string,
  error: unknown,
  destination?: string,
): unknown {
  const code = errnoOf(error)
  if (code === undefined) return error
  const name = toldName(anchor, path)
  try {
    for (const each of destination === undefined ? [path] : [path, destination]) {
      if (findObstacle(fs, anchor.prefix, each) === 'link') return pathEscape(each)
    }
  } catch (obstructed) {
    return restate(obstructed, name, destination)
  }
  return restate(error, name, destination === undefined ? undefined : toldName(anchor, destination))
}

/** As `explain`, for a failure to open a file, where the wrong kind has its own code. */
export function explainOpen(fs: RawFs, anchor: Anchor, path: string, error: unknown): unknown {
  const explained = explain(fs, anchor, path, error)
  if (!kindErrors.has(errnoOf(explained) ?? '')) return explained
  const stats = fs.lstatSync(nameOf(anchor, path), asNumbers)
  return stats === undefined || stats.isFile() ? explained : wrongKind(path, stats)
}
