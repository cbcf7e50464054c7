/**
 * What a session holds as its records tell it. Nothing is held against lower: that takes a look at every file, and a
 * list is of many sessions. Files are read only where one went and one of the same size came.
 */
import type { BigIntStats } from 'node:fs'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from '../store/damage.js'
import { hashFile } from '../store/fingerprint.js'
import { countedEntries, type Effective } from '../store/layers.js'
import { lookAtAll } from '../store/looking.js'
import type { Layer } from '../store/overlay.js'
import { changeOf, type Entry } from '../store/record.js'
import type { Counted } from './counts.js'
import { apparent, largestCompared, type Moved, type Moves, pairUp, toldMoves } from './moves.js'

export interface Holding {
  entries: readonly Effective[]
  moves: Moves
  /** Files by which the moves could be others, if these were. */
  compared: readonly string[]
}

export async function holdingOf(port: FilePort, layers: readonly Layer[]): Promise<Holding> {
  const entries = countedEntries(layers)
  const told = toldMoves(entries.map(({ entry }) => entry))
  const moved = new Set(told.values())
  const gone = entries.filter(({ entry }) => isGone(entry) && !moved.has(entry.path))
  const there = gone.length === 0 ? [] : entries.filter(({ entry }) => isNew(entry) && !told.has(entry.path))
  if (there.length === 0) return { entries, moves: told, compared: [] }
  const unhashed = gone.filter(({ entry }) => entry.base?.kind === 'file' && entry.base.sha256 === null)
  const compared = [...unhashed.map(({ entry }) => entry.path), ...there.map(copyOf)]
  const seen = lookAtAll(port, compared)
  const went = gone.flatMap(({ entry }) => departure(port, entry, seen.get(entry.path)) ?? [])
  const came = there.flatMap((each) => arrival(port, each, seen.get(copyOf(each))) ?? [])
  return { entries, moves: new Map([...told, ...(await pairUp(went, came, told))]), compared }
}

/** As status lists them. */
export function heldChanges({ entries, moves }: Holding): Counted[] {
  return entries.map(({ entry }) => {
    const movedFrom = moves.get(entry.path)
    const kind = entry.kind === 'whiteout' ? (entry.base?.kind ?? 'file') : entry.kind
    return {
      path: entry.path,
      change: changeOf(entry),
      kind,
      ...(movedFrom === undefined ? {} : { movedFrom }),
    }
  })
}

function isGone({ kind, base }: Entry): boolean {
  return kind === 'whiteout' && base !== null
}

function isNew({ kind, base }: Entry): boolean {
  return kind !== 'whiteout' && base === null
}

function copyOf({ entry, layer }: Effective): string {
  return layer.layout.upper(entry.path)
}

/** Where only lower has what it held, that is read, if it still may be what it was. */
function departure(
  port: FilePort,
  { path, base }: Entry,
  lower: BigIntStats | null | undefined,
): Moved | null {
  if (base === null) return null
  if (base.kind !== 'file') return apparent(path, base.kind, base.target)
  const isAsItWas = lower?.isFile() === true && Number(lower.size) === base.size
  const read = async () => (isAsItWas ? contentAt(port, path, base.size) : null)
  return { path, likeness: `file ${base.size}`, content: async () => base.sha256 ?? read() }
}

function arrival(port: FilePort, each: Effective, stat: BigIntStats | null | undefined): Moved | null {
  const { path, kind } = each.entry
  const at = copyOf(each)
  if (kind === 'symlink') return stat?.isSymbolicLink() ? apparent(path, kind, linkAt(port, at)) : null
  if (kind !== 'file') return apparent(path, kind, undefined)
  if (!stat?.isFile()) return null
  return { path, likeness: `file ${stat.size}`, content: () => contentAt(port, at, Number(stat.size)) }
}

/** What cannot be read now is not known to be what anything was, and keeps nobody from a list. */
async function contentAt(port: FilePort, at: string, size: number): Promise<string | null> {
  try {
    return size > largestCompared ? null : ((await hashFile(port, at))?.sha256 ?? null)
  } catch (error) {
    if (cannotBeRead(error)) return null
    throw error
  }
}

function linkAt(port: FilePort, at: string): string | undefined {
  try {
    return port.readLink(at)
  } catch (error) {
    if (cannotBeRead(error)) return undefined
    throw error
  }
}
