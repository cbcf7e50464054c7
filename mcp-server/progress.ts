import type { Call } from './connection.js'

/** At most one notification in this time, in milliseconds; the first and the last are always told. */
const interval = 100

/**
 * Tells the client how far a call is, if it asked to be told. MCP wants the numbers to rise, so that each step of
 * the work counts on from the one before.
 */
export function progressOf(call: Call): ((done: number, total: number, step: string) => void) | undefined {
  const progressToken = call.meta.progressToken
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined

  let current = { step: '', total: 0 }
  let before = 0
  let told = -1
  let toldAt = 0
  return (done, total, step) => {
    if (step !== current.step) before += current.total
    current = { step, total }
    const progress = before + done
    const now = Date.now()
    if (progress <= told || (done < total && now - toldAt < interval)) return
    told = progress
    toldAt = now
    const message = `${step}: ${done} of ${total}`
    const params = { progressToken, progress, total: before + total, message }
    call.notify('notifications/progress', params).catch(() => {}) // A client that is gone needs no news.
  }
}
