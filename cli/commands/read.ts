/** `file read`: the file's bytes as they are, as `cat` gives them; at a terminal, with nothing in them that acts there. */

import type { Runnable } from '../../lib/operations/runnable.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { type Call, withOperations } from '../call.js'
import { write } from '../output.js'
import { type Handler, runAndAnswer } from './handler.js'

/** What of a session's `fs` reads a file of any size, in the shape of node:fs/promises. */
interface Files {
  open(path: string, flags: 'r'): Promise<OpenFile>
}

interface OpenFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>
  close(): Promise<void>
}

const chunkSize = 256 * 1024

export const readFile: Handler<Runnable> = (operation, raw, call) => {
  if (call.json) return runAndAnswer(operation, raw, call)
  return withOperations(call, operation, raw, async ({ workspace, run }, input) => {
    if (input.offset !== undefined || input.limit !== undefined) {
      const { content, encoding } = await run(operation, input)
      return printer(call)(Buffer.from(String(content), encoding === 'base64' ? 'base64' : 'utf8'))
    }
    // What cannot be read, the operation says best: where it was looked for, and what to do.
    const { file_path } = await run(operation, { ...input, limit: 1 })
    const { fs } = await workspace.session()
    await copyOut(await (fs as Files).open(String(file_path), 'r'), call)
  })
}

type Print = (bytes: Uint8Array) => Promise<void>

function printer({ io }: Call): Print {
  if (io.stdout.isTTY !== true) return (bytes) => write(io.stdout, bytes)
  const decoder = new TextDecoder()
  return (bytes) => write(io.stdout, linesForTerminal(decoder.decode(bytes, { stream: true })))
}

async function copyOut(file: OpenFile, call: Call): Promise<void> {
  const print = printer(call)
  try {
    for (;;) {
      call.signal.throwIfAborted()
      const chunk = Buffer.allocUnsafe(chunkSize)
      const { bytesRead } = await file.read(chunk, 0, chunkSize, null)
      if (bytesRead === 0) return
      await print(chunk.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
