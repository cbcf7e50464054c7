/** What cannot be parted (T4): which change needs which others to go where it goes. */
import { ancestorsOf, isWithin, type WorkspacePath } from '../paths.js'
import type { Entry } from '../store/record.js'
import type { Examined } from './examined.js'

/** The changes of a session as units: selection, ignore rules and conflicts are decided for whole ones. */
export interface Units {
  /** `paths`, and all that they need. */
  withNeeds(paths: Iterable<WorkspacePath>): Set<WorkspacePath>
  /** `paths`, and all that goes nowhere without one of them: each with the one of `paths` that it hangs on. */
  withDependents(paths: Iterable<WorkspacePath>): Map<WorkspacePath, WorkspacePath>
}

/** `changes` are in the order of `comparePaths`. */
export function unitsOf(changes: readonly Examined[]): Units {
  const needs = new Links()
  const neededBy = new Links()
  const link = (path: WorkspacePath, needed: WorkspacePath): void => {
    needs.add(path, needed)
    neededBy.add(needed, path)
  }
  linkAll(changes, link)
  return {
    withNeeds: (paths) => new Set(needs.reach(paths).keys()),
    withDependents: (paths) => neededBy.reach(paths),
  }
}

class Links {
  readonly #to = new Map<WorkspacePath, WorkspacePath[]>()

  add(from: WorkspacePath, to: WorkspacePath): void {
    const known = this.#to.get(from)
    if (known) known.push(to)
    else this.#to.set(from, [to])
  }

  /** What can be reached from `paths`, themselves included, and from which of them. */
  reach(paths: Iterable<WorkspacePath>): Map<WorkspacePath, WorkspacePath> {
    const reached = new Map<WorkspacePath, WorkspacePath>()
    for (const path of paths) reached.set(path, path)
    // A Map goes on with what is added while it is gone through.
    for (const [path, from] of reached)
      for (const next of this.#to.get(path) ?? []) if (!reached.has(next)) reached.set(next, from)
    return reached
  }
}

function linkAll(changes: readonly Examined[], link: (path: WorkspacePath, needed: WorkspacePath) => void) {
  const byPath = new Map(changes.map((change) => [change.path, change]))
  /** Folders of lower that go, and in which the changes at hand lie. */
  let around: Examined[] = []
  for (const change of changes) {
    const { path, entry } = change
    const isDeletion = entry.kind === 'whiteout'
    around = around.filter((other) => isWithin(path, other.path))
    const source = movedFrom(entry, byPath)
    if (source !== undefined) {
      link(path, source)
      link(source, path)
    }
    if (isDeletion) {
      const folder = around.at(-1)
      if (folder) link(folder.path, path)
      // A part of what a file takes the place of is no change that anybody made.
      for (const other of around) if (other.entry.kind !== 'whiteout') link(path, other.path)
    } else {
      for (const folder of ancestorsOf(path)) if (isNeeded(byPath.get(folder)?.entry)) link(path, folder)
    }
    if (emptiesFolder(entry)) around.push(change)
  }
}

/** A folder that lower has not, or that hides what lower has in it; or what was in the way of one. */
function isNeeded(folder: Entry | undefined): boolean {
  if (folder?.kind !== 'folder') return folder?.kind === 'whiteout'
  return folder.base?.kind !== 'folder' || folder.opaque === true
}

/** Whether a folder of lower must go for this change, and so all that is in it. */
export function emptiesFolder({ kind, base }: Entry): boolean {
  return base?.kind === 'folder' && kind !== 'folder'
}

/** Where a change was moved from; not where something is there again: then it is a copy. */
export function movedFrom(
  entry: Entry,
  changes: ReadonlyMap<WorkspacePath, Pick<Examined, 'entry'>>,
): WorkspacePath | undefined {
  const source = entry.movedFrom
  return source !== undefined && changes.get(source)?.entry.kind === 'whiteout' ? source : undefined
}
