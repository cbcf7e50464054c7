/** `file read`: the file's bytes as they are, as `cat` gives them. */
import { withOperations } from '../call.js'
import { write } from '../output.js'
import { type Handler, runAndAnswer } from './handler.js'

/** Reads page by page through the operation, so that a file of any size is never held whole. */
export const readFile: Handler = (operation, raw, call) => {
  if (call.json) return runAndAnswer(operation, raw, call)
  return withOperations(call, operation, raw, async ({ run }, input) => {
    const { content, encoding } = await run(operation, input)
    await write(call.io.stdout, Buffer.from(String(content), encoding === 'base64' ? 'base64' : 'utf8'))
  })
}
