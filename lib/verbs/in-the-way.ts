/** What in the live files would keep a change from being carried out: known before the commit point, or never. */
import { ancestorsOf, joinPath, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { kindOf, statLower } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import type { Examined } from './examined.js'
import { lookAtLower } from './lower-now.js'
import { emptiesFolder } from './units.js'

/** What lower has in a folder that the session deleted or replaced, and the session does not know of (C8). */
export async function newcomers(store: SessionStore, examined: readonly Examined[]): Promise<Examined[]> {
  const known = new Set(examined.map(({ path }) => path))
  const found: Examined[] = []
  for (const { entry, path } of examined) {
    const isOpaque = entry.kind === 'folder' && entry.opaque === true && entry.base?.kind === 'folder'
    if (!isOpaque && !emptiesFolder(entry)) continue
    if (statLower(store.port, path)?.isDirectory() !== true) continue
    const where = `in a folder that the session ${entry.kind === 'whiteout' || isOpaque ? 'deleted' : 'replaced'}`
    for (const { name } of store.port.list(path)) {
      const child = joinPath(path, name)
      if (!known.has(child)) await addNewcomer(store, child, where, found)
    }
  }
  return found
}

async function addNewcomer(
  store: SessionStore,
  path: WorkspacePath,
  where: string,
  found: Examined[],
): Promise<void> {
  const { port, guard } = store
  const entry: Entry = { path, kind: 'whiteout', base: null, kept: null, firstWriteAt: '' }
  const stays = { path, entry, at: null, change: 'deleted', verdict: 'conflict', target: null } as const
  const stat = port.stat(path)
  if (stat === null) return // Gone meanwhile.
  const kind = kindOf(stat)
  if (kind === 'other') {
    found.push({ ...stays, kind: 'file', reason: `a pipe, socket or device, ${where}` })
    return
  }
  if (guard.isProtected(path)) {
    found.push({ ...stays, kind, reason: `protected, ${where}` })
    return
  }
  const { now } = await lookAtLower(port, path, null)
  const target = now && { path, expected: now, wanted: null }
  found.push({ ...stays, kind, reason: `appeared in the live files, ${where}`, target })
  if (kind !== 'folder') return
  for (const { name } of port.list(path)) await addNewcomer(store, joinPath(path, name), where, found)
}

/**
 * A change that needs a folder where lower has something else is a conflict, whatever else it is. `isFolder` tells of
 * a path whether it is known to be a folder of lower.
 */
export function withoutFolders(
  port: FilePort,
  examined: readonly Examined[],
  isFolder: (path: WorkspacePath) => boolean = () => false,
): Examined[] {
  const planned = new Map(examined.map((change) => [change.path, change.target?.wanted?.kind]))
  const looks = new Map<WorkspacePath, string | null>()
  const standsAt = (folder: WorkspacePath): string | null => {
    let kind = looks.get(folder)
    if (kind === undefined) {
      const stat = isFolder(folder) ? 'folder' : statLower(port, folder)
      kind = stat === 'folder' ? stat : stat && kindOf(stat)
      looks.set(folder, kind)
    }
    return kind
  }
  const inTheWay = (path: WorkspacePath): string | null => {
    for (const folder of ancestorsOf(path)) {
      if (planned.get(folder) === 'folder') continue
      const kind = standsAt(folder)
      if (kind === null) return null
      if (kind !== 'folder') return `${folder} is a ${named[kind] ?? kind} in the live files`
    }
    return null
  }
  return examined.map((change) => {
    const reason = change.target?.wanted ? inTheWay(change.path) : null
    return reason === null ? change : { ...change, verdict: 'conflict', reason, target: null }
  })
}

const named: Record<string, string> = { symlink: 'link', other: 'pipe, socket or device' }
