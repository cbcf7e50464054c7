/** What Linux has mounted, as /proc tells it. Elsewhere nothing is known of mounts. */
import { closeSync, constants, openSync, readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from '../errors.js'
import { bytesOf, textOf } from './byte-names.js'

/** One line of mountinfo, see proc(5). */
export interface Mount {
  id: string
  /** The device's major and minor number. */
  device: string
  /** Where it is mounted: absolute. */
  folder: string
  /** How it is mounted here. */
  options: string[]
  /** What the kernel is to find there, such as `tmpfs`. */
  type: string
  source: string
}

/** As the process sees them, in the order in which they were mounted; by default this one. */
export function mountsSeenBy(process: number | 'self' = 'self'): Mount[] {
  return linesOf(`/proc/${process}/mountinfo`).flatMap((line) => mountIn(line) ?? [])
}

function mountIn(line: string): Mount | null {
  const [here, there] = line.split(' - ')
  const [id, , device, , folder, options] = here?.split(' ') ?? []
  const [type, source] = there?.split(' ') ?? []
  if (id === undefined || device === undefined || folder === undefined || type === undefined) return null
  return {
    ...{ id, device, type, source: unescaped(source ?? '') },
    folder: unescaped(folder),
    options: options?.split(',') ?? [],
  }
}

/** A byte for each letter: names may be of any. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}

/** Blanks and the like stand as three digits there. */
function unescaped(name: string): string {
  const bytes = name.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
  return /^[\x20-\x7e]*$/.test(bytes) ? bytes : textOf(Buffer.from(bytes, 'latin1'))
}

/** Something that is mounted below a folder. */
export interface Inside extends Mount {
  /** Its place in the folder, relative. */
  path: string
}

/**
 * What is mounted below the folder that `entrance` opens, and is what one finds there: neither what another mount covers,
 * nor what lies below another one of the same place. A bind mount is one, too, on whatever device it lies.
 */
export function mountsBelow(entrance: string, process: number | 'self' = 'self'): Inside[] {
  const mounts = mountsSeenBy(process)
  if (mounts.length === 0) return []
  const name = namedByKernel(entrance, process)
  if (name === null) return []
  const start = name === '/' ? name : `${name}/`
  return mounts.flatMap((mount) => {
    if (!mount.folder.startsWith(start) || mount.folder === start) return []
    const path = mount.folder.slice(start.length)
    return mountAt(`${entrance}/${path}`) === mount.id ? [{ ...mount, path }] : []
  })
}

/** The folder's name in the list of mounts: another process's list has the names that this one sees. */
function namedByKernel(entrance: string, process: number | 'self'): string | null {
  const around = `/proc/${process}/root`
  if (entrance.startsWith(`${around}/`)) return entrance.slice(around.length)
  return ofDescriptor(entrance, (descriptor) =>
    textOf(readlinkSync(`/proc/self/fd/${descriptor}`, { encoding: 'buffer' })),
  )
}

/** The number of the mount that one finds there; null where one finds nothing. */
function mountAt(path: string): string | null {
  return ofDescriptor(path, (descriptor) => {
    const told = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')
    return /^mnt_id:\s*(\d+)$/m.exec(told)?.[1] ?? null
  })
}

/** Opens a name, and nothing that it names: a device is not asked, and no leave to read is needed. Linux's number. */
const pathOnly = 0o10000000

function ofDescriptor<Result>(path: string, ask: (descriptor: number) => Result): Result | null {
  try {
    const descriptor = openSync(bytesOf(path), pathOnly | constants.O_NOFOLLOW)
    try {
      return ask(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
