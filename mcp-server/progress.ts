import type { Call } from './connection.js'

/** At most one notification in this time, in milliseconds; the first and the last are always told. */
const interval = 100

/** Tells the client how far a call is, if it asked to be told. MCP wants the numbers to rise. */
export function progressOf(call: Call): ((done: number, total: number, step: string) => void) | undefined {
  const progressToken = call.meta.progressToken
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined

  let told = -1
  let toldAt = 0
  return (done, total, step) => {
    const now = Date.now()
    if (done <= told || (done < total && now - toldAt < interval)) return
    told = done
    toldAt = now
    // A client that is gone needs no news; the call itself finds out.
    call
      .notify('notifications/progress', { progressToken, progress: done, total, message: step })
      .catch(() => {})
  }
}
