import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import { joinPath, nameOf, parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'

/** What stood at some paths a moment ago; null where nothing did, undefined where that cannot be told. */
export type Seen = Pick<ReadonlyMap<string, BigIntStats | null>, 'get'>

/**
 * Looks at many paths, each of whose folders is opened and verified once. Where a folder cannot be looked into,
 * its paths are left out: asked for by themselves, they say why.
 */
export function lookAtAll(port: FilePort, paths: Iterable<string>): ReadonlyMap<string, BigIntStats | null> {
  const seen = new Map<string, BigIntStats | null>()
  for (const [folder, names] of byFolder(paths)) {
    const stats = lookInto(port, folder, names)
    stats?.forEach((stat, at) => {
      seen.set(joinPath(folder, names[at] as string), stat)
    })
  }
  return seen
}

/** From so many names in a folder on, to list it takes less than to look at each. */
const fewest = 8

/**
 * Those of `paths` that a list of their folder does not show. Where there are few of a folder, or it cannot be listed,
 * nobody has looked; and a disk may find under another spelling what it does not list.
 */
export function notListed(port: FilePort, paths: readonly string[]): string[] {
  const shown = new Set<string>()
  for (const [folder, names] of byFolder(paths)) {
    if (names.length < fewest) continue
    const listed = new Set(namesOrNone(port, folder))
    for (const name of names) if (listed.has(name)) shown.add(joinPath(folder, name))
  }
  return paths.filter((path) => !shown.has(path))
}

function namesOrNone(port: FilePort, folder: string): string[] {
  try {
    return port.list(folder).map(({ name }) => name)
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof CowriteError)) throw error
    return []
  }
}

/** Whether something stands at a path; what is behind a link, or cannot be looked at, does not. */
export function isThere(port: FilePort, path: string): boolean {
  return (lookAtAll(port, [path]).get(path) ?? null) !== null
}

function byFolder(paths: Iterable<string>): Map<string, string[]> {
  const namesOf = new Map<string, string[]>()
  for (const path of paths) {
    const folder = parentOf(path)
    const names = namesOf.get(folder)
    if (names) names.push(nameOf(path))
    else namesOf.set(folder, [nameOf(path)])
  }
  return namesOf
}

function lookInto(port: FilePort, folder: string, names: readonly string[]): (BigIntStats | null)[] | null {
  try {
    return port.statEach(folder, names)
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof CowriteError)) throw error
    return null
  }
}
