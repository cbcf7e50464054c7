/** What a line of the record told of with others at once, and what was to be put in place after it. */
import { ancestorsOf, parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { clear, ensureFolder, namesIn, uniqueName } from './files.js'
import { statLower } from './fingerprint.js'
import type { SessionLayout } from './layout.js'
import type { SessionStore } from './overlay.js'
import type { Entry } from './record.js'

/**
 * Puts what the record tells of in place, where it waits still. What stands in its way and is older than the line was
 * given up by it.
 */
export function putInPlace(port: FilePort, layout: SessionLayout, entry: Entry): void {
  const { path, kind, pending, landsAt } = entry
  if (landsAt === undefined || kind === 'whiteout') return
  const waiting = pending === undefined ? null : `${layout.temporary}/${pending}`
  if (waiting !== null && port.stat(waiting) === null) return
  const upper = layout.upper(path)
  for (const ancestor of ancestorsOf(path)) makeWay(port, layout, layout.upper(ancestor), 'folder', landsAt)
  makeWay(port, layout, upper, kind, landsAt)
  ensureFolder(port, kind === 'folder' ? upper : parentOf(upper))
  if (waiting !== null) port.rename(waiting, upper)
}

function makeWay(
  port: FilePort,
  layout: SessionLayout,
  at: string,
  wanted: Entry['kind'],
  landsAt: string,
): void {
  const stat = statLower(port, at)
  if (stat === null || stat.isDirectory() === (wanted === 'folder')) return
  if (!stat.isDirectory() && isYounger(port, stat.ctimeNs, landsAt)) return
  const aside = `${layout.temporary}/${uniqueName()}`
  port.rename(at, aside)
  clear(port, aside)
}

/** Whether it may have been written after the line. */
export function isYounger(port: FilePort, ctimeNs: bigint, landsAt: string): boolean {
  return Number(ctimeNs / 1_000_000n) + port.timestampGranularity >= Date.parse(landsAt)
}

/** Whether something that the record tells of waits to be put in place, and whoever was to do that did not. */
export function holdsUnplaced(
  { port, layout, record }: Pick<SessionStore, 'port' | 'layout' | 'record'>,
  deadWork: () => (name: string) => boolean,
): boolean {
  const names = namesIn(port, layout.temporary)
  if (names.length === 0) return false
  const waiting = new Set(names.filter(deadWork()))
  return [...record.entries.values()].some(
    ({ landsAt, pending }) => landsAt && pending && waiting.has(pending),
  )
}
