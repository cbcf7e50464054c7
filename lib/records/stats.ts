/** Figures over all sessions that were at work in a span of time. */
import type { LoggedOperation, Statistics, StatisticsOptions, TranscriptTotals } from '../records-api.js'
import { localDay } from '../text/local-time.js'
import { parseSince } from '../text/spans.js'
import { countsOf, totalOf } from '../verbs/counts.js'
import { asCounted, committedBy, pastOf } from './changed.js'
import { heldBy } from './details.js'
import { allKnown, type Known, lastDone, type Place } from './known.js'
import { doneIn, operationsOf } from './operations.js'
import { transcriptTotalsOf } from './totals.js'

const mostDays = 400

export async function statistics(
  place: Place | null,
  { since = '7d', byAgent = false, byDate = false }: StatisticsOptions,
): Promise<Statistics> {
  const from = parseSince(since, 'since')
  const isWithin = (at: string) => from === null || at >= from
  const known = (place === null ? [] : (await allKnown(place)).known).filter((session) =>
    isWithin(lastDone(session)),
  )
  const done = place === null ? [] : doneInEach(place, known)
  const totals = place === null ? [] : await transcriptTotalsOf(place, known)
  const told = known.map((session, at) => ({
    session,
    totals: totals[at] as TranscriptTotals,
    operations: (done[at] ?? []).filter((operation) => isWithin(operation.at)),
  }))
  return {
    since,
    from,
    total: known.length,
    openSessions: known.filter(({ endedAt }) => endedAt === null).length,
    byStatus: tally(known.map(({ status }) => status)),
    bySource: tally(known.map(({ source }) => source ?? 'unknown')),
    changes: sum(place === null ? [] : changesOf(place, known)) ?? 0,
    humanRetries: sum(known.map(({ humanRetries }) => humanRetries)) ?? 0,
    toolCallCount: operationsIn(told),
    ...sums(told),
    byAgent: byAgent ? agentsOf(told) : [],
    byDate: byDate ? daysOf(told, isWithin) : [],
  }
}

/** How many each has changed; of open ones with what they have committed already, each path once. */
function changesOf({ site }: Place, known: readonly Known[]): (number | null)[] {
  const past = pastOf(site)
  return known.map((session) => {
    const committed = session.ended === null ? committedBy(past.commitsOf(session)) : []
    if (committed.length === 0) return session.changes
    const held = new Set(heldBy(site, session).files.map(({ path }) => path))
    return (
      (session.changes ?? 0) +
      totalOf(countsOf(committed.filter(({ path }) => !held.has(path)).map(asCounted)))
    )
  })
}

/** What was done in each of these sessions, by the same reckoning as for one alone. */
function doneInEach({ site }: Place, known: readonly Known[]): LoggedOperation[][] {
  const byName = new Map<string, LoggedOperation[]>()
  for (const operation of operationsOf(site)) {
    const name = operation.session ?? ''
    const own = byName.get(name)
    if (own === undefined) byName.set(name, [operation])
    else own.push(operation)
  }
  return known.map((session) => doneIn(session, byName.get(session.name) ?? []))
}

interface Told {
  session: Known
  totals: TranscriptTotals
  operations: readonly LoggedOperation[]
}

function operationsIn(told: readonly Told[]): number {
  return told.reduce((count, { operations }) => count + operations.length, 0)
}

function sums(told: readonly Told[]) {
  const totalMessages = sum(told.map(({ totals }) => totals.totalMessages))
  const counted = told.filter(({ totals }) => totals.totalMessages !== null).length
  return {
    averageMessages: totalMessages === null ? null : Math.round((totalMessages / counted) * 10) / 10,
    totalMessages,
    totalTokens: sum(told.map(({ totals }) => totals.totalTokens)),
    totalCostUsd: sum(told.map(({ totals }) => totals.totalCostUsd)),
  }
}

/** Of those that are known; null where none is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

function tally(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left))
}

function agentsOf(told: readonly Told[]): Statistics['byAgent'] {
  const agents = new Map<string, Told[]>()
  for (const one of told) {
    const { agentId } = one.session
    const own = agents.get(agentId)
    if (own === undefined) agents.set(agentId, [one])
    else own.push(one)
  }
  return [...agents]
    .map(([agentId, ofAgent]) => {
      const { averageMessages, totalTokens, totalCostUsd } = sums(ofAgent)
      const figures = { sessions: ofAgent.length, averageMessages, totalTokens, totalCostUsd }
      return { agentId, ...figures, operations: operationsIn(ofAgent) }
    })
    .sort((left, right) => right.sessions - left.sessions)
}

/**
 * A session counts on the day that it was made, on that of its last change, and on each day of an operation: days as
 * the person's own calendar has them.
 */
function daysOf(told: readonly Told[], isWithin: (at: string) => boolean): Statistics['byDate'] {
  const days = new Map<string, { sessions: Set<string>; operations: number }>()
  const dayOf = (at: string) => {
    const date = localDay(at)
    const day = days.get(date) ?? { sessions: new Set<string>(), operations: 0 }
    days.set(date, day)
    return day
  }
  for (const { session, operations } of told) {
    const { sessionId, createdAt, updatedAt, endedAt } = session
    for (const at of [createdAt, updatedAt, endedAt])
      if (at !== null && at !== '' && isWithin(at)) dayOf(at).sessions.add(sessionId)
    for (const { at } of operations) {
      const day = dayOf(at)
      day.operations += 1
      day.sessions.add(sessionId)
    }
  }
  return [...days]
    .map(([date, day]) => ({ date, sessions: day.sessions.size, operations: day.operations }))
    .sort((left, right) => (left.date < right.date ? 1 : -1))
    .slice(0, mostDays)
}
