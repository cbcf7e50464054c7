import { crc32 } from 'node:zlib'
import type { FilePort, OpenFile } from '../port/port.js'

/**
 * A file of JSON lines that several processes append to at once.
 *
 * A line is written in one call as `\n<crc32> <bytes> <json>`. The newline comes first, so that a line
 * that was cut short (a kill, a full disk) never swallows the next one; its length tells a torn line,
 * which nobody was told of, from a damaged one, which somebody was.
 */
export class AppendLog<Line> {
  readonly path: string
  /** Lines that have their full length but not their checksum: damage, not a torn write. */
  damaged = 0
  readonly #port: FilePort
  #file: OpenFile | undefined
  #offset = 0

  constructor(port: FilePort, path: string) {
    this.#port = port
    this.path = path
  }

  /** The inode of the file that lines go to; a file of another inode at `path` is another log. */
  get identity(): bigint {
    return this.#open().stat().ino
  }

  append(line: Line): void {
    this.#open().write(encodeLine(line))
  }

  /** Lines that came since the last call. */
  *unread(): Generator<Line> {
    const file = this.#open()
    const size = Number(file.stat().size)
    if (size <= this.#offset) return
    const bytes = Buffer.allocUnsafe(size - this.#offset)
    let filled = 0
    while (filled < bytes.length) {
      const count = file.read(bytes, filled, bytes.length - filled, this.#offset + filled)
      if (count === 0) break
      filled += count
    }
    const { lines, consumed, damaged } = decodeLines<Line>(bytes.subarray(0, filled))
    this.#offset += consumed
    this.damaged += damaged
    yield* lines
  }

  async sync(): Promise<void> {
    await this.#open().sync()
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #open(): OpenFile {
    this.#file ??= this.#port.openForWriting(this.path, { append: true })
    return this.#file
  }
}

export function encodeLine(line: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(line))
  return Buffer.concat([Buffer.from(`\n${checksum(json)} ${json.length} `), json])
}

const newline = 0x0a
const space = 0x20

/** Whole lines of `bytes`; an unfinished last one is left for the next time. */
export function decodeLines<Line>(bytes: Buffer): { lines: Line[]; consumed: number; damaged: number } {
  const lines: Line[] = []
  let damaged = 0
  let at = 0
  while (at < bytes.length) {
    const start = bytes[at] === newline ? at + 1 : at
    const end = endOfLine(bytes, start)
    const line = bytes.subarray(start, end)
    const parsed = decodeLine<Line>(line)
    if (parsed === 'torn' && end === bytes.length) break
    if (parsed === 'damaged') damaged++
    else if (parsed !== 'torn') lines.push(parsed.value)
    at = end
  }
  return { lines, consumed: at, damaged }
}

function endOfLine(bytes: Buffer, start: number): number {
  const next = bytes.indexOf(newline, start)
  return next === -1 ? bytes.length : next
}

function decodeLine<Line>(line: Buffer): { value: Line } | 'torn' | 'damaged' {
  // A power cut can leave a stretch of zeros where a line's bytes never reached the disk.
  if (line.length === 0 || line.every((byte) => byte === 0)) return 'torn'
  const second = line.indexOf(space, 9)
  if (second === -1) return line.length < 20 ? 'torn' : 'damaged'
  const length = Number(line.toString('latin1', 9, second))
  if (!Number.isSafeInteger(length)) return 'damaged'
  const json = line.subarray(second + 1)
  if (json.length < length) return 'torn'
  if (json.length > length || checksum(json) !== line.toString('latin1', 0, 8)) return 'damaged'
  return { value: JSON.parse(json.toString()) as Line }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}
