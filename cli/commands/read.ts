/** `file read`: the file's bytes as they are, as `cat` gives them. */
import { withOperations } from '../call.js'
import { write } from '../output.js'
import { type Handler, runAndAnswer } from './handler.js'

/** What of a session's `fs` reads a file of any size. */
interface Reader {
  createReadStream(path: string): AsyncIterable<Uint8Array>
}

export const readFile: Handler = (operation, raw, call) => {
  if (call.json) return runAndAnswer(operation, raw, call)
  return withOperations(call, operation, raw, async ({ workspace, run }, input) => {
    if (input.offset !== undefined || input.limit !== undefined) {
      const { content, encoding } = await run(operation, input)
      return write(call.io.stdout, Buffer.from(String(content), encoding === 'base64' ? 'base64' : 'utf8'))
    }
    const session = await workspace.session()
    const { createReadStream } = session.fs as Reader
    let started = false
    try {
      for await (const chunk of createReadStream(String(input.file_path))) {
        call.signal.throwIfAborted()
        started = true
        await write(call.io.stdout, chunk)
      }
    } catch (error) {
      // What cannot be read at all, the operation says better: where it was looked for, and what to do.
      if (!started && !call.signal.aborted) await run(operation, { ...input, limit: 1 })
      throw error
    }
  })
}
