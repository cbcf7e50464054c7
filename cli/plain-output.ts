/** Standard output and errors where they are a file or a pipe: Node's streams for them take longer to load than most commands do. */
import { fstatSync, writeSync } from 'node:fs'
import { errnoOf } from '../lib/errors.js'
import type { Output } from './io.js'

/** Node writes to files and pipes at once, too; null for what it does not. `stream` makes Node's own one. */
export function plainOutput(
  descriptor: number,
  stream: () => Output,
  platform: NodeJS.Platform,
): Output | null {
  if (platform === 'win32' || !isFileOrPipe(descriptor)) return null
  // Where nobody asks how it ended, nobody is told: of a stream, that is an event, which is kept quiet.
  const write = (chunk: string | Uint8Array, done: (error?: Error | null) => void = () => {}): boolean => {
    let left = Buffer.from(chunk as string)
    try {
      while (left.length > 0) left = left.subarray(writeSync(descriptor, left))
    } catch (error) {
      // Whoever reads it does not wait for us, and is slow: a stream knows how to wait for them.
      if (errnoOf(error) === 'EAGAIN') return (stream() as NodeJS.WritableStream).write(left, done)
      done(error as Error)
      return true
    }
    done()
    return true
  }
  const output = { isTTY: false, write, on: () => output, removeListener: () => output }
  return output as unknown as Output
}

function isFileOrPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor)
    return stat.isFile() || stat.isFIFO() || stat.isSocket()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false // It was closed before we began.
  }
}
