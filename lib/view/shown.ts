import type { BigIntStats } from 'node:fs'
import { nameOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog, encodeLine } from '../store/append-log.js'
import { writeNewFile } from '../store/files.js'
import type { ViewLayout } from '../store/layout.js'

/**
 * What stood at a path when it was last looked at (null: nothing), and the identity of what the view goes on from there:
 * what a commit has put into lower since then or, where the view is a copy, what was copied.
 */
type Line = [path: WorkspacePath, identity: string | null, origin?: string][]

/**
 * What a view's upper and the session last agreed on. Where the view still has just that, nothing was done there, and
 * whatever the session has by now is somebody else's doing. Kept on disk, since another process may look next.
 */
export class Shown {
  readonly #known = new Map<WorkspacePath, string | null>()
  readonly #origins = new Map<WorkspacePath, string>()
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

  /** All that was looked at. */
  all(): Iterable<[path: WorkspacePath, identity: string | null]> {
    return this.#known
  }

  /** The identity of the live file that the view knows beyond what it began with: what is done there goes on from it. */
  originOf(path: WorkspacePath): string | undefined {
    return this.#origins.get(path)
  }

  /** The paths of what the view has shown in a folder and below it. */
  *below(folder: WorkspacePath): Generator<WorkspacePath> {
    for (const [path, identity] of this.#known) {
      if (identity !== null && path.startsWith(`${folder}/`)) yield path
    }
  }

  /** Repositories that the view has shown, by the paths of their `.git`. */
  repositories(): WorkspacePath[] {
    return [...this.#known.keys()].filter(
      (path) => nameOf(path) === '.git' && this.#known.get(path)?.startsWith('folder:'),
    )
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
    for (const [path, identity, origin] of line) {
      const before = this.#known.get(path)
      // What goes with a folder has gone.
      if (identity === null && before?.startsWith('folder:'))
        for (const inside of this.below(path)) this.#known.set(inside, null)
      this.#known.set(path, identity)
      if (origin !== undefined) this.#origins.set(path, origin)
    }
  }
}

/** Tells a file from what it was before: another one, or written to. Times of links to it do not count. */
export function identityIn(stat: BigIntStats): string {
  if (stat.isDirectory()) return `folder:${stat.mode}`
  return `${stat.ino}:${stat.mtimeNs}:${stat.size}:${stat.mode}`
}
