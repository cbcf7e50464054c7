/** What is remembered of a file or a folder, and whether a look finds just that. */
import type { BigIntStats, Stats } from 'node:fs'
import type { FolderEntry } from '../port/port.js'

/**
 * What is the same for as long as nothing was done to a file; of a folder, as long as it has the same entries. In the
 * numbers that a quick look gives, times to a quarter of a microsecond.
 */
export interface Mark {
  dev: number
  ino: number
  size: number
  ctimeMs: number
  mtimeMs: number
}

/** A folder, as it was found and as the present survey finds it. */
export class KnownFolder {
  readonly path: string
  /** The folder that it lies in; null for the workspace's own. */
  readonly around: KnownFolder | null
  /** Null where nothing was, undefined where that is not known. */
  mark: Mark | null | undefined
  /** Whether a change to its entries after the look would show in its times. */
  isSettled = false
  /** The mark of the folder around it when it was seen there: as long as that one has the same entries, this is one of them. */
  under: Mark | undefined
  entries: readonly FolderEntry[] | undefined
  /** Who found what follows: to everybody else it says nothing. */
  foundBy: object | null = null
  way: Way | undefined
  hasSameEntries: boolean | undefined
  /** Whether it was looked at in the verified way, before what is in it. */
  isLooked = false

  constructor(path: string, around: KnownFolder | null) {
    this.path = path
    this.around = around
  }
}

/** `folder`: it is the folder that it was, and no link is on the way. `nothing`: nothing is there, as before. */
export type Way = 'folder' | 'nothing' | 'unknown'

/** Some paths, those of a folder together, with all that is remembered of them in one place. */
export interface Sheet {
  paths: readonly string[]
  /** Of each path whether it `isUnknown`, `wasNothing` or `wasThere`. */
  known: Uint8Array
  /** Of each path that was there the numbers of its mark. */
  marks: Float64Array
  /** `end`: where the next folder's paths begin. */
  folders: readonly { around: KnownFolder; end: number }[]
}

export const isUnknown = 0
export const wasNothing = 1
export const wasThere = 2

export const numbersInMark = 5

export const second = 1_000_000_000n

/** Whether the numbers of a mark tell it from every other file. */
export function isExact({ ino, dev, size }: BigIntStats): boolean {
  return [ino, dev, size].every((number) => number <= Number.MAX_SAFE_INTEGER)
}

export function markOf({ dev, ino, size, ctimeNs, mtimeNs }: BigIntStats): Mark {
  return {
    ...{ dev: Number(dev), ino: Number(ino), size: Number(size) },
    ...{ ctimeMs: inMilliseconds(ctimeNs), mtimeMs: inMilliseconds(mtimeNs) },
  }
}

/** As node:fs makes it of what the system says, to the last bit. */
function inMilliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / second) * 1000 + Number(nanoseconds % second) / 1e6
}

/** Whether a look finds just what a sheet says of a path. */
export function isAsBefore(now: Stats, { marks }: Sheet, at: number): boolean {
  const first = at * numbersInMark
  return (
    now.ctimeMs === marks[first] &&
    now.ino === marks[first + 1] &&
    now.mtimeMs === marks[first + 2] &&
    now.size === marks[first + 3] &&
    now.dev === marks[first + 4]
  )
}

/** Whether a look finds what was found before. */
export function isSame(known: Mark, now: Stats): boolean {
  return (
    now.ctimeMs === known.ctimeMs &&
    now.ino === known.ino &&
    now.mtimeMs === known.mtimeMs &&
    now.size === known.size &&
    now.dev === known.dev
  )
}

/** As `isSame`, of a look in detail. */
export function isSameInDetail(known: Mark, now: BigIntStats): boolean {
  const { dev, ino, size, ctimeMs, mtimeMs } = markOf(now)
  return (
    known.ctimeMs === ctimeMs &&
    known.ino === ino &&
    known.mtimeMs === mtimeMs &&
    known.size === size &&
    known.dev === dev
  )
}
