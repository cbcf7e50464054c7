/** What of one session's changes would come into another: three-way, from what both began with. */
import type { MergePreview, OnMergeConflict } from '../between-api.js'
import { type Conflict, stillMarked } from '../errors.js'
import { ancestorsOf, isWithin, type WorkspacePath } from '../paths.js'
import { sha256Of } from '../store/fingerprint.js'
import { type Effective, topmostEntries } from '../store/layers.js'
import { isScratch, type Layer, type SessionStore } from '../store/overlay.js'
import { holdsMarkers, mergeTexts } from '../text/merge.js'
import type { Examined } from './examined.js'
import { leaves } from './moves.js'
import { comparePaths } from './path-order.js'
import { selectChanges } from './select.js'
import { isSameContent, isSameSide, lookAt, type Side, shownBelow, sideAt, sideOfBase } from './sides.js'
import { unitsOf } from './units.js'

/** One path of the source, held against the target. */
export interface Brought {
  path: WorkspacePath
  entry: Effective['entry']
  /** What the source has there. */
  source: Side
  target: Side
  verdict: 'clean' | 'merged' | 'conflict'
  reason?: string
  /** The text of a merge, or with markers. */
  text?: string
  marked?: string
}

export interface MergePlan {
  preview: MergePreview
  /** What is to be put into the target. */
  taken: Brought[]
  conflicts: Brought[]
}

export async function planMerge(
  source: SessionStore,
  target: SessionStore,
  { files, onConflict }: { files?: string[] | undefined; onConflict?: OnMergeConflict | undefined },
): Promise<MergePlan> {
  for (const { record } of [source, target]) record.refresh()
  const all = await bringAll(source, target)
  const chosen = select(all, source, files)
  const conflicts: Brought[] = []
  const taken: Brought[] = []
  const dropped: WorkspacePath[] = []
  for (const one of chosen) {
    if (one.verdict !== 'conflict' || onConflict === 'keep_source') taken.push(one)
    else if (onConflict === 'markers' && one.marked !== undefined) taken.push({ ...one, text: one.marked })
    else if (onConflict === 'keep_target') dropped.push(one.path)
    else conflicts.push(one)
  }
  const told = leaves(taken.map((one) => ({ ...one, change: changeOf(one), kind: kindOf(one) })))
  const paths = (kind: string) => told.filter(({ change }) => change === kind).map(({ path }) => path)
  const preview = {
    source: source.name,
    into: target.name,
    modified: paths('modified'),
    created: paths('created'),
    deleted: paths('deleted'),
    merged: taken.filter(({ verdict }) => verdict === 'merged').map(({ path }) => path),
    marked: taken
      .filter(({ marked, text }) => marked !== undefined && text === marked)
      .map(({ path }) => path),
    conflicts: conflicts.map(({ path, reason = 'changed in both' }): Conflict => ({ path, reason })),
    dropped,
  }
  return { preview: { ...preview, digest: digestOf(preview, taken) }, taken, conflicts }
}

/** In the order of `comparePaths`; what is the same on both sides is left out. */
async function bringAll(source: SessionStore, target: SessionStore): Promise<Brought[]> {
  const common = commonLayers(source, target)
  const brought: Brought[] = []
  const names = { source: source.name, target: target.name }
  for (const { entry } of candidates(source, common)) {
    const { path } = entry
    if (isScratch(source, path) || isScratch(target, path)) continue
    const ours = await sideAt(source, path)
    const base = await baseOf(source, common, { entry })
    if (isSameSide(ours, base)) continue
    const theirs = await sideAt(target, path)
    if (isSameSide(ours, theirs)) continue
    brought.push({ path, entry, source: ours, target: theirs, ...judge(base, ours, theirs, names) })
  }
  return withoutClashes(brought, target)
}

interface Common {
  /** The store that has them, and what both sessions had in common. */
  store: SessionStore
  layers: readonly Layer[]
  /** How many layers the source has of its own above them. */
  above: number
}

/**
 * The nearest state that both come from: one is a fork of the other, or both are forks of a third. Null where neither
 * has a layer that the other comes from: then each path began as lower had it.
 */
function commonLayers(source: SessionStore, target: SessionStore): Common | null {
  const inSource = source.record.header.layers.findIndex((id) => originsOf(target).has(id))
  if (inSource !== -1) {
    return { store: source, layers: source.layers.slice(inSource + 1), above: inSource + 1 }
  }
  const inTarget = target.record.header.layers.findIndex((id) => originsOf(source).has(id))
  if (inTarget === -1) return null
  return { store: target, layers: target.layers.slice(inTarget + 1), above: source.layers.length }
}

/** All states that the session went through and that something was forked from. */
function originsOf({ layers, record }: SessionStore): Set<string> {
  return new Set([...record.header.layers, ...layers.flatMap((layer) => layer.record.snapshots)])
}

/** What the source may have changed since: its own entries, and what the common state had that it has no more. */
function candidates(source: SessionStore, common: Common | null): Effective[] {
  const own = topmostEntries(source.layers.slice(0, common?.above ?? source.layers.length))
  const gone = common !== null && common.store !== source ? topmostEntries(common.layers) : []
  const known = new Set(own.map(({ entry }) => entry.path))
  const all = [...own, ...gone.filter(({ entry }) => !known.has(entry.path))]
  return all.sort((left, right) => comparePaths(left.entry.path, right.entry.path))
}

async function baseOf(
  source: SessionStore,
  common: Common | null,
  { entry }: Pick<Effective, 'entry'>,
): Promise<Side> {
  if (common === null) return sideOfBase(source, entry)
  const isTold = common.layers.some(
    ({ record }) => record.entries.has(entry.path) || isUnder(record, entry.path),
  )
  return isTold ? sideAt(common.store, entry.path, common.layers) : sideOfBase(source, entry)
}

function isUnder({ entries }: Layer['record'], path: WorkspacePath): boolean {
  return ancestorsOf(path).some((folder) => {
    const entry = entries.get(folder)
    return entry !== undefined && (entry.kind !== 'folder' || entry.base === null || entry.opaque === true)
  })
}

function judge(
  base: Side,
  ours: Side,
  theirs: Side,
  names: { source: string; target: string },
): Pick<Brought, 'verdict' | 'reason' | 'text' | 'marked'> {
  if (isSameSide(theirs, base)) return { verdict: 'clean' }
  if (ours?.kind === 'folder' && theirs?.kind === 'folder') return { verdict: 'clean' }
  if (theirs === null) return { verdict: 'conflict', reason: 'changed in the one, deleted in the other' }
  if (ours === null) return { verdict: 'conflict', reason: 'deleted in the one, changed in the other' }
  if (ours.kind !== 'file' || theirs.kind !== 'file')
    return { verdict: 'conflict', reason: `a ${nameOf(ours)} in the one, a ${nameOf(theirs)} in the other` }
  // Only one of them runs: that is what the source wants.
  if (isSameContent(ours, theirs)) return { verdict: 'clean' }
  const [before, left, right] = [base?.kind === 'file' ? base.text() : null, theirs.text(), ours.text()]
  if (left === null || right === null)
    return { verdict: 'conflict', reason: 'changed in both, and not text that could be merged' }
  if (before === null)
    return { verdict: 'conflict', reason: base === null ? 'created in both' : 'changed in both' }
  if (holdsMarkers(left) || holdsMarkers(right)) return { verdict: 'conflict', reason: stillMarked }
  const outcome = mergeTexts(before, left, right)
  if ('merged' in outcome) return { verdict: 'merged', text: outcome.merged }
  const labels = { session: `session ${names.target}`, global: `session ${names.source}` }
  return { verdict: 'conflict', reason: 'changed in both, in the same place', marked: outcome.marked(labels) }
}

function nameOf(side: NonNullable<Side>): string {
  return side.kind === 'symlink' ? 'link' : side.kind
}

/** What stands where a folder is needed, and what a folder that goes has more of, is a conflict. */
function withoutClashes(brought: readonly Brought[], target: SessionStore): Brought[] {
  const planned = new Map(brought.map((one) => [one.path, one]))
  return brought.map((one) => {
    const reason =
      one.source === null || one.source.kind !== 'folder' ? goneFolder(one, planned, target) : null
    const blocked = one.source === null ? null : inTheWay(one.path, planned, target)
    const why = reason ?? blocked
    if (why === null) return one
    const { text: _, marked: __, ...rest } = one
    return { ...rest, verdict: 'conflict', reason: why }
  })
}

function goneFolder(
  { path, target: there }: Brought,
  planned: ReadonlyMap<WorkspacePath, Brought>,
  target: SessionStore,
) {
  if (there?.kind !== 'folder') return null
  for (const child of shownBelow(target, path)) {
    if (planned.get(child)?.source === null) continue
    return `a folder that is gone, with ${child} in it`
  }
  return null
}

function inTheWay(
  path: WorkspacePath,
  planned: ReadonlyMap<WorkspacePath, Brought>,
  target: SessionStore,
): string | null {
  for (const folder of ancestorsOf(path)) {
    if (planned.get(folder)?.source?.kind === 'folder') continue
    const there = planned.has(folder) ? null : lookAt(target, folder)
    if (there && !there.stat.isDirectory()) return `${folder} is no folder in the other`
  }
  return null
}

/** Those that `files` name, and what cannot be parted from them (T4). */
function select(all: readonly Brought[], source: SessionStore, files: string[] | undefined): Brought[] {
  if (files === undefined || files.length === 0) return [...all]
  const changes = all.map(
    ({ path, entry, source: ours, target }): Examined => ({
      path,
      entry,
      at: null,
      change: changeOf({ source: ours, target }),
      kind: kindOf({ source: ours, target }),
      verdict: 'clean',
      target: null,
    }),
  )
  const { taken } = selectChanges(changes, files, source.guard, { units: unitsOf(changes) })
  const inside = (path: WorkspacePath) =>
    all.some((one) => taken.has(one.path) && one.source === null && isWithin(path, one.path))
  return all.filter(({ path }) => taken.has(path) || inside(path))
}

export function changeOf({
  source,
  target,
}: Pick<Brought, 'source' | 'target'>): 'modified' | 'created' | 'deleted' {
  if (source === null) return 'deleted'
  return target === null ? 'created' : 'modified'
}

function kindOf({ source, target }: Pick<Brought, 'source' | 'target'>): Examined['kind'] {
  return (source ?? target)?.kind ?? 'file'
}

function digestOf(preview: Omit<MergePreview, 'digest'>, taken: readonly Brought[]): string {
  const sides = taken.map(({ path, source, target, text }) => [path, source, target, text ?? null])
  return sha256Of(JSON.stringify([preview, sides])).slice(0, 16)
}
