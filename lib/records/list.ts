import type { CommitSummary } from '../api.js'
import type { RecordList, RecordListOptions, RecordSummary } from '../records-api.js'
import { listCommits } from '../verbs/history.js'
import type { Site } from '../verbs/site.js'
import { historyOfSession } from './commits.js'
import { allKnown, fits, type Known, openOnes, type Place, wantsEnded } from './known.js'

/** A page of the sessions that fit, newest first. */
export async function listRecords(place: Place, options: RecordListOptions): Promise<RecordList> {
  const { limit = null, offset = 0, ...filter } = options
  const isWanted = fits(filter)
  const { known, active } = wantsEnded(filter) ? await allKnown(place) : await openOnes(place)
  const fitting = known.filter(isWanted)
  const page = fitting.slice(offset, limit === null ? undefined : offset + limit)
  return { sessions: withUndone(place, page), count: fitting.length, limit, offset, active }
}

/** Says of those that were committed whether all of that is undone by now. */
function withUndone({ site }: Place, page: readonly Known[]): RecordSummary[] {
  const all = page.some(({ status }) => status === 'COMMITTED') ? listCommits(site) : []
  return page.map((session) => {
    const summary = summaryOf(session)
    return isUndone(site, session, all) ? { ...summary, undone: true } : summary
  })
}

/** Whether it was committed, and all of that is undone by now. `all` is the whole history. */
export function isUndone(site: Site, session: Known, all: readonly CommitSummary[]): boolean {
  if (session.status !== 'COMMITTED') return false
  const commits = historyOfSession(site, session, all).filter(({ kind }) => kind === 'commit')
  return commits.length > 0 && commits.every(({ undone }) => undone)
}

export function summaryOf({ ended: _ended, ...summary }: Known): RecordSummary {
  return summary
}
