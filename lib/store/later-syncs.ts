/** What goes on after a call has been answered, and is waited for before the workspace is let go. */
export class LaterSyncs {
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | null = null

  add(work: Promise<void>): void {
    const ending = work
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(ending))
    this.#underWay.add(ending)
  }

  /** Waits for all of it. Throws what the first of it failed by, once. */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure.error
  }
}
