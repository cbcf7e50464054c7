/** What stays known of a session that has ended. */
import type { FilePort } from '../port/port.js'
import { cannotBeWritten, tellsOfDamage } from '../store/damage.js'
import { type EndedSession, noteEnded } from '../store/ended-sessions.js'
import { openLayers } from '../store/layers.js'
import type { SessionLayout } from '../store/layout.js'
import type { Layer } from '../store/overlay.js'
import { isRejection, type SessionRecord } from '../store/record.js'
import { recordOrNull } from './check.js'
import { type Counted, countsOf } from './counts.js'
import { heldChanges, holdingOf } from './holding.js'
import type { Site } from './site.js'

/** Of a session that changed more, its commit has the list. */
const mostPaths = 200

/** What a session's record tells of it. */
export type Told = Omit<EndedSession, 'how' | 'endedAt' | 'archive'>

/** What its folder, which is on its way out, still tells of a session; `told` where its record was read by then. */
export async function endedIn(
  port: FilePort,
  gone: SessionLayout,
  {
    session,
    archive,
    how,
  }: { session: string; archive: string | null; how?: EndedSession['how'] | undefined },
  known: Told | undefined,
): Promise<EndedSession> {
  const told = known ?? (await toldIn(port, gone))
  const wasCancelled = /-cancelled-\d{8}-\d{6}(-\d+)?$/.test(archive ?? '')
  const note = port.stat(gone.closing)
  const endedAt = new Date(note ? Number(note.mtimeMs) : Date.now()).toISOString()
  const end = { how: how ?? (wasCancelled ? 'cancelled' : 'committed'), endedAt, archive } as const
  if (told !== null) return { ...told, ...end }
  const made = port.stat(gone.folder)
  const createdAt = made ? new Date(Number(made.birthtimeMs || made.ctimeMs)).toISOString() : endedAt
  const unknown = { description: '', agentId: '', source: null, parent: null, template: null }
  const uncounted = { changes: null, paths: [], humanRetries: null }
  return { name: session, ...end, createdAt, updatedAt: endedAt, ...unknown, ...uncounted }
}

/** Null where the record is too damaged to tell anything. */
async function toldIn(port: FilePort, gone: SessionLayout): Promise<Told | null> {
  const record = recordOrNull(port, gone)
  if (record === null) return null
  record.close()
  const layers = layersOrNull(port, gone, record)
  return toldBy(record, layers && heldChanges(await holdingOf(port, layers)))
}

/** As `toldIn`, of a session that is about to end with a commit: what that did not take is no change of it. */
export async function toldOfCommitted(
  port: FilePort,
  own: SessionLayout,
  taken: readonly string[],
): Promise<Told | undefined> {
  const record = recordOrNull(port, own)
  if (record === null) return undefined
  record.close()
  const layers = layersOrNull(port, own, record)
  if (layers === null) return undefined
  const isTaken = new Set(taken)
  return toldBy(
    record,
    heldChanges(await holdingOf(port, layers)).filter(({ path }) => isTaken.has(path)),
  )
}

/** `held` are its changes; null where its layers are damaged. */
export function toldBy(record: SessionRecord, held: readonly Counted[] | null): Told {
  const { name, description, createdAt, agentId, source = null, parent, template } = record.header
  return {
    ...{ name, createdAt, updatedAt: record.updatedAt },
    ...{ description, agentId, source, parent, template },
    changes: held && countsOf(held),
    paths: (held ?? []).slice(0, mostPaths).map(({ path, change, kind, movedFrom }) => ({
      ...{ path, change },
      ...(kind === 'folder' ? { kind } : {}),
      ...(movedFrom === undefined ? {} : { movedFrom }),
      ...firstWriteOf(record, path),
    })),
    humanRetries: record.retries.filter(isRejection).length,
  }
}

/** When it was written first, which its history tells where no operation does. */
function firstWriteOf({ entries }: SessionRecord, path: string): { firstWriteAt?: string } {
  const firstWriteAt = entries.get(path)?.firstWriteAt
  return firstWriteAt ? { firstWriteAt } : {}
}

function layersOrNull(port: FilePort, gone: SessionLayout, record: SessionRecord): Layer[] | null {
  try {
    return openLayers(port, gone, record)
  } catch (error) {
    if (tellsOfDamage(error)) return null
    throw error
  }
}

/** A session has ended whether or not there is room to say so. */
export function noteEndIfPossible({ port, layout }: Site, ended: EndedSession): void {
  try {
    noteEnded(port, layout, ended)
  } catch (error) {
    if (!cannotBeWritten(error) && !tellsOfDamage(error)) throw error
  }
}
