import type { OpenFile } from '../port/port.js'

/** In milliseconds. Whoever starts a session does more right after it, which would wait for the disk's journal. */
const delay = 20

/** So many of those that bore a name last are synced: the one that bears it, and what it replaced, which is kept beside it. */
const stillThere = 2

const mostReplaced = 16

/** The syncs of a file that was put in place: begun after the call has been answered, and waited for before the workspace is let go. */
export class LaterSyncs {
  /** Written, open, and not synced yet. */
  readonly #waiting: OpenFile[] = []
  /** Without a name by now. To close such a file is to delete it: that, too, can wait. */
  readonly #replaced: OpenFile[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | null = null

  /** Syncs `file`, which has just taken its name, and closes it. */
  add(file: OpenFile): void {
    this.#waiting.push(file)
    if (this.#waiting.length > stillThere) this.#replaced.push(this.#waiting.shift() as OpenFile)
    if (this.#replaced.length > mostReplaced) this.#closeReplaced()
    this.#timer ??= setTimeout(() => this.#begin(), delay)
  }

  /** Waits for all of it. Throws what the first of it failed by, once. */
  async settle(): Promise<void> {
    this.#begin()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure.error
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#closeReplaced()
    for (const file of this.#waiting.splice(0)) this.#sync(file)
  }

  #sync(file: OpenFile): void {
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
}
