/** The open sessions as a list, and what it tells of each. */
import type { Retry, SessionList, SessionState, SessionSummary } from '../api.js'
import { isCowriteError } from '../errors.js'
import { cannotBeWritten, tellsOfDamage } from '../store/damage.js'
import { openLayers } from '../store/layers.js'
import type { SessionLayout } from '../store/layout.js'
import { isProjected, writeProjection } from '../store/projection.js'
import { isRejection, type SessionRecord } from '../store/record.js'
import { sessionNames } from '../store/session-store.js'
import { type Caller, currentOrNull } from './chats.js'
import { findDamage, recordOrNull } from './check.js'
import { countsOf, totalOf } from './counts.js'
import { heldChanges, holdingOf } from './holding.js'
import { keepListed, keptListed, type Listed } from './listed.js'
import { folderOf } from './sessions.js'
import type { Site } from './site.js'

/** Every open session, newest first. A damaged one, or one of a newer format, is CRASHED and stands in nobody's way. */
export async function listSessions(site: Site, caller: Caller): Promise<SessionList> {
  const names = sessionNames(site.port, site.layout)
  const current = await currentOrNull(site, caller)
  const active = current !== null && names.includes(current) ? current : null
  const sessions: SessionSummary[] = []
  for (const name of names) {
    // One after the other: a thousand records are not all held at once.
    const summary = summaryKept(site, name, active) ?? (await summaryAnew(site, name, active))
    if (summary !== null) sessions.push(summary)
  }
  sessions.sort((left, right) => compare(right.createdAt, left.createdAt) || compare(left.name, right.name))
  return {
    sessions,
    count: sessions.length,
    active: sessions.some(({ name }) => name === active) ? active : null,
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function summaryKept(site: Site, name: string, active: string | null): SessionSummary | null {
  const kept = keptListed(site.port, site.layout.sessionLayout(name))
  return kept?.name === name ? { ...kept, status: name === active ? 'ACTIVE' : 'INACTIVE' } : null
}

/** From the record; null where the session has ended meanwhile. */
async function summaryAnew(site: Site, name: string, active: string | null): Promise<SessionSummary | null> {
  const own = site.layout.sessionLayout(name)
  const folder = folderOf(site, name)
  const since = Date.now()
  const record = recordOrNull(site.port, own)
  const condition = conditionOf(site, own, name, record)
  const isWhole = record !== null && condition === 'whole'
  if (!isWhole && (folder === null || folderOf(site, name) !== folder)) {
    record?.close()
    return folderOf(site, name) === null ? null : summaryAnew(site, name, active)
  }
  try {
    if (isWhole) keepProjected(site, own, record)
    const layers = isWhole ? openLayers(site.port, own, record) : []
    const holding = isWhole ? await holdingOf(site.port, layers) : null
    const listed: Listed = {
      name,
      createdAt: record?.header.createdAt ?? createdOf(site, own.folder),
      updatedAt: record?.updatedAt ?? '',
      description: record?.header.description ?? '',
      agentId: record?.header.agentId ?? '',
      source: record?.header.source ?? null,
      parent: record?.header.parent ?? null,
      changes: holding && totalOf(countsOf(heldChanges(holding))),
      humanRetries: isWhole ? record.retries.filter(isRejection).length : null,
    }
    if (holding !== null) keepListed(site.port, own, { layers, compared: holding.compared, since }, listed)
    const status: SessionState = !isWhole ? 'CRASHED' : name === active ? 'ACTIVE' : 'INACTIVE'
    return { ...listed, status, ...(condition === 'newer' ? { newerFormat: true as const } : {}) }
  } finally {
    record?.close()
  }
}

/** The retries of every open session whose record can be read. */
export function openRetries(site: Site): Retry[] {
  return sessionNames(site.port, site.layout).flatMap((name) => {
    const record = recordOrNull(site.port, site.layout.sessionLayout(name))
    record?.close()
    return record === null ? [] : record.retries.map((retry) => ({ ...retry, session: name }))
  })
}

function conditionOf(
  site: Site,
  own: SessionLayout,
  name: string,
  record: SessionRecord | null,
): 'whole' | 'damaged' | 'newer' {
  try {
    return findDamage(site.port, own, name, record).length === 0 ? 'whole' : 'damaged'
  } catch (error) {
    if (isCowriteError(error, 'WORKSPACE_UNAVAILABLE')) return 'newer'
    throw error
  }
}

/** Whoever lists the sessions finds their session.json complete (D3), where it can be written at all. */
function keepProjected(site: Site, own: SessionLayout, record: SessionRecord): void {
  if (!record.isLive() || isProjected(site.port, own, record)) return
  try {
    writeProjection(site.port, own, record)
  } catch (error) {
    if (!cannotBeWritten(error) && !tellsOfDamage(error)) throw error
  }
}

function createdOf(site: Site, folder: string): string {
  const stat = site.port.stat(folder)
  return stat ? new Date(Number(stat.birthtimeMs || stat.ctimeMs)).toISOString() : ''
}
