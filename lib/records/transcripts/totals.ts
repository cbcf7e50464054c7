/** What was counted in transcripts, kept so that nobody counts it twice while they stay as they are. */
import { createHash } from 'node:crypto'
import { errnoOf, isCowriteError } from '../../errors.js'
import { parentOf } from '../../paths.js'
import type { FilePort } from '../../port/port.js'
import { decodeLines, encodeLine } from '../../store/append-log.js'
import { cannotBeWritten } from '../../store/damage.js'
import { ensureFolder, readIfThere, replaceFile } from '../../store/files.js'
import type { Layout } from '../../store/layout.js'
import { openTranscript } from './lines.js'
import { type Price, pricesAsOf, pricesWith } from './prices.js'
import { countIn } from './read.js'
import type { Span, Totals } from './transcript.js'

/** What is kept is of no use to another version of the readers. */
const version = 1

interface Kept {
  version: number
  path: string
  size: string
  /** In nanoseconds. */
  mtime: string
  /** Of the list and the config that the cost was reckoned by. */
  prices: string
  spans: readonly Span[]
  totals: Totals
}

export interface TotalsPlace {
  port: FilePort
  layout: Layout
  /** Of the config. */
  prices: Readonly<Record<string, Price>>
}

/**
 * The totals of a part of a transcript. Of one that is gone, what was last counted in it; null where nobody ever did.
 * Throws WRONG_KIND and IO for what cannot be read.
 */
export async function totalsIn(
  place: TotalsPlace,
  path: string,
  spans: readonly Span[],
): Promise<Totals | null> {
  const own = place.layout.transcriptTotals(nameOf(path, spans))
  const kept = readKept(place.port, own, path, spans)
  const file = await openTranscript(path).catch((error: unknown) => {
    if (isCowriteError(error, 'NOT_FOUND')) return null
    throw error
  })
  if (file === null) return kept?.totals ?? null
  try {
    const { size, mtimeNs } = await file.stat({ bigint: true })
    const prices = hashOf([pricesAsOf, place.prices])
    const now = { version, path, size: String(size), mtime: String(mtimeNs), prices, spans }
    if (kept && kept.size === now.size && kept.mtime === now.mtime && kept.prices === prices)
      return kept.totals
    const totals = await countIn(file, pricesWith(place.prices), spans)
    keep(place.port, own, { ...now, totals })
    return totals
  } finally {
    await file.close()
  }
}

function nameOf(path: string, spans: readonly Span[]): string {
  return hashOf([path, spans]).slice(0, 32)
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** What was torn, or is another's, is none. */
function readKept(port: FilePort, own: string, path: string, spans: readonly Span[]): Kept | null {
  const bytes = readIfThere(port, own)
  const kept = bytes === null ? undefined : decodeLines<Kept>(bytes).lines.at(-1)
  const isIt =
    kept?.version === version && kept.path === path && JSON.stringify(kept.spans) === JSON.stringify(spans)
  return isIt ? kept : null
}

/** Where it cannot be kept it is counted again the next time. */
function keep(port: FilePort, own: string, kept: Kept): void {
  try {
    ensureFolder(port, parentOf(own))
    replaceFile(port, own, encodeLine(kept))
  } catch (error) {
    if (!cannotBeWritten(error) && errnoOf(error) === undefined) throw error
  }
}
