/** A view that is there, as bringing in and showing see it. */
import type { BigIntStats } from 'node:fs'
import { errnoOf, isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { namesIn } from '../store/files.js'
import type { ViewLayout } from '../store/layout.js'
import { identityIn } from './shown.js'

export interface Tree {
  /** What a program sees: what is not in it was deleted, or is covered. */
  merged: FilePort
  /** Where the files lie that the view has of its own: what an overlay holds over lower, or all of them. */
  own: FilePort
  /** The place of a path in `own`. */
  at(path: WorkspacePath): string
  /** Whether all files are the view's own: a copy of lower, which does not change with it. */
  isCopy: boolean
  /** Whether it stands in a folder of its own, where neither the state folder nor scratch are mounted. */
  isApart: boolean
  /** Whether what lies there only hides something of lower's. */
  hides(name: string, stat: BigIntStats): boolean
  /** The names in a folder of the tree, whose names in lower are given; null where it is gone by now. */
  left(folder: WorkspacePath, lower: ReadonlySet<string>): Set<string> | null
  /**
   * Where something is mounted that either lower has and the tree does not show, or the other way round: what is at such
   * a path, or below it, is not lower's, and tells nothing of it.
   */
  strange(): WorkspacePath[]
  /** Tells an own file from what it was before. */
  identityIn(stat: BigIntStats): string
  close(): void
}

/** A tree that the kernel, or a program in its place, lays over lower. */
export function overlayTree(
  port: FilePort,
  view: ViewLayout,
  merged: FilePort,
  strange: Tree['strange'],
): Tree {
  return {
    merged,
    own: port,
    at: view.at,
    isCopy: false,
    isApart: false,
    hides: (_name, stat) => isWhiteout(stat),
    left: (folder) => namesLeftIn(merged, folder),
    strange,
    identityIn,
    close: () => merged.close(),
  }
}

/** What the view has of its own in a folder, but for what only hides something of lower's. */
export function ownIn({ own, at, hides }: Tree, folder: WorkspacePath): [name: string, stat: BigIntStats][] {
  const names = namesIn(own, at(folder))
  return own.statEach(at(folder), names).flatMap((stat, index): [string, BigIntStats][] => {
    const name = names[index] as string
    return stat === null || hides(name, stat) ? [] : [[name, stat]]
  })
}

/** A program that is still at work may have taken the folder away since: then null. */
export function namesLeftIn(port: FilePort, folder: WorkspacePath): Set<string> | null {
  try {
    return new Set(port.list(folder).map(({ name }) => name))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '') || isCowriteError(error, 'PATH_ESCAPE'))
      return null
    throw error
  }
}

/** As overlayfs has it: a device of no kind. */
export function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n
}
