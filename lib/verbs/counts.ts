/** Changes as a person counts them: what was moved is one, and neither a creation nor a deletion besides. */
import type { Change, ChangeCounts } from '../api.js'

export type Counted = Pick<Change, 'path' | 'change' | 'kind' | 'movedFrom'>

/** Each place that tells how much a session has changed counts by this. */
export function countsOf(changes: readonly Counted[]): ChangeCounts {
  const went = new Set(changes.map(({ movedFrom }) => movedFrom))
  const counts = { modified: 0, created: 0, deleted: 0, moved: 0, newFolders: 0 }
  for (const { path, change, kind, movedFrom } of changes) {
    if (movedFrom !== undefined) counts.moved += 1
    // What it took the place of is another text now.
    if (change === 'modified') counts.modified += 1
    else if (change === 'deleted') counts.deleted += went.has(path) ? 0 : 1
    else if (movedFrom === undefined) counts[kind === 'folder' ? 'newFolders' : 'created'] += 1
  }
  return counts
}

/** Of a status, or a preview. */
export function countsIn({ modified, created, deleted }: Lists): ChangeCounts {
  return countsOf([...modified, ...created, ...deleted])
}

type Lists = Record<Change['change'], readonly Counted[]>

export function totalOf({ modified, created, deleted, moved, newFolders }: ChangeCounts): number {
  return modified + created + deleted + moved + newFolders
}
