/** One command at a time runs in a session's view: whoever comes second waits for it, or is told how to. */
import { setTimeout } from 'node:timers/promises'
import { CowriteError, isCowriteError } from '../../lib/errors.js'

export interface Patience {
  /** How long to wait, in seconds. */
  wait: number
  /** The command line that does the same, and waits so many seconds. */
  again(wait: string): string
}

/** In milliseconds. */
const lookEvery = 100
/** In seconds: what is proposed to whoever did not wait. */
const fairWait = 60

/** Starts as soon as the session is free. Throws LOCKED when that takes longer, with the way to wait. */
export async function whenFree<Started>(
  start: () => Promise<Started>,
  { wait, again }: Patience,
  signal: AbortSignal,
): Promise<Started> {
  // Not before it is needed: Node loads what takes times when it is first asked for one.
  for (let until: number | undefined; ; ) {
    try {
      return await start()
    } catch (error) {
      if (!isCowriteError(error, 'LOCKED')) throw error
      until ??= performance.now() + wait * 1_000
      if (performance.now() >= until) throw waitable(error, again(String(Math.max(fairWait, wait * 2))))
      await setTimeout(lookEvery, undefined, { signal })
    }
  }
}

/** A view that stands is there until somebody closes it: nothing is to be waited for. */
function waitable(error: CowriteError<'LOCKED'>, again: string): CowriteError<'LOCKED'> {
  if (error.data.holder === 'view') return error
  return new CowriteError('LOCKED', error.message, { ...error.data, again }, { cause: error })
}
