import type { SpaceUse } from '../../doctor-api.js'
import { errnoOf } from '../../errors.js'
import type { FilePort, FolderEntry } from '../../port/port.js'
import { tellsOfDamage } from '../../store/damage.js'
import type { Layout } from '../../store/layout.js'
import { sessionNames } from '../../store/session-store.js'

export const noSpace: SpaceUse = {
  sessions: [],
  sessionsBytes: 0,
  basesBytes: 0,
  historyBytes: 0,
  archivesBytes: 0,
  trashBytes: 0,
  otherBytes: 0,
  totalBytes: 0,
}

/** Where the room goes that the state folder takes. */
export function measureSpace(port: FilePort, layout: Layout): SpaceUse {
  const seen = new Set<string>()
  const size = (folder: string): number => sizeBelow(port, folder, seen)
  const names = sessionNames(port, layout)
  const basesBytes = names.reduce((sum, name) => sum + size(layout.sessionLayout(name).bases), 0)
  const sessions = names.map((name) => ({ name, bytes: size(layout.session(name)) }))
  const parts = {
    sessionsBytes: sessions.reduce((sum, { bytes }) => sum + bytes, 0),
    basesBytes,
    historyBytes: size(layout.history),
    archivesBytes: size(layout.archives),
    trashBytes: size(layout.trash),
    otherBytes: size(layout.state),
  }
  const totalBytes = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
  return { sessions, ...parts, totalBytes }
}

/**
 * The bytes of all files below a folder, but for those that were `seen` already; those are seen from then on. What
 * cannot be looked at, and what links lead to, takes no room here.
 */
export function sizeBelow(port: FilePort, folder: string, seen = new Set<string>()): number {
  let size = 0
  for (const { name, kind } of entriesOrNone(port, folder)) {
    const path = `${folder}/${name}`
    if (kind === 'folder') size += sizeBelow(port, path, seen)
    if (kind !== 'file') continue
    const stat = port.stat(path)
    const identity = stat && `${stat.dev}:${stat.ino}`
    if (stat === null || identity === null || seen.has(identity)) continue
    seen.add(identity)
    size += Number(stat.size)
  }
  return size
}

function entriesOrNone(port: FilePort, folder: string): FolderEntry[] {
  try {
    return port.list(folder)
  } catch (error) {
    if (tellsOfDamage(error) || errnoOf(error) !== undefined) return []
    throw error
  }
}
