/** A tree that is a copy: all files are its own, and what was done to them shows by their times, then by their content. */
import type { BigIntStats } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { WorkspacePath } from '../paths.js'
import { openDiskPort } from '../port/disk.js'
import { uniqueName } from '../store/files.js'
import { namesLeftIn, type Tree } from './tree.js'

/** In the folder around the tree, where a file is made before it is renamed in: a kill leaves no half of one in it. */
const unfinished = '.new-'

/** The tree at `folder`, which is alone in the folder around it. */
export function copiedTree(folder: string): Tree {
  const own = openDiskPort(dirname(folder))
  const merged = openDiskPort(folder)
  const name = basename(folder)
  return {
    merged,
    own,
    at: (path: WorkspacePath) => (path === '' ? name : `${name}/${path}`),
    isCopy: true,
    isApart: true,
    hides: () => false,
    identityIn: (stat) => identityOfCopy(stat, own.timestampGranularity),
    left: (path) => namesLeftIn(merged, path),
    strange: () => [],
    close() {
      merged.close()
      own.close()
    },
  }
}

export function aside(): string {
  return `${unfinished}${uniqueName()}`
}

/** A file that was written a moment ago may be written to again without a sign of it: it is never what it was. */
function identityOfCopy(stat: BigIntStats, granularity: number): string {
  if (stat.isDirectory()) return `folder:${stat.mode}`
  if (isRecent(stat.mtimeNs, granularity)) return `unsure:${uniqueName()}`
  return `${stat.ino}:${stat.mtimeNs}:${stat.size}:${stat.mode}:${stat.ctimeNs}`
}

/** What tells lower's file, or the session's, from what it was when it was copied. */
export function originOf(stat: BigIntStats, granularity: number): string {
  const identity = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}`
  return isRecent(stat.ctimeNs, granularity) ? `unsure:${identity}` : identity
}

export function isUnsure(identity: string | undefined): boolean {
  return identity?.startsWith('unsure:') === true
}

function isRecent(time: bigint, granularity: number): boolean {
  return Math.abs(Date.now() - Number(time / 1_000_000n)) <= granularity
}
