import type { RecordList, RecordListOptions, RecordSummary } from '../records-api.js'
import { allKnown, fits, type Known, openOnes, type Place, toldSpan, wantsEnded } from './known.js'

/** A page of the sessions that fit, newest first. */
export async function listRecords(place: Place, options: RecordListOptions): Promise<RecordList> {
  const { limit = null, offset = 0, ...filter } = options
  const isWanted = fits(filter)
  const { known, active } = wantsEnded(filter) ? await allKnown(place) : await openOnes(place)
  const fitting = known.filter(isWanted)
  const page = fitting.slice(offset, limit === null ? undefined : offset + limit)
  return { sessions: page.map(summaryOf), count: fitting.length, limit, offset, active, ...toldSpan(filter) }
}

export function summaryOf({ ended: _ended, ...summary }: Known): RecordSummary {
  return summary
}
