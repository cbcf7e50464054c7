import type { BigIntStats } from 'node:fs'
import type { OpenFile } from '../port/port.js'

/**
 * In milliseconds. Whoever starts a session does more right after it, which would wait for the disk's journal; and of
 * what is replaced again by then, only the last is synced.
 */
const delay = 20

const mostReplaced = 16

/** The sync of a file that was put in place: begun after the call has been answered, and waited for before the workspace is let go. */
export class LaterSyncs {
  /** Written, open, and not synced yet. */
  #waiting: OpenFile | null = null
  /** Those that had its name before: to close a file that has no name any more is to delete it. */
  readonly #replaced: OpenFile[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | null = null

  /** Syncs `file`, which has just taken its name, and closes it. The one that had the name before needs no sync any more. */
  add(file: OpenFile): void {
    if (this.#waiting !== null) this.#replaced.push(this.#waiting)
    if (this.#replaced.length > mostReplaced) this.#closeReplaced()
    this.#waiting = file
    this.#timer ??= setTimeout(() => this.#begin(), delay)
  }

  /** Whether `stat` is that of the file whose sync has not begun. */
  isWaiting(stat: BigIntStats | null): boolean {
    if (this.#waiting === null || stat === null) return false
    const waiting = this.#waiting.stat()
    return waiting.ino === stat.ino && waiting.dev === stat.dev
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#closeReplaced()
    const file = this.#waiting
    this.#waiting = null
    if (file === null) return
    const ending: Promise<void> = file
      .sync()
      .finally(() => file.close())
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(ending))
    this.#underWay.add(ending)
  }

  #closeReplaced(): void {
    for (const file of this.#replaced.splice(0)) file.close()
  }

  /** Waits for all of it. Throws what the first of it failed by, once. */
  async settle(): Promise<void> {
    this.#begin()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure.error
  }
}
