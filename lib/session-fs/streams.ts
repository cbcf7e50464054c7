import { createReadStream as readStream, createWriteStream as writeStream } from 'node:fs'
import { isHandle } from './file-handle.js'
import { streamCalls } from './handle-streams.js'
import { openFile } from './opening.js'
import type { View } from './view.js'

/** node's own ReadStream, over a file of the merged view. */
export function createReadStream(view: View, path: unknown, options?: unknown) {
  const asked = objectOf(options)
  if (isHandle(asked.fd)) return asked.fd.createReadStream({ ...asked, fd: undefined })
  return readStream(path as string, { ...asked, fs: callsOn(view) } as never)
}

export function createWriteStream(view: View, path: unknown, options?: unknown) {
  const asked = objectOf(options)
  if (isHandle(asked.fd)) return asked.fd.createWriteStream({ ...asked, fd: undefined })
  return writeStream(path as string, { ...asked, fs: callsOn(view) } as never)
}

function callsOn(view: View) {
  return streamCalls((path, flags, mode) => openFile(view, path, flags, mode))
}

function objectOf(options: unknown): { fd?: unknown } {
  return typeof options === 'string' ? ({ encoding: options } as object) : ((options ?? {}) as object)
}
