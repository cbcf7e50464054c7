/** What a command did to the session: what its view shows now, held against what it showed when it began. */
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { ChangesMade, LeftOut } from '../run-api.js'
import { statLower } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import { comparePaths } from '../verbs/path-order.js'
import type { Shown } from './shown.js'

/** `before` is null where all that `store` holds came from the view. */
export function changesMade(
  store: SessionStore,
  before: Shown | null,
  now: Shown,
  leftOut: readonly LeftOut[],
): ChangesMade {
  const out = new Set(leftOut.map(({ path }) => path))
  const changes: ChangesMade = { modified: [], created: [], deleted: [] }
  const folders = new Set<WorkspacePath>()
  for (const [path, identity] of now.all()) {
    const earlier = shownAt(before, path)
    if (identity === earlier || out.has(path)) continue
    // As the live file is: it was opened for writing and no more, or has become again what it was.
    if (earlier === undefined && !store.record.entries.has(path)) continue
    const wasThere = earlier === undefined ? isLowers(store, path) : earlier !== null
    if (identity?.startsWith('folder:') || (identity === null && isFolder(store, path, earlier)))
      folders.add(path)
    if (identity === null && wasThere) changes.deleted.push(path)
    else if (identity !== null) changes[wasThere ? 'modified' : 'created'].push(path)
  }
  const isGone = new Set(changes.deleted)
  // Of a folder that went as a whole, the view tells no more than that.
  for (const [path, { kind, base }] of store.record.entries) {
    if (kind !== 'whiteout' || isGone.has(path) || shownAt(before, path) === null) continue
    if (!ancestorsOf(path).some((folder) => isGone.has(folder))) continue
    changes.deleted.push(path)
    if (base?.kind === 'folder') folders.add(path)
  }
  const created = inOrder(withoutFull(changes.created, folders))
  const deleted = inOrder(withoutFull(changes.deleted, folders))
  const moved = movesAmong(store, { created, deleted }, before, now)
  return { modified: inOrder(changes.modified), created, deleted, ...(moved.length === 0 ? {} : { moved }) }
}

/** Of a file that only the session had, the record tells nothing: it is the same one, at another place. */
function movesAmong(
  { record }: SessionStore,
  { created, deleted }: Pick<ChangesMade, 'created' | 'deleted'>,
  before: Shown | null,
  now: Shown,
): { from: WorkspacePath; to: WorkspacePath }[] {
  if (created.length === 0 || deleted.length === 0) return []
  const gone = new Set(deleted)
  const goneBy = new Map(deleted.flatMap((path) => fileAt(before, path).map((identity) => [identity, path])))
  return created.flatMap((to) => {
    const same = fileAt(now, to).flatMap((identity) => goneBy.get(identity) ?? [])
    const from = [...same, record.entries.get(to)?.movedFrom ?? ''].find((path) => gone.delete(path))
    return from === undefined ? [] : [{ from, to }]
  })
}

/** The identity of what stands there, but for a folder: two of those may be alike. */
function fileAt(shown: Shown | null, path: WorkspacePath): string[] {
  const identity = shown?.at(path) ?? null
  return identity === null || identity.startsWith('folder:') ? [] : [identity]
}

/** Where a folder is hidden, all is that it has. */
function shownAt(before: Shown | null, path: WorkspacePath): string | null | undefined {
  const identity = before?.at(path)
  if (identity !== undefined) return identity
  return ancestorsOf(path).some((folder) => before?.at(folder) === null) ? null : undefined
}

/** Also where somebody changed the live file meanwhile, and it is no base. */
function isLowers({ port, record }: SessionStore, path: WorkspacePath): boolean {
  return (record.entries.get(path)?.base ?? null) !== null || statLower(port, path) !== null
}

function isFolder({ record }: SessionStore, path: WorkspacePath, earlier: string | null | undefined) {
  return earlier?.startsWith('folder:') || record.entries.get(path)?.base?.kind === 'folder'
}

/** A folder is worth a word of its own only where nothing in it is told of. */
function withoutFull(paths: readonly WorkspacePath[], folders: ReadonlySet<WorkspacePath>): WorkspacePath[] {
  const around = new Set<WorkspacePath>()
  for (const path of paths) for (let at = parentOf(path); at !== ''; at = parentOf(at)) around.add(at)
  return paths.filter((path) => !(folders.has(path) && around.has(path)))
}

function inOrder(paths: WorkspacePath[]): WorkspacePath[] {
  return paths.sort(comparePaths)
}
