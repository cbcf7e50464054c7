import type { BigIntStats } from 'node:fs'
import { errnoOf } from '../errors.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { crc32 } from './crc32.js'

/**
 * A file of JSON lines that several processes append to at once.
 *
 * A line is written in one call as `\n<crc32> <bytes> <json>\t`. The newline comes first, so that a line
 * that was cut short (a kill, a full disk) never swallows the next one. A line that has neither its length
 * nor its end was cut short, and nobody was told of it; one that has either, but not its checksum, is
 * damaged, and somebody was. JSON on one line holds no tab, so that no other place looks like an end.
 */
export class AppendLog<Line> {
  readonly path: string
  /** Lines that were whole once and are not what was written: damage, not a torn write. */
  damaged = 0
  /** Whether the file had lost its name when it was last read; some network disks do not tell. */
  isUnlinked = false
  readonly #port: FilePort
  #file: OpenFile | undefined
  #takesLines = true
  #offset = 0
  /** How many bytes were appended without a look at what others had appended by then. */
  #unseen = 0
  #identity: bigint | undefined

  constructor(port: FilePort, path: string) {
    this.#port = port
    this.path = path
  }

  /** The inode of the file that lines go to; a file of another inode at `path` is another log. */
  get identity(): bigint {
    const file = this.#open()
    this.#identity ??= file.stat().ino
    return this.#identity
  }

  /**
   * Appends lines, in one write. True where they directly follow what was read, and count as read: there is nothing to
   * read again. False also where the disk does not say: by then they are there.
   */
  append(...lines: Line[]): boolean {
    const file = this.#openForWriting()
    this.appendUnseen(...lines)
    try {
      return this.followsWhatWasRead(file.stat())
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return false
    }
  }

  /** Appends lines, in one write, and does not look where they came to stand: `followsWhatWasRead` tells. */
  appendUnseen(...lines: Line[]): void {
    const [first] = lines
    const bytes = lines.length === 1 ? encodeLine(first) : Buffer.concat(lines.map(encodeLine))
    this.#openForWriting().write(bytes)
    this.#unseen += bytes.length
  }

  /** Whether nobody else appended since the last reading: then what was appended here counts as read. `stat` is the file's. */
  followsWhatWasRead({ size }: BigIntStats): boolean {
    if (Number(size) !== this.#offset + this.#unseen) return false
    this.#offset += this.#unseen
    this.#unseen = 0
    return true
  }

  /** Lines that came since the last call. `stat` is the file's, where the caller has it. */
  *unread(stat = this.#open().stat()): Generator<Line> {
    const file = this.#open()
    this.#unseen = 0
    this.isUnlinked = stat.nlink === 0n
    const size = Number(stat.size)
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

  /** Where nothing can be written, a log can still be read. */
  #open(): OpenFile {
    if (this.#file !== undefined) return this.#file
    try {
      return this.#openForWriting()
    } catch (error) {
      if (!['EROFS', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error
      this.#file = this.#port.openForReading(this.path)
      this.#takesLines = false
      return this.#file
    }
  }

  #openForWriting(): OpenFile {
    if (this.#file !== undefined && this.#takesLines) return this.#file
    const file = this.#port.openForWriting(this.path, { append: true })
    this.#file?.close()
    this.#file = file
    this.#identity = undefined
    this.#takesLines = true
    return file
  }
}

export function encodeLine(line: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(line))
  const head = `\n${checksum(json)} ${json.length} `
  const bytes = Buffer.allocUnsafe(head.length + json.length + 1)
  bytes.write(head, 'latin1')
  bytes.set(json, head.length)
  bytes[bytes.length - 1] = endMark
  return bytes
}

const newline = 0x0a
const space = 0x20
const endMark = 0x09

/**
 * Whole lines of `bytes`; an unfinished last one is left for the next time. With `about`, lines that do not hold this
 * text are passed over unread.
 */
export function decodeLines<Line>(
  bytes: Buffer,
  about?: string,
): { lines: Line[]; consumed: number; damaged: number } {
  const lines: Line[] = []
  const wanted = about === undefined ? null : Buffer.from(about)
  let damaged = 0
  let at = 0
  while (at < bytes.length) {
    const start = bytes[at] === newline ? at + 1 : at
    const end = endOfLine(bytes, start)
    const begun = at
    at = end
    if (wanted !== null && !bytes.subarray(start, end).includes(wanted)) continue
    const whole = decodeWhole<Line>(bytes, start, end)
    if (whole !== null) {
      lines.push(whole.value)
      continue
    }
    // A power cut leaves zeros for what had been appended to a line that had reached the disk: that one is whole.
    const zeros = bytes.subarray(start, end).indexOf(0)
    const before = zeros === -1 ? null : decodeWhole<Line>(bytes, start, start + zeros)
    if (before !== null) lines.push(before.value)
    const parsed = decodeLine<Line>(bytes.subarray(start, end))
    if (end === bytes.length && bytes[end - 1] !== endMark && parsed !== 'damaged')
      return { lines, consumed: begun, damaged }
    if (parsed === 'damaged') damaged++
    else if (parsed !== 'torn') lines.push(parsed.value)
  }
  return { lines, consumed: at, damaged }
}

function endOfLine(bytes: Buffer, start: number): number {
  const next = bytes.indexOf(newline, start)
  return next === -1 ? bytes.length : next
}

/** The line from `start` to `end`, at the least cost, if nothing is wrong with it. */
function decodeWhole<Line>(bytes: Buffer, start: number, end: number): { value: Line } | null {
  const last = end - 1
  if (last <= start || bytes[last] !== endMark) return null
  const second = bytes.indexOf(space, start + 9)
  if (second === -1 || second >= last) return null
  const json = bytes.subarray(second + 1, last)
  // What the line should begin with, which tells at once whether checksum and length are right.
  const isWhole = bytes.toString('latin1', start, second) === `${checksum(json)} ${json.length}`
  return isWhole ? { value: JSON.parse(bytes.toString('utf8', second + 1, last)) as Line } : null
}

function decodeLine<Line>(line: Buffer): { value: Line } | 'torn' | 'damaged' {
  if (line.length === 0) return 'torn'
  const isEnded = line.at(-1) === endMark
  // No write leaves zeros; a power cut does, where what had been written never reached the disk.
  if (line.includes(0)) return 'damaged'
  const cut = isEnded ? 'damaged' : 'torn'
  const second = line.indexOf(space, 9)
  if (second === -1)
    return /^[0-9a-f]{0,8}$|^[0-9a-f]{8} \d*$/.test(line.toString('latin1')) ? cut : 'damaged'
  const length = Number(line.toString('latin1', 9, second))
  if (line[8] !== space || !Number.isSafeInteger(length)) return 'damaged'
  const body = line.subarray(second + 1)
  if (body.length < length) return cut
  const json = body.subarray(0, length)
  const isWhole =
    body.length === length + (isEnded ? 1 : 0) && checksum(json) === line.toString('latin1', 0, 8)
  if (!isWhole) return 'damaged'
  return { value: JSON.parse(json.toString()) as Line }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}
