import { mountedThere } from '../errors.js'
import { mountsBelow } from '../port/mounts.js'
import type { FilePort } from '../port/port.js'
import { conflict, type Examined } from './examined.js'

/**
 * Changes that would take away, or replace, what something is mounted on are conflicts: the system lets nobody do that,
 * and would stop a commit halfway. Looked at each time: a mount leaves no trace in the files.
 */
export function withMounts(port: FilePort, all: readonly Examined[]): readonly Examined[] {
  const isAtStake = ({ verdict, target }: Examined): boolean =>
    verdict !== 'conflict' && target !== null && target.wanted?.kind !== 'folder' && target.expected !== null
  if (!all.some(isAtStake)) return all
  const mounts = mountsBelow(port.entrance).map(({ path }) => path)
  if (mounts.length === 0) return all
  const holdsOne = (path: string): boolean => mounts.some((at) => at === path || at.startsWith(`${path}/`))
  return all.map((one) =>
    isAtStake(one) && holdsOne(one.path) ? { ...one, ...conflict(mountedThere), target: null } : one,
  )
}
