/** node's own streams over a handle, by way of their `fs` option. */
import { createReadStream, createWriteStream, type ReadStream, type WriteStream } from 'node:fs'

/** What a stream does with a file. */
export interface Streamed {
  readonly fd: number
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesWritten: number }>
  writev(buffers: Uint8Array[], position: number | null): Promise<{ bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

/** node's streams take back the buffer that they gave. */
type Done = (error: unknown, result?: unknown, given?: unknown) => void

/** The callbacks that a stream calls, on the handle that `open` gives. */
export function streamCalls(open: (path: string, flags: string, mode?: number) => Promise<Streamed>) {
  let handle: Streamed | undefined
  const opened = (): Streamed => handle as Streamed
  return {
    open(path: string, flags: string, mode: number | undefined, done: Done): void {
      answer(done, async () => {
        handle = await open(path, flags, mode)
        return handle.fd
      })
    },
    read(
      _fd: number,
      buffer: Uint8Array,
      offset: number,
      length: number,
      position: number | null,
      done: Done,
    ) {
      answer(done, async () => (await opened().read(buffer, offset, length, position)).bytesRead, buffer)
    },
    write(
      _fd: number,
      buffer: Uint8Array,
      offset: number,
      length: number,
      position: number | null,
      done: Done,
    ) {
      answer(done, async () => (await opened().write(buffer, offset, length, position)).bytesWritten, buffer)
    },
    writev(_fd: number, buffers: Uint8Array[], position: number | null, done: Done): void {
      answer(done, async () => (await opened().writev(buffers, position)).bytesWritten, buffers)
    },
    fsync(_fd: number, done: Done): void {
      answer(done, () => opened().sync())
    },
    close(_fd: number, done: Done): void {
      answer(done, () => opened().close())
    },
    /** For a stream on a handle that is open already. */
    use(already: Streamed): void {
      handle = already
    },
  }
}

/** Calls back outside of the promise, so that what the callback throws is not taken for the call's failure. */
function answer(done: Done, work: () => Promise<unknown>, given?: unknown): void {
  work().then(
    (result) => setImmediate(done, null, result, given),
    (error: unknown) => setImmediate(done, error),
  )
}

export function readStreamOf(handle: Streamed, options: object = {}): ReadStream {
  return createReadStream('', { ...options, ...onHandle(handle) } as never)
}

export function writeStreamOf(handle: Streamed, options: object = {}): WriteStream {
  return createWriteStream('', { ...options, ...onHandle(handle) } as never)
}

function onHandle(handle: Streamed): object {
  const calls = streamCalls(async () => handle)
  calls.use(handle)
  return { fd: handle.fd, fs: calls }
}
