/** Open files, read and written in pieces or at once. */
import type { OpenFile } from '../port/port.js'
import { smallContent } from '../store/copying.js'
import { wrongType } from './arguments.js'
import { throwIfAborted } from './errors.js'

const pieceSize = 512 * 1024

/** The whole of an open file; a small one in one synchronous step. */
export function readWhole(file: OpenFile, signal?: AbortSignal | null): Buffer | Promise<Buffer> {
  const size = file.openedSize
  return size <= smallContent ? file.readAll() : readInPieces(file, size, signal)
}

async function readInPieces(file: OpenFile, size: number, signal?: AbortSignal | null): Promise<Buffer> {
  let buffer = Buffer.allocUnsafeSlow(size)
  let filled = 0
  for (;;) {
    throwIfAborted(signal)
    // It grew while it was read.
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length + pieceSize)
    const wanted = Math.min(pieceSize, buffer.length - filled)
    const count = await file.readAsync(buffer, filled, wanted, filled)
    filled += count
    if (count === 0 || (filled >= size && (await isAtEnd(file, filled)))) return buffer.subarray(0, filled)
  }
}

async function isAtEnd(file: OpenFile, position: number): Promise<boolean> {
  return Number(file.stat().size) <= position
}

/** What a caller wants written, as bytes: at once where they are all there, else as they come. */
export function contentOf(
  data: unknown,
  encoding: unknown,
  signal?: AbortSignal | null,
): Uint8Array | AsyncIterable<Uint8Array> {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding)
  if (ArrayBuffer.isView(data)) return bytesOf(data)
  if (isIterable(data)) return pieces(data, encoding, signal)
  throw wrongType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data)
}

export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function isIterable(data: unknown): data is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof data !== 'object' || data === null) return false
  return Symbol.iterator in data || Symbol.asyncIterator in data
}

async function* pieces(
  data: Iterable<unknown> | AsyncIterable<unknown>,
  encoding: unknown,
  signal?: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
  for await (const piece of data) {
    throwIfAborted(signal)
    if (ArrayBuffer.isView(piece)) yield bytesOf(piece)
    else if (typeof piece === 'string') yield Buffer.from(piece, encoding as BufferEncoding)
    else throw wrongType('data', 'made of strings or Buffers', piece)
  }
  throwIfAborted(signal)
}
