import type { BigIntStats } from 'node:fs'
import { asBigInts } from './anchor.js'
import { errnoError } from './faults.js'
import type { OpenFile } from './port.js'
import type { RawFs } from './raw-fs.js'

const closed = -1

/** A verified regular file, by its descriptor. */
export class DescriptorFile implements OpenFile {
  readonly #fs: RawFs
  readonly #name: string
  /** `readAll` needs one call for as much. */
  readonly openedSize: number
  readonly opened: BigIntStats | null
  #fd: number

  constructor(fs: RawFs, fd: number, name: string, opened: BigIntStats | null) {
    this.#fs = fs
    this.#fd = fd
    this.#name = name
    this.opened = opened
    this.openedSize = Number(opened?.size ?? 0n)
  }

  stat(): BigIntStats {
    return this.#fs.fstatSync(this.#open('fstat'), asBigInts) as BigIntStats
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.#fs.readSync(this.#open('read'), buffer, offset, length, position)
  }

  readAll(): Buffer {
    const fd = this.#open('read')
    // One byte more than is expected: an answer that leaves it free is the end, without asking again.
    let buffer = Buffer.allocUnsafe(this.openedSize + 1)
    let length = this.#fs.readSync(fd, buffer, 0, buffer.length, 0)
    if (length === this.openedSize) return buffer.subarray(0, length)

    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.max(4096, buffer.length * 2))
      const count = this.#fs.readSync(fd, buffer, length, buffer.length - length, length)
      if (count === 0) return buffer.subarray(0, length)
      length += count
    }
  }

  readAsync(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#fs.read(this.#open('read'), buffer, offset, length, position, (error, count) =>
        error ? reject(error) : resolve(count),
      )
    })
  }

  write(bytes: Uint8Array, position?: number): void {
    const fd = this.#open('write')
    for (let done = 0; done < bytes.length; ) {
      const at = position === undefined ? null : position + done
      const count = this.#fs.writeSync(fd, bytes, done, bytes.length - done, at)
      this.#assertProgress(count)
      done += count
    }
  }

  async writeAsync(bytes: Uint8Array, position?: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const at = position === undefined ? null : position + done
      const count = await this.#writeSome(bytes, done, at)
      this.#assertProgress(count)
      done += count
    }
  }

  truncate(size: number): void {
    this.#fs.ftruncateSync(this.#open('ftruncate'), size)
  }

  chmod(mode: number): void {
    this.#fs.fchmodSync(this.#open('fchmod'), mode)
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fs.fsync(this.#open('fsync'), (error) => (error ? reject(error) : resolve()))
    })
  }

  /** May be called again: the number may be somebody else's by then. */
  close(): void {
    if (this.#fd === closed) return
    const fd = this.#fd
    this.#fd = closed
    this.#fs.closeSync(fd)
  }

  #open(syscall: string): number {
    if (this.#fd === closed) throw errnoError('EBADF', syscall, this.#name)
    return this.#fd
  }

  #writeSome(bytes: Uint8Array, offset: number, position: number | null): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#fs.write(this.#open('write'), bytes, offset, bytes.length - offset, position, (error, count) =>
        error ? reject(error) : resolve(count),
      )
    })
  }

  /** A full disk may take some bytes and then none, without calling it an error. */
  #assertProgress(count: number): void {
    if (count <= 0) throw errnoError('ENOSPC', 'write', this.#name)
  }
}
