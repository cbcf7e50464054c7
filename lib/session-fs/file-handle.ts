import { EventEmitter } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { createInterface, type Interface } from 'node:readline'
import { Readable } from 'node:stream'
import type { WorkspacePath } from '../paths.js'
import { errnoError } from '../port/faults.js'
import { changeMode, changeTimes } from '../store/making.js'
import { type Access, modeOf, optionsOf, timeOf, wholeNumber } from './arguments.js'
import { bytesOf, contentOf } from './contents.js'
import { asNodeError, throwIfAborted } from './errors.js'
import { readStreamOf, writeStreamOf } from './handle-streams.js'
import { confirmWrite, dropUnlessOpen } from './own-copy.js'
import { changing, type View } from './view.js'

/** What a handle is opened on. */
export interface Opened {
  /** The caller's own words for the path. */
  shown: string
  path: WorkspacePath
  access: Access
  /** node's handle on the file that is read, or on the session's own copy. */
  inner: FileHandle
  /** The session's own copy, by its inode; null for a handle that only reads. */
  inode: bigint | null
  /** Says that nobody writes in it by this handle any more. */
  letGo(): void
}

const usualReadSize = 16 * 1024
const writtenAtOnce = 1024 * 1024

/**
 * An open file, as node's FileHandle. Writes go in place into the session's own copy, and each is answered
 * only if the copy still is the session's file and the session takes writes still: else ESTALE or EBUSY.
 */
export class SessionFileHandle extends EventEmitter {
  readonly #view: View
  readonly #opened: Opened
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(view: View, opened: Opened) {
    super()
    this.#view = view
    this.#opened = opened
    if (opened.inode === null) return
    const { openForWriting } = view
    openForWriting.set(opened.path, (openForWriting.get(opened.path) ?? 0) + 1)
  }

  get fd(): number {
    return this.#isClosed ? -1 : this.#opened.inner.fd
  }

  async read(target?: unknown, second?: unknown, length?: unknown, position?: unknown) {
    const asked = readArguments(target, second, length, position)
    // Nothing to be read is nothing that could be refused.
    if (asked.length === 0 && !this.#isClosed) return { bytesRead: 0, buffer: asked.buffer }
    return this.#reading('read', async (inner) => {
      const { bytesRead } = await inner.read(asked.bytes, asked.offset, asked.length, asked.position)
      return { bytesRead, buffer: asked.buffer }
    })
  }

  async readv(buffers: readonly NodeJS.ArrayBufferView[], position?: number | null) {
    return this.#reading('read', async (inner) => {
      let bytesRead = 0
      for (const buffer of buffers) {
        const bytes = bytesOf(buffer)
        const at = typeof position === 'number' ? position + bytesRead : null
        const count = bytes.length === 0 ? 0 : (await inner.read(bytes, 0, bytes.length, at)).bytesRead
        bytesRead += count
        if (count < bytes.length) break
      }
      return { bytesRead, buffers }
    })
  }

  /** From the present position to the end. */
  async readFile(given?: unknown): Promise<string | Buffer> {
    const { encoding, signal } = optionsOf(given, {
      encoding: null as unknown,
      signal: undefined as AbortSignal | undefined,
    })
    return this.#reading('read', async (inner) => {
      const pieces: Buffer[] = []
      for (;;) {
        throwIfAborted(signal)
        const piece = Buffer.allocUnsafe(64 * 1024)
        const { bytesRead } = await inner.read(piece, 0, piece.length, null)
        if (bytesRead === 0) break
        pieces.push(piece.subarray(0, bytesRead))
      }
      const bytes = Buffer.concat(pieces)
      return encoding === null || encoding === undefined || encoding === 'buffer'
        ? bytes
        : bytes.toString(encoding as BufferEncoding)
    })
  }

  async stat(options?: { bigint?: boolean }) {
    return this.#reading('fstat', (inner) => inner.stat(options as { bigint: false }), false)
  }

  async write(data: unknown, second?: unknown, third?: unknown, fourth?: unknown) {
    const { bytes, position, buffer } = writeArguments(data, second, third, fourth)
    await this.#changing('write', (inner) => this.#writeAll(inner, bytes, position))
    return { bytesWritten: bytes.length, buffer }
  }

  async writev(buffers: readonly NodeJS.ArrayBufferView[], position?: number | null) {
    let bytesWritten = 0
    await this.#changing('write', async (inner) => {
      for (const buffer of buffers) {
        const at = typeof position === 'number' ? position + bytesWritten : null
        bytesWritten += await this.#writeAll(inner, bytesOf(buffer), at)
      }
    })
    return { bytesWritten, buffers }
  }

  async writeFile(data: unknown, given?: unknown): Promise<void> {
    const { encoding, signal } = optionsOf(given, {
      encoding: 'utf8' as unknown,
      signal: undefined as AbortSignal | undefined,
    })
    const content = contentOf(data, encoding, signal)
    throwIfAborted(signal)
    const pieces = content instanceof Uint8Array ? cut(content) : content
    for await (const piece of pieces) {
      throwIfAborted(signal)
      await this.#changing('write', (inner) => this.#writeAll(inner, piece, null))
    }
  }

  async appendFile(data: unknown, options?: unknown): Promise<void> {
    await this.writeFile(data, options)
  }

  async truncate(length: number = 0): Promise<void> {
    const size = Math.max(0, wholeNumber(length ?? 0, 'len'))
    await this.#changing('ftruncate', (inner) => inner.truncate(size), 'EINVAL')
  }

  async sync(): Promise<void> {
    await this.#reading('fsync', (inner) => inner.sync(), false)
  }

  async datasync(): Promise<void> {
    await this.#reading('fdatasync', (inner) => inner.datasync(), false)
  }

  /** Of a file that is only read, it is the session's copy that changes: lower is never touched. */
  async chmod(mode: number | string): Promise<void> {
    const bits = modeOf(mode, 0) & 0o777
    if (this.#opened.inode !== null) return this.#changing('fchmod', (inner) => inner.chmod(bits))
    const { store } = this.#view
    await this.#onPath('fchmod', () => changeMode(store, this.#opened.path, bits))
  }

  async utimes(atime: unknown, mtime: unknown): Promise<void> {
    const [accessed, modified] = [timeOf(atime, 'atime'), timeOf(mtime, 'mtime')]
    const { store } = this.#view
    await this.#onPath('futime', () => changeTimes(store, this.#opened.path, accessed, modified))
  }

  /** Owners are not committed: only what changes nothing succeeds. */
  async chown(uid: number, gid: number): Promise<void> {
    await this.#reading(
      'fchown',
      async (inner) => {
        const stats = await inner.stat()
        if ((uid !== -1 && uid !== stats.uid) || (gid !== -1 && gid !== stats.gid)) {
          throw errnoError('EPERM', 'fchown', this.#opened.shown)
        }
      },
      false,
    )
  }

  createReadStream(options?: object) {
    return readStreamOf(this, options)
  }

  createWriteStream(options?: object) {
    return writeStreamOf(this, options)
  }

  readLines(options?: object): Interface {
    return createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY })
  }

  readableWebStream() {
    return Readable.toWeb(this.createReadStream({ autoClose: false }))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    const { inner, inode, path, shown } = this.#opened
    await inner.close()
    this.#opened.letGo()
    this.emit('close')
    if (inode === null) return
    const { openForWriting } = this.#view
    const others = (openForWriting.get(path) ?? 1) - 1
    if (others > 0) {
      openForWriting.set(path, others)
      return
    }
    openForWriting.delete(path)
    // A session that has ended meanwhile has nothing to take back: what was written was answered for by then.
    if (!this.#view.isOpen() || !this.#view.store.record.isLive()) return
    await changing(this.#view, { syscall: 'close', path: shown }, () => dropUnlessOpen(this.#view, path))
  }

  async #writeAll(inner: FileHandle, bytes: Uint8Array, position: number | null): Promise<number> {
    for (let done = 0; done < bytes.length; ) {
      const at = position === null ? null : position + done
      const { bytesWritten } = await inner.write(bytes, done, bytes.length - done, at)
      if (bytesWritten <= 0) throw errnoError('ENOSPC', 'write', this.#opened.shown)
      done += bytesWritten
    }
    return bytes.length
  }

  async #reading<Result>(
    syscall: string,
    work: (inner: FileHandle) => Promise<Result>,
    reads = true,
  ): Promise<Result> {
    const { shown, inner, access } = this.#opened
    try {
      if (this.#isClosed || (reads && !access.read)) throw errnoError('EBADF', syscall, shown)
      this.#view.assertOpen()
      return await work(inner)
    } catch (error) {
      throw asNodeError(error, { syscall, path: shown })
    }
  }

  async #changing(
    syscall: string,
    work: (inner: FileHandle) => Promise<unknown>,
    refusal = 'EBADF',
  ): Promise<void> {
    const { path, shown, inner, inode, access } = this.#opened
    await changing(this.#view, { syscall, path: shown }, async () => {
      if (this.#isClosed) throw errnoError('EBADF', syscall, shown)
      if (inode === null) throw errnoError(refusal, syscall, shown)
      await work(inner)
      if (access.sync) await inner.datasync()
      confirmWrite(this.#view.store, path, inode)
    })
  }

  async #onPath(syscall: string, work: () => Promise<void>): Promise<void> {
    const { path, shown, inode } = this.#opened
    await changing(this.#view, { syscall, path: shown }, async () => {
      if (this.#isClosed) throw errnoError('EBADF', syscall, shown)
      this.#view.store.guard.checkWrite(path)
      await work()
      if (inode !== null) confirmWrite(this.#view.store, path, inode)
    })
  }
}

/** Whether something is an open file rather than a path to one. */
export function isHandle(file: unknown): file is SessionFileHandle {
  return typeof file === 'object' && file !== null && 'fd' in file && 'readFile' in file
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at === 0 || at < bytes.length; at += writtenAtOnce)
    yield bytes.subarray(at, at + writtenAtOnce)
}

interface Range {
  buffer?: NodeJS.ArrayBufferView | undefined
  offset?: unknown
  length?: unknown
  position?: unknown
}

/** `read(buffer, offset, length, position)`, `read(buffer, options)` and `read(options)` are one call. */
function readArguments(target: unknown, second: unknown, length: unknown, position: unknown) {
  const range = ArrayBuffer.isView(target)
    ? typeof second === 'object' && second !== null
      ? { ...(second as Range), buffer: target }
      : ({ buffer: target, offset: second, length, position } as Range)
    : ((target ?? {}) as Range)
  const buffer = range.buffer ?? Buffer.alloc(usualReadSize)
  const bytes = bytesOf(buffer)
  const offset = wholeNumber(range.offset ?? 0, 'offset', 0, bytes.length)
  const rest = bytes.length - offset
  return {
    buffer,
    bytes,
    offset,
    length: wholeNumber(range.length ?? rest, 'length', 0, rest),
    position: positionOf(range.position),
  }
}

/** Bytes with offset, length and position, or with an object of these; or text with position and encoding. */
function writeArguments(data: unknown, second: unknown, third: unknown, fourth: unknown) {
  if (!ArrayBuffer.isView(data)) {
    const bytes = contentOf(typeof data === 'string' ? data : notBytes(data), third ?? 'utf8') as Uint8Array
    return { bytes, position: positionOf(second), buffer: data }
  }
  const range: Range =
    typeof second === 'object' && second !== null
      ? second
      : ({ offset: second, length: third, position: fourth } as Range)
  const all = bytesOf(data)
  const offset = wholeNumber(range.offset ?? 0, 'offset', 0, all.length)
  const length = wholeNumber(range.length ?? all.length - offset, 'length', 0, all.length - offset)
  return { bytes: all.subarray(offset, offset + length), position: positionOf(range.position), buffer: data }
}

/** An iterable is for `writeFile`; here it is as wrong as a number. */
function notBytes(data: unknown): unknown {
  return typeof data === 'object' ? Number.NaN : data
}

function positionOf(position: unknown): number | null {
  if (typeof position === 'bigint') return Number(position)
  return typeof position === 'number' && position >= 0 ? position : null
}
