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
  return {
    modified: inOrder(changes.modified),
    created: inOrder(withoutFull(changes.created, folders)),
    deleted: inOrder(withoutFull(changes.deleted, folders)),
  }
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
