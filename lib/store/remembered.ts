/**
 * What a handle remembers of files and folders that it looked at. A second look that finds just the same is one call
 * on the name; all else is looked at in the verified way, and so is everything before a live file is written.
 */
import type { BigIntStats, Stats } from 'node:fs'
import { parentOf } from '../paths.js'
import type { FilePort, FolderEntry } from '../port/port.js'
import { Survey } from './survey.js'

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

const numbersInMark = 5

/** In milliseconds, beyond how far the disk's time lags behind the clock; and where the disk may count in seconds. */
const margin = 20
const coarseMargin = 2_500
const second = 1_000_000_000n

/** Beyond so many paths nothing more is remembered: a path takes some 300 bytes. */
const mostPaths = 50_000

export class Remembered {
  readonly port: FilePort
  readonly #root = new KnownFolder('', null)
  readonly #folders = new Map<string, KnownFolder>([['', this.#root]])
  readonly #paths = new Map<string, Mark | null>()
  readonly #sheets = new WeakMap<readonly string[], { version: number; sheet: Sheet }>()
  /** Of what is remembered of paths. */
  #version = 0

  constructor(port: FilePort) {
    this.port = port
  }

  /** One look around, which believes what it has seen for as long as it lasts. */
  survey(): Survey {
    return new Survey(this)
  }

  /** Null where nothing was; undefined where it is not known. The same object for as long as the file is the same. */
  markOf(path: string): Mark | null | undefined {
    return this.#paths.get(path)
  }

  folder(path: string): KnownFolder {
    let folder = this.#folders.get(path)
    if (folder === undefined) {
      folder = new KnownFolder(path, this.folder(parentOf(path)))
      this.#folders.set(path, folder)
    }
    return folder
  }

  /** What is remembered of some paths. Takes next to nothing for a list that was asked for before. */
  sheetOf(paths: readonly string[]): Sheet {
    let known = this.#sheets.get(paths)
    if (known === undefined) {
      known = { version: -1, sheet: this.#layOut(paths) }
      this.#sheets.set(paths, known)
    }
    if (known.version !== this.#version) this.#fill(known.sheet)
    known.version = this.#version
    return known.sheet
  }

  #layOut(paths: readonly string[]): Sheet {
    const byFolder = new Map<string, string[]>()
    for (const path of paths) {
      const folder = parentOf(path)
      const others = byFolder.get(folder)
      if (others) others.push(path)
      else byFolder.set(folder, [path])
    }
    let end = 0
    const folders = [...byFolder].map(([folder, names]) => {
      end += names.length
      return { around: this.folder(folder), end }
    })
    const known = new Uint8Array(paths.length)
    const marks = new Float64Array(paths.length * numbersInMark)
    return { paths: [...byFolder.values()].flat(), known, marks, folders }
  }

  #fill({ paths, known, marks }: Sheet): void {
    paths.forEach((path, at) => {
      const mark = this.#paths.get(path)
      known[at] = mark === undefined ? isUnknown : mark === null ? wasNothing : wasThere
      if (mark) marks.set([mark.ctimeMs, mark.ino, mark.mtimeMs, mark.size, mark.dev], at * numbersInMark)
    })
  }

  /** `stat` is what a verified look found after `since`, in milliseconds; undefined where it found no way there. */
  keep(path: string, stat: BigIntStats | null | undefined, since: number): void {
    const isTold = stat === null || (stat !== undefined && this.isSettled(stat, since) && isExact(stat))
    this.#version += 1
    if (isTold && (this.#paths.size < mostPaths || this.#paths.has(path)))
      this.#paths.set(path, stat && markOf(stat))
    else this.#paths.delete(path)
  }

  /** As `keep`, of a folder; null where nothing is. Nothing is kept of what is no folder. */
  keepFolder(folder: KnownFolder, stat: BigIntStats | null | undefined, since: number): void {
    const isFolder = stat?.isDirectory() === true && isExact(stat)
    folder.mark = isFolder ? markOf(stat) : stat === null ? null : undefined
    folder.isSettled = isFolder && this.isSettled(stat, since)
    folder.under = undefined
    folder.entries = undefined
  }

  isSettled({ ctimeMs, mtimeMs, mtimeNs }: BigIntStats, since: number): boolean {
    const lag = this.port.timestampGranularity + (mtimeNs % second === 0n ? coarseMargin : margin)
    return Number(ctimeMs) < since - lag && Number(mtimeMs) < since - lag
  }
}

/** Whether the numbers of a mark tell it from every other file. */
function isExact({ ino, dev, size }: BigIntStats): boolean {
  return [ino, dev, size].every((number) => number <= Number.MAX_SAFE_INTEGER)
}

function markOf({ dev, ino, size, ctimeNs, mtimeNs }: BigIntStats): Mark {
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
