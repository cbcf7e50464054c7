/**
 * What a handle remembers of files and folders that it looked at. A second look that finds just the same is one call
 * on the name; all else is looked at in the verified way, and so is everything before a live file is written.
 */
import type { BigIntStats } from 'node:fs'
import { ancestorsOf, joinPath, parentOf } from '../paths.js'
import type { FilePort, FolderEntry } from '../port/port.js'
import { lookAtAll, type Seen } from './looking.js'

/** What is the same for as long as nothing was done to a file; of a folder, as long as it has the same entries. */
export interface Mark {
  dev: bigint
  ino: bigint
  size: bigint
  ctimeNs: bigint
  mtimeNs: bigint
}

interface Folder {
  mark: Mark
  /** Whether a change to its entries after the look would show in its times. */
  isSettled: boolean
  entries?: readonly FolderEntry[]
}

/** In milliseconds, beyond how far the disk's time lags behind the clock; and where the disk may count in seconds. */
const margin = 20
const coarseMargin = 2_500
const second = 1_000_000_000n

/** Beyond so many paths nothing more is remembered: a path takes some 300 bytes. */
const mostPaths = 50_000

export class Remembered {
  readonly port: FilePort
  readonly folders = new Map<string, Folder>()
  readonly #paths = new Map<string, Mark | null>()

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

  /** `stat` is what a verified look found after `since`, in milliseconds; undefined where it found no way there. */
  keep(path: string, stat: BigIntStats | null | undefined, since: number): void {
    const isTold = stat === null || (stat !== undefined && this.isSettled(stat, since))
    if (isTold && (this.#paths.size < mostPaths || this.#paths.has(path)))
      this.#paths.set(path, stat && markOf(stat))
    else this.#paths.delete(path)
  }

  isSettled({ ctimeMs, mtimeMs, mtimeNs }: BigIntStats, since: number): boolean {
    const lag = this.port.timestampGranularity + (mtimeNs % second === 0n ? coarseMargin : margin)
    return Number(ctimeMs) < since - lag && Number(mtimeMs) < since - lag
  }
}

/** `way`: it is the folder that it was, and no link is on the way; whether it has the same entries is not known. */
type Way = 'same entries' | 'way' | 'unknown'

export class Survey {
  /** Whether all that was asked for until now was found just as it was remembered. */
  isUnchanged = true
  readonly #memory: Remembered
  readonly #began = Date.now()
  readonly #ways = new Map<string, Way>()
  /** Folders that were looked at in the verified way, before what is in them. */
  readonly #looked = new Set<string>()
  readonly #seen = new Map<string, BigIntStats | null>()

  constructor(memory: Remembered) {
    this.#memory = memory
  }

  /** As `lookAtAll`. */
  look(paths: Iterable<string>): Seen {
    const { port } = this.#memory
    const seen = new Map<string, BigIntStats | null>()
    const further: string[] = []
    for (const path of paths) {
      const before = this.#seen.get(path)
      if (before !== undefined) {
        seen.set(path, before)
        continue
      }
      const known = this.#memory.markOf(path)
      const way = known === undefined ? 'unknown' : this.#wayTo(parentOf(path))
      if (known === null && way === 'same entries') {
        seen.set(path, null)
        continue
      }
      const now = known === undefined || way === 'unknown' ? undefined : port.glance(path)
      if (known === undefined || now === undefined || !isSame(known, now)) further.push(path)
      else seen.set(path, now)
    }
    if (further.length > 0) this.#lookAnew(further, seen)
    for (const [path, stat] of seen) this.#seen.set(path, stat)
    return seen
  }

  #lookAnew(paths: readonly string[], seen: Map<string, BigIntStats | null>): void {
    this.isUnchanged = false
    this.#remember(new Set(paths.map(parentOf)))
    const found = lookAtAll(this.#memory.port, paths)
    for (const path of paths) {
      const stat = found.get(path)
      if (stat !== undefined) seen.set(path, stat)
      this.#memory.keep(path, stat, this.#began)
    }
  }

  /** Whether it surely is a folder with no link on the way: it was looked at in this survey. */
  isFolder(folder: string): boolean {
    return this.#wayTo(folder) !== 'unknown'
  }

  /** What lies in a folder: the same list for as long as it has the same entries. Throws ENOENT, ENOTDIR. */
  list(folder: string): readonly FolderEntry[] {
    const known = this.#memory.folders.get(folder)
    if (known?.entries !== undefined && this.#wayTo(folder) === 'same entries') return known.entries
    this.isUnchanged = false
    this.#remember([folder])
    const entries = this.#memory.port.list(folder)
    this.#remember(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => joinPath(folder, name)))
    const now = this.#memory.folders.get(folder)
    if (now?.isSettled) now.entries = entries
    return entries
  }

  /** Looks at folders, before what is in them is looked at. */
  #remember(folders: Iterable<string>): void {
    const { port } = this.#memory
    const anew = new Set<string>()
    for (const folder of folders)
      for (const each of [folder, ...ancestorsOf(folder), ''])
        if (!this.#looked.has(each) && this.#wayTo(each) !== 'same entries') anew.add(each)
    if (anew.delete('')) this.#note('', port.stat(''))
    const seen = lookAtAll(port, anew)
    for (const folder of anew) this.#note(folder, seen.get(folder) ?? null)
  }

  #note(folder: string, stat: BigIntStats | null): void {
    this.#looked.add(folder)
    const isFolder = stat?.isDirectory() === true
    this.#ways.set(folder, isFolder ? 'way' : 'unknown')
    if (!isFolder) this.#memory.folders.delete(folder)
    else {
      const isSettled = this.#memory.isSettled(stat, this.#began)
      this.#memory.folders.set(folder, { mark: markOf(stat), isSettled })
    }
  }

  #wayTo(folder: string): Way {
    let way = this.#ways.get(folder)
    if (way === undefined) {
      way = this.#glanceAt(folder)
      this.#ways.set(folder, way)
    }
    return way
  }

  #glanceAt(folder: string): Way {
    const known = this.#memory.folders.get(folder)
    if (known === undefined) return 'unknown'
    if (folder !== '' && this.#wayTo(parentOf(folder)) === 'unknown') return 'unknown'
    const now = this.#memory.port.glance(folder)
    if (!now?.isDirectory() || now.ino !== known.mark.ino || now.dev !== known.mark.dev) return 'unknown'
    return known.isSettled && isSame(known.mark, now) ? 'same entries' : 'way'
  }
}

function markOf({ dev, ino, size, ctimeNs, mtimeNs }: BigIntStats): Mark {
  return { dev, ino, size, ctimeNs, mtimeNs }
}

function isSame(known: Mark | null, now: BigIntStats | null): boolean {
  if (known === null || now === null) return known === now
  return (
    now.ctimeNs === known.ctimeNs &&
    now.ino === known.ino &&
    now.mtimeNs === known.mtimeNs &&
    now.size === known.size &&
    now.dev === known.dev
  )
}
