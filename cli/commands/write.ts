/** `file write`: the content from the command line, else from standard input. */
import { CowriteError } from '../../lib/errors.js'
import { type Call, orInterrupted } from '../call.js'
import type { Input } from '../io.js'
import { writeText } from '../output.js'
import { type Handler, runAndAnswer } from './handler.js'

export function writeFile(option: unknown): Handler {
  return async (operation, raw, call) => {
    const content = option ?? raw.content ?? (await contentFrom(call))
    return runAndAnswer(operation, { ...raw, content }, call)
  }
}

/** Throws INVALID_INPUT where nothing came: a pipe that broke must not empty a chapter. */
async function contentFrom({ io, signal }: Call): Promise<string> {
  if (io.stdin.isTTY === true)
    await writeText(io.stderr, 'Type the content; Ctrl-D on a line of its own ends it.')
  const bytes = await orInterrupted(readAll(io.stdin), signal)
  if (bytes.length > 0) return textOf(bytes)
  throw new CowriteError(
    'INVALID_INPUT',
    "Nothing came on standard input; to empty a file say --content ''",
    { argument: 'content', suggestion: '' },
  )
}

export async function readAll(stream: Input): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Throws UNSUPPORTED rather than damage what is no text. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    const what = 'content that is not UTF-8 text'
    throw new CowriteError(
      'UNSUPPORTED',
      `file write takes text, and this is ${what}`,
      { what },
      { cause: error },
    )
  }
}
