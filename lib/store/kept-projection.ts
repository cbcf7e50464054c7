/** session.json, for as long as a process is at work in the session: it follows the record (D3). */

import { errnoOf, isCowriteError } from '../errors.js'
import { monotonicNow } from '../port/host.js'
import { cannotBeWritten } from './damage.js'
import type { SessionStore } from './overlay.js'
import { isUpToDate, type Projected, presentProjection, writeProjection } from './projection.js'

/** It is written this long after the last write, in milliseconds; longer where that takes long. */
const settleTime = 200
const longestSettleTime = 1_500

export class KeptProjection {
  readonly #store: SessionStore
  #timer: NodeJS.Timeout | undefined
  #wait = 0
  #lastTook = 0
  #projected: Projected | null = null

  constructor(store: SessionStore) {
    this.#store = store
  }

  soon(): void {
    const wait = Math.min(longestSettleTime, Math.max(settleTime, this.#lastTook * 20))
    if (this.#timer !== undefined && this.#wait === wait) {
      this.#timer.refresh()
      return
    }
    this.stop()
    this.#wait = wait
    this.#timer = setTimeout(() => this.quietly(), wait)
  }

  /** Where nobody should hear an error: what could not be written now is written with the next answer. */
  quietly(): void {
    try {
      this.#write()
    } catch (error) {
      if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
    }
  }

  /** A full or read-only disk keeps nobody from an answer that needs no writing. */
  ifPossible(): void {
    try {
      this.#write()
    } catch (error) {
      if (!cannotBeWritten(error)) throw error
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #write(): void {
    this.stop()
    const { port, layout, record } = this.#store
    if (!record.isLive()) return
    const began = monotonicNow()
    // Mostly, whoever was at work here before has left it complete.
    this.#projected ??= presentProjection(port, layout, record)
    if (this.#projected !== null && isUpToDate(port, layout, record, this.#projected)) return
    this.#projected = writeProjection(port, layout, record)
    this.#lastTook = monotonicNow() - began
  }
}
