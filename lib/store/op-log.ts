/** The op log: the operations on sessions that have ended, well or not, one line each. */
import { errnoOf, isCowriteError } from '../errors.js'
import type { FilePort, OpenFile } from '../port/port.js'
import type { LoggedOperation } from '../records-api.js'
import { decodeLines, encodeLine } from './append-log.js'
import { namesIn, readIfThere, removeIfThere, uniqueName } from './files.js'
import { type Layout, numberOfEarlierOperations } from './layout.js'
import { type Freeing, openForAppending, takeOut } from './shared-log.js'

/** Sizes in bytes. */
export interface OpLogBounds {
  /** A file that has grown to this is put aside, and another is begun. */
  part: number
  /** A part is dropped when there is this much that is newer. */
  kept: number
}

export const usualBounds: OpLogBounds = { part: 4 * 1024 * 1024, kept: 16 * 1024 * 1024 }

/**
 * The end of the op log that one process appends to, with a descriptor that stays open.
 *
 * Many processes append at once, without a lock. A file that is full is renamed to a name that nobody else takes:
 * two who do so at once put aside a part that is small, and since parts are dropped by what is newer than they are,
 * in bytes, no line goes before its time for that.
 */
export class OpLog {
  /** How many operations could not be logged since the last one that was. */
  missed = 0
  readonly #port: FilePort
  readonly #layout: Layout
  readonly #bounds: OpLogBounds
  #file: OpenFile | undefined

  constructor(port: FilePort, layout: Layout, bounds: OpLogBounds = usualBounds) {
    this.#port = port
    this.#layout = layout
    this.#bounds = bounds
  }

  /**
   * Appends an operation that has ended. Where nothing can be written it is counted, and the next line that can be
   * written says how many are missing: an operation does not fail for its line in the log.
   */
  append(operation: LoggedOperation): void {
    const { missed } = this
    try {
      this.#write(encodeLine(missed === 0 ? operation : { ...operation, missedBefore: missed }))
      this.missed = 0
    } catch (error) {
      if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
      this.missed += 1
      this.close()
    }
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #write(line: Buffer): void {
    for (;;) {
      const file = this.#open()
      file.write(line)
      const { nlink, size, ino } = file.stat()
      if (nlink === 0n) {
        // The part was dropped while this process held it open.
        this.close()
        continue
      }
      if (Number(size) >= this.#bounds.part) this.#putAside(ino)
      return
    }
  }

  #open(): OpenFile {
    this.#file ??= openForAppending(this.#port, this.#layout.operations)
    return this.#file
  }

  #putAside(ino: bigint): void {
    this.close()
    if (this.#port.stat(this.#layout.operations)?.ino !== ino) return
    putCurrentAside(this.#port, this.#layout)
    dropOldParts(this.#port, this.#layout, this.#bounds.kept)
  }
}

function putCurrentAside(port: FilePort, layout: Layout): void {
  const newest = partsOf(port, layout)[0]
  try {
    port.rename(layout.operations, layout.earlierOperations((newest?.number ?? 0) + 1, uniqueName()))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Takes operations out of the log for good. Returns how many bytes that freed; by `weigh`, only that. */
export function forgetOperations(
  port: FilePort,
  layout: Layout,
  isForgotten: (operation: LoggedOperation) => boolean,
  by: Freeing = takeOut,
): number {
  const paths = [...partsOf(port, layout).map(({ path }) => path), layout.operations]
  return paths.reduce((freed, path) => freed + by(port, path, isForgotten), 0)
}

interface Part {
  number: number
  path: string
  size: number
  ino: bigint
  /** When it was last written to. */
  written: bigint
}

/** What was put aside, newest first. */
function partsOf(port: FilePort, { log }: Layout): Part[] {
  const parts = namesIn(port, log).flatMap((name): Part[] => {
    const number = numberOfEarlierOperations(name)
    const stat = number === null ? null : port.stat(`${log}/${name}`)
    if (number === null || !stat?.isFile()) return []
    return [{ number, path: `${log}/${name}`, size: Number(stat.size), ino: stat.ino, written: stat.mtimeNs }]
  })
  return parts.sort((left, right) => right.number - left.number || (left.path < right.path ? 1 : -1))
}

function dropOldParts(port: FilePort, layout: Layout, kept: number): void {
  let newer = 0
  // Some process may still write to a part that others have put aside.
  const parts = partsOf(port, layout).sort((left, right) => (left.written < right.written ? 1 : -1))
  for (const { path, size } of parts) {
    if (newer >= kept) removeIfThere(port, path)
    newer += size
  }
}

/** What the log holds. */
export interface ReadOperations {
  /** In the order in which they ended. */
  operations: LoggedOperation[]
  /** Lines that are not what was written. Those that were cut short do not count: nobody was told of them. */
  damaged: number
}

/** Reads the whole log; `about` keeps only lines that hold this text, and is quicker. */
export function readOperations(port: FilePort, layout: Layout, about?: string): ReadOperations {
  const read: ReadOperations = { operations: [], damaged: 0 }
  // The current part is opened first: if it is put aside meanwhile, it is still read, and once.
  const current = openIfThere(port, layout.operations)
  try {
    const ino = current?.stat().ino
    for (const part of partsOf(port, layout).reverse()) {
      if (part.ino !== ino) take(read, readIfThere(port, part.path), about)
    }
    if (current !== null) take(read, current.readAll(), about)
  } finally {
    current?.close()
  }
  return read
}

function openIfThere(port: FilePort, path: string): OpenFile | null {
  try {
    return port.openForReading(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
}

function take(read: ReadOperations, bytes: Buffer | null, about: string | undefined): void {
  if (bytes === null) return
  const { lines, damaged } = decodeLines<LoggedOperation>(bytes, about)
  for (const line of lines) read.operations.push(line)
  read.damaged += damaged
}
