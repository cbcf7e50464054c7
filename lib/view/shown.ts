import type { BigIntStats } from 'node:fs'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog, encodeLine } from '../store/append-log.js'
import { writeNewFile } from '../store/files.js'
import type { ViewLayout } from '../store/layout.js'

/** What stood at a path when it was last looked at (null: nothing), and what a commit has put into lower since then. */
type Line = [path: WorkspacePath, identity: string | null, committed?: string][]

/**
 * What a view's upper and the session last agreed on. Where the view still has just that, nothing was done there, and
 * whatever the session has by now is somebody else's doing. Kept on disk, since another process may look next.
 */
export class Shown {
  readonly #known = new Map<WorkspacePath, string | null>()
  readonly #committed = new Map<WorkspacePath, string>()
  readonly #log: AppendLog<Line>

  /** Opens the list, which is made where it is not there. */
  constructor(port: FilePort, view: ViewLayout) {
    if (port.stat(view.shown) === null) writeNewFile(port, view.shown, encodeLine([]))
    this.#log = new AppendLog<Line>(port, view.shown)
    this.refresh()
  }

  refresh(): void {
    for (const line of this.#log.unread()) this.#fold(line)
  }

  /** Undefined where the path was never looked at. */
  at(path: WorkspacePath): string | null | undefined {
    return this.#known.get(path)
  }

  /** The identity of the live file that came from the view itself: what is done in the view goes on from there. */
  committedAt(path: WorkspacePath): string | undefined {
    return this.#committed.get(path)
  }

  add(line: Line): void {
    if (line.length === 0) return
    if (this.#log.append(line)) this.#fold(line)
    else this.refresh()
  }

  close(): void {
    this.#log.close()
  }

  #fold(line: Line): void {
    for (const [path, identity, committed] of line) {
      this.#known.set(path, identity)
      if (committed !== undefined) this.#committed.set(path, committed)
    }
  }
}

/** Tells a file from what it was before: another one, or written to. Times of links to it do not count. */
export function identityIn(stat: BigIntStats): string {
  if (stat.isDirectory()) return `folder:${stat.mode}`
  return `${stat.ino}:${stat.mtimeNs}:${stat.size}:${stat.mode}`
}
