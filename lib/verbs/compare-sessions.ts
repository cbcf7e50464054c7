import type { DiffOptions, FileDiff } from '../api.js'
import { CowriteError } from '../errors.js'
import { isWithin, parsePath, type WorkspacePath } from '../paths.js'
import { sha256Of } from '../store/fingerprint.js'
import { topmostEntries } from '../store/layers.js'
import { isScratch, type SessionStore } from '../store/overlay.js'
import { unifiedDiff } from '../text/diff.js'
import { isProse, proseDiff } from '../text/prose.js'
import { adoptStrays } from './adopt.js'
import { type Moved, type Moves, pairUp } from './moves.js'
import { comparePaths } from './path-order.js'
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
  const went: Moved[] = []
  const came: Moved[] = []
  for (const path of touchedByEither(one, other)) {
    if (wanted !== undefined && !wanted.some((file) => isWithin(path, file))) continue
    if ([one, other].every((store) => lookAt(store, path)?.source === 'global')) continue
    const [before, after] = [await sideAt(one, path), await sideAt(other, path)]
    if (isSameSide(before, after) || isOnlyFolder(before, after)) continue
    diffs.push(diffOf(path, before, after, words))
    if (before?.kind === 'file' && isNothing(after)) went.push(asMoved(path, before))
    if (after?.kind === 'file' && isNothing(before)) came.push(asMoved(path, after))
  }
  for (const file of wanted ?? []) refuseUnknown(file, one, other)
  return withMoves(diffs, await pairUp(went, came))
}

function asMoved(path: WorkspacePath, { sha256 }: { sha256: string | null }): Moved {
  return {
    path,
    likeness: sha256 === nothingInIt ? 'file 0' : `file ${sha256}`,
    content: async () => sha256,
  }
}

const nothingInIt = sha256Of('')

/** What is the same in both, at another place: nothing of it is shown. */
function withMoves(diffs: readonly FileDiff[], moves: Moves): FileDiff[] {
  const places = new Map([...moves].map(([to, from]) => [from, to]))
  return diffs.map((diff) => {
    const [movedFrom, movedTo] = [moves.get(diff.filePath), places.get(diff.filePath)]
    if (movedFrom === undefined && movedTo === undefined) return diff
    const { filePath, change } = diff
    const same = { filePath, change, binary: false, additions: 0, deletions: 0, patch: '' }
    return {
      ...same,
      ...(movedFrom === undefined ? {} : { movedFrom }),
      ...(movedTo === undefined ? {} : { movedTo }),
    }
  })
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
