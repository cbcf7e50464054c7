/**
 * What a list tells of a session, kept beside its record, so that a list of a thousand need not read them all.
 *
 * It holds for as long as nothing has changed by which it could be otherwise: the record, session.json, and the folders
 * in which the session's copies and kept versions are. A file cannot go without its folder's time of change. It is a
 * cache: whatever does not fit is read anew.
 */
import type { SessionSummary } from '../api.js'
import { errnoOf, isCowriteError } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { makeIfMissing, namesIn, readIfThere, replaceFile, uniqueName } from '../store/files.js'
import type { SessionLayout } from '../store/layout.js'
import { lookAtAll } from '../store/looking.js'
import type { Layer } from '../store/overlay.js'

/** What this version of cowrite writes. */
const version = 3

export type Listed = Omit<SessionSummary, 'status' | 'newerFormat'>

interface Kept {
  version: number
  /** What was looked at, by its path in the workspace, and as it was. */
  seen: Record<string, string>
  listed: Listed
}

/** Null where there is none that still holds. */
export function keptListed(port: FilePort, own: SessionLayout): Listed | null {
  const kept = readKept(port, own)
  if (kept === null) return null
  const now = marksOf(port, Object.keys(kept.seen))
  const holds = Object.entries(kept.seen).every(([path, mark]) => now.get(path)?.mark === mark)
  return holds ? kept.listed : null
}

function readKept(port: FilePort, own: SessionLayout): Kept | null {
  try {
    const bytes = readIfThere(port, own.listed)
    const kept = bytes && (JSON.parse(bytes.toString()) as Kept)
    return kept?.version === version && typeof kept.seen === 'object' ? kept : null
  } catch (error) {
    // A cache that cannot be read is none.
    if (error instanceof SyntaxError || errnoOf(error) !== undefined || isCowriteError(error)) return null
    throw error
  }
}

/** In milliseconds, beyond how far the disk's time lags behind the clock. */
const margin = 20

/** What was read of a session. */
interface ReadFrom {
  layers: readonly Layer[]
  /** Files whose content decided how much is counted. */
  compared: readonly string[]
  /** From when on, in milliseconds. */
  since: number
}

/**
 * Keeps what was found of a session that is whole. What has changed since it was read, or so short before that the disk's
 * times cannot tell, is not kept: the next list does.
 */
export function keepListed(
  port: FilePort,
  own: SessionLayout,
  { layers, compared, since }: ReadFrom,
  listed: Listed,
): void {
  try {
    // What is about to be renamed into place counts as there, and is not.
    if (namesIn(port, own.temporary).length > 0) return
    const now = marksOf(port, [...placesOf(own, layers), ...compared])
    const before = since - port.timestampGranularity - margin
    const isSettled = [...now.values()].every((look) => look !== null && look.changed < before)
    if (!isSettled) return
    const seen = Object.fromEntries([...now].map(([path, look]) => [path, look?.mark ?? '']))
    const kept: Kept = { version, seen, listed }
    makeIfMissing(port, own.temporary)
    replaceFile(port, own.listed, JSON.stringify(kept), `${own.temporary}/${uniqueName()}`)
  } catch (error) {
    if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
  }
}

/** All that a session's soundness depends on. */
function placesOf(own: SessionLayout, layers: readonly Layer[]): string[] {
  const places = new Set([own.metadata, own.retries])
  for (const { record, layout } of layers) {
    places.add(layout.record)
    for (const { path, kind } of record.entries.values())
      if (kind === 'file' || kind === 'symlink') places.add(parentOf(layout.upper(path)))
  }
  return [...places]
}

interface Look {
  mark: string
  /** In milliseconds. */
  changed: number
}

function marksOf(port: FilePort, paths: readonly string[]): Map<string, Look | null> {
  const seen = lookAtAll(port, paths)
  return new Map(
    paths.map((path) => {
      const stat = seen.get(path) ?? null
      const look = stat && {
        mark: `${stat.ino}:${stat.size}:${stat.ctimeNs}`,
        changed: Number(stat.ctimeNs / 1_000_000n),
      }
      return [path, look]
    }),
  )
}
