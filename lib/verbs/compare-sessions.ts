import type { DiffOptions, FileDiff } from '../api.js'
import { CowriteError } from '../errors.js'
import { isWithin, parsePath, type WorkspacePath } from '../paths.js'
import { topmostEntries } from '../store/layers.js'
import { isScratch, type SessionStore } from '../store/overlay.js'
import { unifiedDiff } from '../text/diff.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptStrays } from './adopt.js'
import { comparePaths } from './examine.js'
import { isSameSide, lookAt, type Side, shownBelow, sideAt } from './sides.js'

/** What has to be done to what `one` shows, to have what `other` shows. */
export async function compareSessions(
  one: SessionStore,
  other: SessionStore,
  { files, words }: DiffOptions = {},
): Promise<FileDiff[]> {
  for (const store of [one, other]) {
    await adoptStrays(store)
    store.record.refresh()
  }
  const wanted = files?.map(parsePath)
  const diffs: FileDiff[] = []
  for (const path of touchedByEither(one, other)) {
    if (wanted !== undefined && !wanted.some((file) => isWithin(path, file))) continue
    if ([one, other].every((store) => lookAt(store, path)?.source === 'global')) continue
    const [before, after] = [await sideAt(one, path), await sideAt(other, path)]
    if (isSameSide(before, after) || isOnlyFolder(before, after)) continue
    diffs.push(diffOf(path, before, after, words))
  }
  for (const file of wanted ?? []) refuseUnknown(file, one, other)
  return diffs
}

/** In the order in which they are shown. Where only one has a folder, all that is in it. */
function touchedByEither(one: SessionStore, other: SessionStore): WorkspacePath[] {
  const paths = new Set<WorkspacePath>()
  for (const store of [one, other]) {
    for (const { entry } of topmostEntries(store.layers)) {
      if (isScratch(store, entry.path)) continue
      const isKnown = paths.has(entry.path)
      paths.add(entry.path)
      const hides =
        entry.kind === 'whiteout' || (entry.kind === 'folder' && (entry.base === null || entry.opaque))
      if (isKnown || !hides) continue
      for (const side of [one, other]) {
        if (lookAt(side, entry.path)?.stat.isDirectory())
          for (const path of shownBelow(side, entry.path)) paths.add(path)
      }
    }
  }
  return [...paths].sort(comparePaths)
}

function isOnlyFolder(before: Side, after: Side): boolean {
  return (before ?? after)?.kind === 'folder' && (after ?? before)?.kind === 'folder'
}

function diffOf(path: WorkspacePath, before: Side, after: Side, words: boolean | undefined): FileDiff {
  const change = isNothing(before) ? 'created' : isNothing(after) ? 'deleted' : 'modified'
  const about = { filePath: path, change } as const
  const [left, right] = [textOf(before), textOf(after)]
  if (left === 'unreadable' || right === 'unreadable')
    return { ...about, binary: true, additions: 0, deletions: 0, patch: '' }
  const useWords = (words ?? isProse(path)) && left !== null && right !== null
  return {
    ...about,
    binary: false,
    ...(useWords ? proseDiff : unifiedDiff)(path, left ?? null, right ?? null),
  }
}

function isNothing(side: Side): boolean {
  return side === null || side.kind === 'folder'
}

function textOf(side: Side): string | null | 'unreadable' {
  if (side === null || side.kind === 'folder') return null
  return side.kind === 'symlink' ? `${side.target}\n` : (side.text() ?? 'unreadable')
}

function refuseUnknown(path: WorkspacePath, one: SessionStore, other: SessionStore): void {
  one.guard.checkRead(path)
  if (lookAt(one, path) !== null || lookAt(other, path) !== null) return
  throw new CowriteError('NOT_FOUND', `Neither session has ${path}.`, { path })
}
