import type { Change, CommitPreview, PreviewOptions } from '../api.js'
import type { Target } from '../engine/intent.js'
import { type Conflict, CowriteError } from '../errors.js'
import { ancestorsOf, isWithin, type WorkspacePath } from '../paths.js'
import type { Config } from '../store/config.js'
import { sha256Of } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import { comparePaths, decide, type Examined } from './examine.js'
import { examineAll } from './examine-all.js'
import { ignoredPaths } from './ignored.js'
import { presentRetries } from './retries.js'
import { countScratch } from './scratch.js'
import { selectChanges } from './select.js'
import { sensitivePaths } from './sensitive.js'

/** What a commit would do. */
export interface Plan {
  preview: CommitPreview
  /** Changes that are carried out, in the order in which they are shown. */
  taken: Examined[]
  /** Changes that stay in the session, because nobody asked for them. */
  left: Examined[]
  /** Changes that come to nothing: both sides agree, or the caller gave them up. */
  settled: Examined[]
  conflicts: Examined[]
  targets: Target[]
}

/** Everything is looked at anew; nothing is written. */
export async function makePlan(
  store: SessionStore,
  config: Config,
  options: PreviewOptions = {},
): Promise<Plan> {
  store.record.refresh()
  const examined = await examineAll(store)
  const { chosen, left, ignored, alsoTaken } = await choose(store, config, examined, options)

  const settled: Examined[] = []
  const conflicts: Examined[] = []
  const taken: Examined[] = []
  const decided: NonNullable<CommitPreview['decided']> = []
  for (const change of chosen) {
    if (change.verdict === 'none') settled.push(change)
    else if (change.verdict !== 'conflict') taken.push(change)
    else {
      const decision = decide(change, options.onConflict)
      if (decision === 'take') taken.push(change)
      else if (decision === 'drop') settled.push(change)
      else conflicts.push(change)
      if (decision === 'take') decided.push({ ...toConflict(change), keeps: 'session' })
      if (decision === 'drop') decided.push({ ...toConflict(change), keeps: 'global' })
    }
  }
  const carried = withoutHalfEmptied(taken, settled, options)
  const targets = withParents(store, carried, conflicts)
  const listed = [...carried, ...conflicts.filter(({ entry }) => entry.firstWriteAt !== '')].sort((a, b) =>
    comparePaths(a.path, b.path),
  )
  const preview: Omit<CommitPreview, 'digest'> = {
    session: store.name,
    committed: false,
    ...grouped(listed),
    merged: carried.filter(({ verdict }) => verdict === 'merged').map(({ path }) => path),
    conflicts: conflicts.map(toConflict),
    ...(decided.length > 0 ? { decided } : {}),
    sensitive: sensitivePaths(listed, config.sensitive),
    humanRetries: presentRetries(store),
    ignored,
    scratch: countScratch(store),
    alsoTaken,
    remaining: left.filter(({ verdict }) => verdict !== 'none').map(({ path }) => path),
    needsPerson: config.confirm === 'person',
  }
  return {
    preview: { ...preview, digest: digestOf(preview, chosen) },
    taken: carried,
    left,
    settled,
    conflicts,
    targets,
  }
}

async function choose(store: SessionStore, config: Config, examined: Examined[], options: PreviewOptions) {
  const ignoredSet = options.includeIgnored
    ? new Set<WorkspacePath>()
    : await ignoredPaths(store, examined, config.ignore)
  if (options.files !== undefined && options.files.length > 0) {
    const { named, taken } = selectChanges(examined, options.files, store.guard)
    const chosen = examined.filter(({ path }) => taken.has(path))
    const left = examined.filter(({ path }) => !taken.has(path))
    const alsoTaken = chosen
      .filter(({ path, verdict }) => !named.has(path) && verdict !== 'none')
      .map(({ path }) => path)
    return { chosen, left, ignored: countChanges(left, ignoredSet), alsoTaken }
  }
  const chosen = examined.filter(({ path }) => !ignoredSet.has(path))
  const left = examined.filter(({ path }) => ignoredSet.has(path))
  return { chosen, left: [], ignored: countChanges(left, ignoredSet), alsoTaken: [] }
}

function countChanges(left: readonly Examined[], ignored: ReadonlySet<WorkspacePath>): number {
  return left.filter(
    ({ path, kind, verdict }) => ignored.has(path) && kind !== 'folder' && verdict !== 'none',
  ).length
}

/** A folder cannot go while something in it stays. */
function withoutHalfEmptied(taken: Examined[], settled: Examined[], options: PreviewOptions): Examined[] {
  if (options.onConflict !== 'keep_global') return taken
  const staying = settled.filter(({ verdict }) => verdict === 'conflict').map(({ path }) => path)
  const isHeld = ({ path, target }: Examined): boolean =>
    target?.wanted === null &&
    target.expected?.kind === 'folder' &&
    staying.some((other) => other !== path && isWithin(other, path))
  settled.push(...taken.filter(isHeld))
  return taken.filter((change) => !isHeld(change))
}

/** Adds the folders that lower lacks. A file of lower's where a folder is needed makes a conflict. */
function withParents(store: SessionStore, taken: readonly Examined[], conflicts: Examined[]): Target[] {
  const targets = taken.map(({ target }) => target).filter((target) => target !== null)
  const planned = new Map(targets.map((target) => [target.path, target]))
  for (const { path, target, ...rest } of taken) {
    if (!target?.wanted) continue
    for (const folder of ancestorsOf(path)) {
      const there = planned.get(folder)
      if (there?.wanted?.kind === 'folder') continue
      const stat = store.port.stat(folder)
      if (stat?.isDirectory() && !there) continue
      if (stat !== null && !stat.isDirectory() && !there) {
        conflicts.push({
          ...rest,
          path,
          target: null,
          verdict: 'conflict',
          reason: `${folder} is a file in the live files`,
        })
        break
      }
      const parent: Target = { path: folder, expected: null, wanted: { kind: 'folder', mode: null } }
      planned.set(folder, parent)
      targets.push(parent)
    }
  }
  return targets
}

/** Changes as people see them: a folder is only worth a line where nothing in it has one. */
export function grouped(
  examined: readonly Examined[],
): Pick<CommitPreview, 'modified' | 'created' | 'deleted'> {
  const shown = examined.filter(
    (change) => change.kind !== 'folder' || !examined.some((other) => standsFor(other, change)),
  )
  const of = (kind: Examined['change']): Change[] =>
    shown.filter(({ change }) => change === kind).map(toChange)
  return { modified: of('modified'), created: of('created'), deleted: of('deleted') }
}

function standsFor(other: Examined, folder: Examined): boolean {
  return (
    other.path !== folder.path && other.change === folder.change && other.path.startsWith(`${folder.path}/`)
  )
}

export function toChange({ path, change, kind, entry, at }: Examined): Change {
  return {
    path,
    change,
    kind,
    ...(entry.movedFrom !== undefined ? { movedFrom: entry.movedFrom } : {}),
    openAt: at,
  }
}

export function toConflict({ path, reason }: Examined): Conflict {
  return { path, reason: reason ?? 'changed on both sides' }
}

/** The same for the same outcome: every path, what it holds on both sides, and what becomes of it. */
function digestOf(preview: Omit<CommitPreview, 'digest'>, chosen: readonly Examined[]): string {
  const lines = chosen.map(({ path, verdict, reason, target, entry }) => [
    path,
    verdict,
    reason ?? null,
    entry.kind,
    target?.expected
      ? [
          target.expected.kind,
          target.expected.mode,
          target.expected.sha256 ?? target.expected.identity,
          target.expected.target ?? null,
        ]
      : null,
    target?.wanted ? wantedDigest(target.wanted) : null,
  ])
  const { session, ignored, scratch } = preview
  const retries = preview.humanRetries.map(({ filePath, retry }) => [filePath, retry])
  return sha256Of(JSON.stringify([session, lines, ignored, scratch, retries])).slice(0, 16)
}

function wantedDigest(wanted: NonNullable<Target['wanted']>): unknown {
  if (wanted.kind !== 'file') return wanted
  const content =
    'bytes' in wanted.content ? sha256Of(wanted.content.bytes) : (wanted.sha256 ?? wanted.identity ?? null)
  return [wanted.kind, wanted.mode, content]
}

/** Throws CONFLICT with every conflict, and the digest under which they can be decided. */
export function refuseConflicts(plan: Plan): void {
  if (plan.conflicts.length === 0) return
  const { session, digest } = plan.preview
  const conflicts = plan.conflicts.map(toConflict)
  const count = conflicts.length === 1 ? '1 file' : `${conflicts.length} files`
  throw new CowriteError('CONFLICT', `${count} changed in the live files too; nothing was committed.`, {
    conflicts,
    session,
    digest,
  })
}
