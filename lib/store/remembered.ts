/**
 * What a handle remembers of files and folders that it looked at. A second look that finds just the same is one call
 * on the name; all else is looked at in the verified way, and so is everything before a live file is written.
 */
import type { BigIntStats } from 'node:fs'
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import {
  isExact,
  isUnknown,
  KnownFolder,
  type Mark,
  markOf,
  numbersInMark,
  type Sheet,
  second,
  wasNothing,
  wasThere,
} from './marks.js'
import { Survey } from './survey.js'

/** In milliseconds, beyond how far the disk's time lags behind the clock; and where the disk may count in seconds. */
const margin = 20
const coarseMargin = 2_500

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
