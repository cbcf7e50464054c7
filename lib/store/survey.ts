import type { BigIntStats } from 'node:fs'
import { ancestorsOf, joinPath, parentOf } from '../paths.js'
import type { FolderEntry } from '../port/port.js'
import { lookAtAll, type Seen } from './looking.js'
import {
  isAsBefore,
  isSame,
  isSameInDetail,
  isUnknown,
  type KnownFolder,
  type Sheet,
  type Way,
  wasNothing,
} from './marks.js'
import type { Remembered } from './remembered.js'

/** One look around, which holds what it finds against what is remembered. */
export class Survey {
  /** Whether all that was asked for until now was found just as it was remembered. */
  isUnchanged = true
  readonly #memory: Remembered
  readonly #began = Date.now()
  /** What was looked at in the verified way. */
  readonly #anew = new Map<string, BigIntStats | null>()
  /** Where a look found nothing, as before. */
  readonly #absent = new Set<string>()
  readonly #lookedAt = new Set<readonly string[]>()

  constructor(memory: Remembered) {
    this.#memory = memory
  }

  /** As `lookAtAll`; of what is just as it was, more is found out when it is asked for. */
  look(asked: readonly string[]): Seen {
    if (!this.#lookedAt.has(asked)) {
      const further: string[] = []
      const sheet = this.#memory.sheetOf(asked)
      let begin = 0
      for (const { around, end } of sheet.folders) {
        this.#compare(sheet, around, begin, end, further)
        begin = end
      }
      if (further.length > 0) this.#lookAnew(further)
      this.#lookedAt.add(asked)
    }
    return { get: (path) => this.#seenAt(path) }
  }

  /** Of all that is at these paths, in bytes. */
  sizeOf(paths: readonly string[]): number {
    this.look(paths)
    const sizes = paths.map((path) =>
      Number(this.#anew.get(path)?.size ?? this.#memory.markOf(path)?.size ?? 0),
    )
    return sizes.reduce((all, size) => all + size, 0)
  }

  /** Adds those of a folder that are not surely what they were to `further`. */
  #compare(sheet: Sheet, around: KnownFolder, begin: number, end: number, further: string[]): void {
    const { paths, known } = sheet
    const { port } = this.#memory
    const way = this.#wayTo(around)
    let absent = 0
    for (let at = begin; at < end; at++) {
      const path = paths[at] as string
      const was = known[at]
      if (was === wasNothing) {
        if (way === 'nothing' || this.#absent.has(path)) continue
        // To look for one name takes less than to look at the folder, which tells of all.
        const isAsked = absent++ > 0 || around.hasSameEntries !== undefined
        if (isAsked && this.#hasSameEntries(around)) continue
      } else if (was === isUnknown && this.#anew.has(path)) continue
      const now = was === isUnknown || way !== 'folder' ? undefined : port.glance(path)
      const isStill =
        now && was !== wasNothing ? isAsBefore(now, sheet, at) : now === null && was === wasNothing
      if (!isStill) further.push(path)
      else if (now === null) this.#absent.add(path)
    }
  }

  #lookAnew(paths: readonly string[]): void {
    this.isUnchanged = false
    this.#remember(new Set(paths.map(parentOf)))
    const found = lookAtAll(this.#memory.port, paths)
    for (const path of paths) {
      const stat = found.get(path)
      if (stat === undefined) this.#anew.delete(path)
      else this.#anew.set(path, stat)
      this.#memory.keep(path, stat, this.#began)
    }
  }

  #seenAt(path: string): BigIntStats | null | undefined {
    const anew = this.#anew.get(path)
    if (anew !== undefined) return anew
    const known = this.#memory.markOf(path)
    if (known === undefined || known === null) return known
    const now = this.#memory.port.glanceInDetail(path)
    if (now && isSameInDetail(known, now)) return now
    this.#lookAnew([path])
    return this.#anew.get(path)
  }

  /** Whether it surely is a folder with no link on the way. */
  isFolder(folder: string): boolean {
    return this.#wayTo(this.#memory.folder(folder)) === 'folder'
  }

  /** What lies in a folder: the same list for as long as it has the same entries. Throws ENOENT, ENOTDIR. */
  list(path: string): readonly FolderEntry[] {
    const folder = this.#memory.folder(path)
    if (folder.entries !== undefined && this.#hasSameEntries(folder)) return folder.entries
    this.isUnchanged = false
    this.#remember([path])
    const entries = this.#memory.port.list(path)
    this.#remember(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => joinPath(path, name)))
    if (folder.isSettled) folder.entries = entries
    return entries
  }

  /** Looks at folders, before what is in them is looked at. */
  #remember(paths: Iterable<string>): void {
    const { port } = this.#memory
    const anew = new Set<string>()
    for (const path of paths)
      for (const each of ['', ...ancestorsOf(path), path]) {
        const folder = this.#own(this.#memory.folder(each))
        if (!folder.isLooked && !this.#hasSameEntries(folder)) anew.add(each)
      }
    if (anew.delete('')) this.#note(this.#memory.folder(''), port.stat(''))
    const seen = lookAtAll(port, anew)
    for (const each of anew) this.#note(this.#memory.folder(each), seen.get(each))
  }

  /** The folder, with nothing in it that another survey found. */
  #own(folder: KnownFolder): KnownFolder {
    if (folder.foundBy !== this) {
      folder.foundBy = this
      folder.way = undefined
      folder.hasSameEntries = undefined
      folder.isLooked = false
    }
    return folder
  }

  /** Those that are around others come first. */
  #note(folder: KnownFolder, stat: BigIntStats | null | undefined): void {
    this.#memory.keepFolder(folder, stat, this.#began)
    const own = this.#own(folder)
    own.isLooked = true
    own.way = own.mark === undefined ? 'unknown' : own.mark === null ? 'nothing' : 'folder'
    own.hasSameEntries = false
    this.#stand(own)
  }

  /** Notes that what was just found of a folder is so among the present entries of the one around it, if those are known. */
  #stand(folder: KnownFolder): void {
    if (folder.around === null) return
    const around = this.#own(folder.around)
    const isKnown = around.isLooked || around.hasSameEntries === true
    folder.under = isKnown ? (around.mark ?? undefined) : undefined
  }

  #wayTo(folder: KnownFolder): Way {
    const own = this.#own(folder)
    own.way ??= this.#findWay(own)
    return own.way
  }

  #findWay(folder: KnownFolder): Way {
    const { mark, around, under } = folder
    if (mark === undefined) return 'unknown'
    if (around !== null) {
      const wayAround = this.#wayTo(around)
      if (wayAround !== 'folder') return wayAround
      // Nothing can take a folder's place without a new entry in the one around it.
      if (under !== undefined && around.mark === under && this.#hasSameEntries(around))
        return mark === null ? 'nothing' : 'folder'
    }
    return this.#glanceAt(folder)
  }

  /** The way to it is known. */
  #glanceAt(folder: KnownFolder): Way {
    const { mark, path } = folder
    const now = this.#memory.port.glance(path)
    if (now === null && mark === null) {
      this.#stand(folder)
      return 'nothing'
    }
    if (!now || !mark || !now.isDirectory() || now.ino !== mark.ino || now.dev !== mark.dev) return 'unknown'
    folder.hasSameEntries = folder.isSettled && isSame(mark, now)
    if (folder.hasSameEntries) this.#stand(folder)
    // What it holds now is what the next look is to go by.
    else if (!folder.isLooked) this.#note(folder, this.#verified(path))
    return folder.way ?? 'folder'
  }

  #verified(path: string): BigIntStats | null | undefined {
    const { port } = this.#memory
    return path === '' ? port.stat('') : lookAtAll(port, [path]).get(path)
  }

  #hasSameEntries(folder: KnownFolder): boolean {
    if (this.#wayTo(folder) !== 'folder') return false
    if (folder.hasSameEntries === undefined) {
      const way = this.#glanceAt(folder)
      folder.way = way
      if (way !== 'folder') folder.hasSameEntries = false
    }
    return folder.hasSameEntries === true
  }
}
