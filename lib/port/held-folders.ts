import { isWithin } from '../paths.js'
import type { Pin, Whereabouts } from './anchor.js'

/**
 * How many folders are kept open. One more costs a descriptor, of the thousands that a process may have; one too few,
 * three more calls a verb.
 */
const mostHeld = 256

interface Held {
  fd: number
  name: string
  users: number
  /** Out of the cache: closed as soon as nobody uses it. */
  dropped: boolean
}

/** How a folder is opened (verified), asked where it is, and closed. */
interface Calls {
  open(folder: string): number
  locate(fd: number, folder: string): Whereabouts
  close(fd: number): void
  nameOf(fd: number): string
  stats(fd: number): ReturnType<Pin['stats']>
}

/**
 * Verified descriptors of folders, kept from one verb to the next: asking the kernel once more where a folder is
 * costs one call, opening it anew costs three. One that has moved or is gone is opened anew, by its name.
 */
export class HeldFolders {
  readonly #calls: Calls
  /** By folder; the one that was used last comes last. */
  readonly #held = new Map<string, Held>()
  /** Those that were found in their places in the step that is running; null outside of one. */
  #found: Set<string> | null = null

  constructor(calls: Calls) {
    this.#calls = calls
  }

  has(folder: string): boolean {
    return this.#held.has(folder)
  }

  /** Throws what opening throws. */
  hold(folder: string): Pin {
    return this.#use(this.#stillThere(folder) ?? this.#open(folder))
  }

  /** Runs `use`, synchronously, asking once of each folder where it is. */
  together<Result>(use: () => Result): Result {
    if (this.#found !== null) return use()
    this.#found = new Set()
    try {
      return use()
    } finally {
      this.#found = null
    }
  }

  isFound(folder: string): boolean {
    return this.#found?.has(folder) ?? false
  }

  /** Something at `path` was renamed or removed: if it was a folder, it and all below it are asked once more. */
  doubt(path: string): void {
    for (const folder of this.#found ?? []) if (isWithin(folder, path)) this.#found?.delete(folder)
  }

  /** Null where it is not among those that are kept open. */
  ifHeld(folder: string): Pin | null {
    const held = this.#stillThere(folder)
    return held && this.#use(held)
  }

  #use(held: Held): Pin {
    held.users += 1
    return {
      name: held.name,
      isFolder: true,
      stats: () => this.#calls.stats(held.fd),
      release: () => {
        held.users -= 1
        this.#closeIfUnused(held)
      },
    }
  }

  close(): void {
    for (const folder of [...this.#held.keys()]) this.#drop(folder)
  }

  #stillThere(folder: string): Held | null {
    const held = this.#held.get(folder)
    if (held === undefined) return null
    if (this.#found?.has(folder)) return held
    if (this.#calls.locate(held.fd, folder) !== 'here') {
      this.#drop(folder)
      return null
    }
    this.#held.delete(folder)
    this.#held.set(folder, held)
    this.#found?.add(folder)
    return held
  }

  #open(folder: string): Held {
    const fd = this.#calls.open(folder)
    const held: Held = { fd, name: this.#calls.nameOf(fd), users: 0, dropped: false }
    this.#held.set(folder, held)
    this.#found?.add(folder)
    if (this.#held.size > mostHeld) this.#drop(this.#held.keys().next().value as string)
    return held
  }

  #drop(folder: string): void {
    const held = this.#held.get(folder)
    if (held === undefined) return
    this.#held.delete(folder)
    this.#found?.delete(folder)
    held.dropped = true
    this.#closeIfUnused(held)
  }

  #closeIfUnused(held: Held): void {
    if (held.dropped && held.users === 0) this.#calls.close(held.fd)
  }
}
