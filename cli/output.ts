import { CowriteError, errnoOf } from '../lib/errors.js'
import { jsonForTerminal } from '../lib/render/at-terminal.js'
import type { Output } from './io.js'

/** The output itself cannot be written: its disk is full, and the like. */
export class OutputError extends CowriteError<'CANNOT_WRITE'> {
  constructor(cause: Error) {
    const reason = errnoOf(cause) ?? cause.message
    super('CANNOT_WRITE', `The output could not be written: ${reason}`, { reason }, { cause })
  }
}

/**
 * Writes `text` and waits until the stream has taken it. A reader that left (`| head`) is no error: nobody is there
 * to be told. Throws an OutputError.
 */
export function write(stream: Output, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || hasLeft(error)) return resolve()
      reject(new OutputError(error))
    })
  })
}

/** As `write`, and ends in one line break. */
export function writeText(stream: Output, text: string): Promise<void> {
  return write(stream, text.endsWith('\n') ? text : `${text}\n`)
}

/** What would act on a terminal stands as an escape of JSON, and means the same. */
export function writeJson(stream: Output, value: unknown): Promise<void> {
  return write(stream, `${jsonForTerminal(value)}\n`)
}

/** A failed write also comes as an `error` event, which unheard would end the process; `write` already tells of it. */
export function quietEvents(stream: Output): () => void {
  const heard = () => {}
  stream.on('error', heard)
  return () => stream.removeListener('error', heard)
}

export function hasLeft(error: Error): boolean {
  return errnoOf(error) === 'EPIPE' || errnoOf(error) === 'ERR_STREAM_DESTROYED'
}
