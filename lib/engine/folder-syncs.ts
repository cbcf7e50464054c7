import { parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { IntentTarget } from './intent.js'
import { isAway } from './reach.js'

/** How many folders are synced while files are put into others. */
const mostAtOnce = 16

/**
 * Syncs of folders in which everything is in place, while the next folders are still being filled. A folder that is
 * made, or gets another mode, is none of them, nor is one for which there was no room.
 */
export class FolderSyncs {
  readonly #port: FilePort
  /** How many targets are still to be put in place in each. */
  readonly #left = new Map<WorkspacePath, number>()
  readonly #running = new Map<WorkspacePath, Promise<void>>()
  readonly #durable = new Set<WorkspacePath>()
  #failure: { error: unknown } | null = null

  constructor(port: FilePort, targets: readonly IntentTarget[]) {
    this.#port = port
    for (const { path } of targets) {
      const folder = parentOf(path)
      this.#left.set(folder, (this.#left.get(folder) ?? 0) + 1)
    }
    for (const { path, next } of targets) if (next?.kind === 'folder') this.#left.delete(path)
  }

  done({ path }: IntentTarget): void {
    const folder = parentOf(path)
    const left = this.#left.get(folder)
    if (left === undefined) return
    this.#left.set(folder, left - 1)
    if (left === 1 && this.#running.size < mostAtOnce && this.#failure === null) this.#begin(folder)
  }

  #begin(folder: WorkspacePath): void {
    const sync = this.#port
      .syncFolder(folder)
      .then(() => void this.#durable.add(folder))
      .catch((error: unknown) => {
        // Somebody took it away: what is there instead is synced when all are in place.
        if (!isAway(error)) this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(folder))
    this.#running.set(folder, sync)
  }

  /** Waits for those that were begun. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** As `settled`. After a sync that failed nobody knows what is on the disk: it is not tried again, but thrown. */
  async finished(): Promise<void> {
    await this.settled()
    if (this.#failure !== null) throw this.#failure.error
  }

  isDurable(folder: WorkspacePath): boolean {
    return this.#durable.has(folder)
  }
}
