import type { BigIntStats, Stats } from 'node:fs'
import type { RawFs } from './raw-fs.js'

export type AnyStats = Stats | BigIntStats

export const asNumbers = { bigint: false, throwIfNoEntry: false } as const
export const asBigInts = { bigint: true, throwIfNoEntry: false } as const

/**
 * How a platform ties a path of the workspace to what is opened under it. Every method throws PATH_ESCAPE
 * where the way leads through a link.
 */
export interface Anchor {
  readonly root: string
  /** What opens the root: its own name, or another way to it where a view of it is mounted over it. */
  readonly entrance: string
  /** What a path is put behind to be opened. */
  readonly prefix: string
  /** What can be said before a file or folder is opened, where the platform has no better check afterwards. */
  approach(path: string): void
  /** What can be said of a file after it was made at `path`, likewise. */
  arrive(fd: number, path: string): void
  /** Whether the open `fd` is what stands at `path`. */
  locate(fd: number, path: string): Whereabouts
  /** What stands at `path`, a link being a link; null where nothing does. */
  stat(path: string, bigint: boolean): AnyStats | null
  /** A name that stands for what is at `path` now (the link itself, for a link), until it is released. Throws ENOENT. */
  pin(path: string): Pin
  /** As `pin`, of a folder; throws ENOTDIR for anything else. */
  hold(folder: string): Pin
  /** Runs `use`, in which a folder that was found where it should be is not looked for again. */
  together<Result>(use: () => Result): Result
  /** Whether a folder was found there within the `together` that is running. */
  isFound(folder: string): boolean
  /** What was at `path` has another name by now, or none: within `together`, too, folders there are looked for again. */
  moved(path: string): void
  /** Lets go of what is kept open between calls; it is opened again when it is needed. */
  close(): void
}

/** `gone`: its name went while it was being opened. `elsewhere`: it has another one. */
export type Whereabouts = 'here' | 'gone' | 'elsewhere'

export interface Pin {
  readonly name: string
  /** Whether it is known to be a folder. */
  readonly isFolder?: boolean
  stats(): AnyStats
  release(): void
}

/** The name by which `path` is opened. */
export function nameOf(anchor: Anchor, path: string): string {
  return path === '' ? anchor.entrance : anchor.prefix + path
}

/** The absolute name of `path`, as people and the kernel call it. */
export function toldName({ root }: Pick<Anchor, 'root'>, path: string): string {
  return path === '' ? root : root === '/' ? `/${path}` : `${root}/${path}`
}

/** What keeps `path` from being reached, other than the last name itself. */
export type Obstacle = 'link' | 'missing' | 'not a folder'

/** Walks to `path` and tells the first thing in the way: for explaining a failure, or for where there is no better check. */
export function findObstacle(fs: RawFs, prefix: string, path: string): Obstacle | null {
  if (!isNormalized(path)) return 'link'
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    const stats = fs.lstatSync(prefix + path.slice(0, end), asNumbers)
    if (stats === undefined) return 'missing'
    if (stats.isSymbolicLink()) return 'link'
    if (!stats.isDirectory()) return 'not a folder'
  }
  return null
}

const unnormalized = /(^|\/)(\.{0,2})(\/|$)/

export function isNormalized(path: string): boolean {
  return path === '' || !unnormalized.test(path)
}

/**
 * Whether `answer` is only another spelling of `wanted`, on a disk that ignores case or normalizes Unicode:
 * each folder on the way, under both spellings, is one and the same and no link.
 */
export function isOtherSpelling(fs: RawFs, root: string, wanted: string, answer: string): boolean {
  if (fold(wanted) !== fold(answer)) return false
  const asked = wanted.split('/')
  const found = answer.split('/')
  const start = root.split('/').length
  return asked.every((name, index) => {
    if (name === found[index]) return true
    if (index < start) return false
    const one = fs.lstatSync(asked.slice(0, index + 1).join('/'), asBigInts)
    const other = fs.lstatSync(found.slice(0, index + 1).join('/'), asBigInts)
    return one !== undefined && other !== undefined && !one.isSymbolicLink() && isSameFile(one, other)
  })
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC')
}

export function isSameFile(one: AnyStats, other: AnyStats): boolean {
  return one.ino === other.ino && one.dev === other.dev
}
