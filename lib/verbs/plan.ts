import type { Change, CommitPreview, OnConflict, PreviewOptions } from '../api.js'
import type { Target } from '../engine/intent.js'
import { type Conflict, CowriteError, mountedThere, pointsOut, stillMarked } from '../errors.js'
import { ancestorsOf, type WorkspacePath } from '../paths.js'
import { cannotBeLookedAt } from '../store/damage.js'
import { sha256Of, statLower } from '../store/fingerprint.js'
import type { SessionStore } from '../store/overlay.js'
import { isRejection } from '../store/record.js'
import { count, shortened } from '../text/words.js'
import { barredAmong, withoutBarred } from './barred.js'
import { examineAll } from './examine-all.js'
import type { Examined, Room } from './examined.js'
import { ignoredPaths } from './ignored.js'
import { leaves, type Moves, movedFolders, movesAmong } from './moves.js'
import { comparePaths } from './path-order.js'
import { presentRetries } from './retries.js'
import { countScratch } from './scratch.js'
import { selectChanges } from './select.js'
import { sensitivePaths } from './sensitive.js'
import type { Site } from './site.js'
import { type Units, unitsOf } from './units.js'

/** What a commit would do. */
export interface Plan {
  preview: CommitPreview
  /** Changes that are carried out, in the order in which they are shown. */
  taken: readonly Examined[]
  /** Changes that stay in the session, because nobody asked for them. */
  left: Examined[]
  /** Changes that come to nothing: both sides agree, or the caller gave them up. */
  settled: Examined[]
  conflicts: Examined[]
  /** Changes that nobody may carry out, with the reason. */
  barred: Conflict[]
  /** Ignored changes that end with the session. */
  keptBack: Examined[]
  targets: Target[]
}

/** Everything is looked at anew; nothing is written. `room` is for what is going to be carried out. */
export async function makePlan(
  { config, guard }: Pick<Site, 'config' | 'guard'>,
  store: SessionStore,
  options: PreviewOptions = {},
  room?: Room,
): Promise<Plan> {
  store.record.refresh()
  const examined = await examineAll(store, undefined, room ? { room } : {})
  const units = unitsOf(examined)
  const { chosen, left, ignored, keptBack, alsoTaken } = await choose(store, config, examined, units, options)
  const reasons = barredAmong(store, guard, chosen)
  const { taken, settled, conflicts, barred, decided } = decideAll(units, chosen, reasons, options.onConflict)
  const listed = [...taken, ...conflicts.filter(({ entry }) => entry.firstWriteAt !== '')].sort((a, b) =>
    comparePaths(a.path, b.path),
  )
  const moves = await movesAmong(store, listed)
  const isListed = new Set<string>([...listed, ...settled].map(({ path }) => path))
  const preview: Omit<CommitPreview, 'digest'> = {
    session: store.name,
    committed: false,
    ...grouped(listed, moves),
    ...foldersAmong(listed, moves),
    merged: taken.filter(({ verdict }) => verdict === 'merged').map(({ path }) => path),
    conflicts: conflicts.map(toConflict),
    ways: waysOut(conflicts, barred),
    ...(barred.length > 0 ? { barred } : {}),
    ...(decided.length > 0 ? { decided } : {}),
    sensitive: sensitivePaths(store, listed, config.sensitive),
    humanRetries: presentRetries(store).filter(
      (retry) => isRejection(retry) && (options.files === undefined || isListed.has(retry.filePath)),
    ),
    ignored,
    ignoredChanges: keptBack.filter(isOfLive).map(({ path }) => path),
    scratch: countScratch(store),
    alsoTaken,
    ...(await staying(store, left)),
    needsPerson: config.confirm === 'person',
  }
  return {
    preview: { ...preview, digest: digestOf(preview, chosen) },
    taken,
    left,
    settled,
    conflicts,
    barred,
    keptBack,
    targets: store.port.together(() => withParents(store, taken)),
  }
}

/** What nobody asked for, as it will be listed the next time. */
async function staying(
  store: SessionStore,
  left: readonly Examined[],
): Promise<Pick<CommitPreview, 'remaining' | 'remainingMoved'>> {
  const changes = left.filter(({ verdict }) => verdict !== 'none')
  const moves = await movesAmong(store, changes)
  const shown = leaves(changes)
  const remainingMoved = shown.flatMap(({ path, change }) => {
    const from = moves.get(path)
    // What took the place of another is told as that one's change, too.
    return from === undefined || change !== 'created' ? [] : [{ from, to: path }]
  })
  const remaining = shown.map(({ path }) => path)
  return remainingMoved.length === 0 ? { remaining } : { remaining, remainingMoved }
}

async function choose(
  store: SessionStore,
  config: Site['config'],
  examined: readonly Examined[],
  units: Units,
  options: PreviewOptions,
) {
  const ignoredSet = options.includeIgnored
    ? new Set<WorkspacePath>()
    : await ignoredPaths(store, examined, config.ignore)
  if (options.files !== undefined && options.files.length > 0) {
    const about = { ignored: ignoredSet, units }
    const { named, taken } = selectChanges(examined, options.files, store.guard, about)
    const chosen = examined.filter(({ path }) => taken.has(path))
    const left = examined.filter(({ path }) => !taken.has(path))
    const alsoTaken = chosen
      .filter(({ path, verdict }) => !named.has(path) && verdict !== 'none')
      .map(({ path }) => path)
    const ignored = left.filter((change) => isCounted(change) && ignoredSet.has(change.path)).length
    return { chosen, left, ignored, keptBack: [], alsoTaken }
  }
  const chosen = examined.filter(({ path }) => !ignoredSet.has(path))
  const keptBack = examined.filter((change) => isCounted(change) && ignoredSet.has(change.path))
  return { chosen, left: [], ignored: keptBack.length, keptBack, alsoTaken: [] }
}

function isCounted({ kind, verdict, entry }: Examined): boolean {
  return kind !== 'folder' && verdict !== 'none' && entry.firstWriteAt !== ''
}

/** Whether a change is one of a file that was there, or is there by now; anything else is the session's own product. */
export function isOfLive({ change, verdict, target }: Examined): boolean {
  return change !== 'created' || verdict === 'conflict' || target?.expected != null
}

/** What becomes of each change. Of what cannot be parted all is given up, or nothing (T4). */
function decideAll(
  units: Units,
  chosen: readonly Examined[],
  reasons: ReadonlyMap<WorkspacePath, string>,
  onConflict: OnConflict | undefined,
) {
  const settled: Examined[] = []
  const conflicts: Examined[] = []
  const taken: Examined[] = []
  const decided: NonNullable<CommitPreview['decided']> = []
  const barred: Conflict[] = []
  const clashing = chosen
    .filter(({ path, verdict }) => verdict === 'conflict' || reasons.has(path))
    .map(({ path }) => path)
  const stuck = units.withDependents(reasons.keys())
  const givenUp = units.withDependents(onConflict === 'keep_global' ? clashing : [])
  for (const change of chosen) {
    const { path, verdict } = change
    const cause = givenUp.get(path)
    if (verdict === 'none') settled.push(change)
    else if (cause !== undefined) {
      settled.push(change)
      const { reason } = cause === path ? toConflict(change) : { reason: `not to be parted from ${cause}` }
      decided.push({ path, reason: reasons.get(path) ?? reason, keeps: 'global' })
    } else if (stuck.has(path))
      barred.push({ path, reason: reasons.get(path) ?? `not to be parted from ${stuck.get(path)}` })
    else if (verdict !== 'conflict') taken.push(change)
    else if (onConflict === 'keep_session' && canWin(change)) {
      taken.push(change)
      decided.push({ ...toConflict(change), keeps: 'session' })
    } else conflicts.push(change)
  }
  // A new folder only for what is barred is none of the commit's, either.
  const going = withoutBarred(taken, reasons)
  if (going.length < taken.length) {
    const kept = new Set(going)
    settled.push(...taken.filter((change) => !kept.has(change)))
  }
  return { settled, conflicts, taken: going, barred, decided }
}

/** Whether the session's version can be what stays: a text that still holds markers is nobody's version. */
function canWin({ target, reason }: Examined): boolean {
  return target !== null && reason !== stillMarked
}

/** In which of the ways these conflicts can be decided. */
function waysOut(conflicts: readonly Examined[], barred: readonly Conflict[]): OnConflict[] {
  if (conflicts.length === 0) return []
  return [
    ...(barred.length === 0 && conflicts.every(canWin) ? ['keep_session' as const] : []),
    ...(conflicts.some(({ unreadable }) => unreadable) ? [] : ['keep_global' as const]),
    ...(conflicts.some(({ marked }) => marked !== undefined) ? ['markers' as const] : []),
  ]
}

/** Adds the folders that lower lacks. */
function withParents(store: SessionStore, taken: readonly Examined[]): Target[] {
  const targets = taken.map(({ target }) => target).filter((target) => target !== null)
  const planned = new Map(targets.map((target) => [target.path, target]))
  const present = new Set<WorkspacePath>()
  for (const { path, wanted } of [...targets]) {
    if (!wanted) continue
    for (const folder of ancestorsOf(path)) {
      const there = planned.get(folder)
      if (present.has(folder) || there?.wanted?.kind === 'folder') continue
      if (!there && statLower(store.port, folder)?.isDirectory()) {
        present.add(folder)
        continue
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
  moves: Moves,
): Pick<CommitPreview, 'modified' | 'created' | 'deleted'> {
  const shown = leaves(examined)
  const of = (kind: Examined['change']): Change[] =>
    shown.filter(({ change }) => change === kind).map((change) => toChange(change, moves.get(change.path)))
  return { modified: of('modified'), created: of('created'), deleted: of('deleted') }
}

/** Only where there are any. */
export function foldersAmong(
  examined: readonly Examined[],
  moves: Moves,
): { movedFolders?: CommitPreview['movedFolders'] & {} } {
  const folders = movedFolders(examined, moves)
  return folders.length > 0 ? { movedFolders: folders } : {}
}

function toChange({ path, change, kind, at }: Examined, movedFrom: string | undefined): Change {
  return { path, change, kind, ...(movedFrom !== undefined ? { movedFrom } : {}), openAt: at }
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
  const hash = 'bytes' in wanted.content ? (wanted.sha256 ?? sha256Of(wanted.content.bytes)) : wanted.sha256
  const content = hash ?? wanted.identity ?? null
  return [wanted.kind, wanted.mode, content]
}

/** Throws PATH_PROTECTED where something is to be committed that nobody may write, with what could be without it. */
export function refuseBarred({ barred, preview }: Plan): void {
  const [first] = barred
  if (first === undefined) return
  const { session, digest, modified, created, deleted, conflicts } = preview
  const more =
    barred.length === 1 ? '' : `, and ${count(barred.length - 1, 'more change')} cannot be committed`
  throw new CowriteError('PATH_PROTECTED', `${first.path} ${first.reason}${more}; nothing was committed.`, {
    path: first.path,
    session,
    barred,
    others: [...modified, ...created, ...deleted].map(({ path }) => path),
    // To give these up would give up the conflicts, too.
    ...(conflicts.length === 0 ? { digest } : {}),
  })
}

/** Throws CONFLICT with every conflict, and the digest under which they can be decided. */
export function refuseConflicts(plan: Plan): void {
  if (plan.conflicts.length === 0) return
  const { session, digest, ways } = plan.preview
  const conflicts = plan.conflicts.map(toConflict)
  throw new CowriteError('CONFLICT', `${whyRefused(conflicts)}; nothing was committed.`, {
    conflicts,
    session,
    digest,
    ways,
  })
}

/** Of a file that only waits for its markers to be taken out, or a link that points out, nobody else has changed anything. */
function whyRefused(conflicts: readonly Conflict[]): string {
  const odd = conflicts.filter(({ reason }) => reason.startsWith(cannotBeLookedAt)).length
  if (odd === conflicts.length) {
    const first = shortened(conflicts[0]?.path ?? '')
    return `${count(odd, 'path')} in the session's folder ${cannotBeLookedAt} (${first}): make it readable or take it out of there, or commit the other files by their names`
  }
  const marked = conflicts.filter(({ reason }) => reason === stillMarked).length
  const links = conflicts.filter(({ reason }) => reason === pointsOut).length
  const mounts = conflicts.filter(({ reason }) => reason === mountedThere).length
  const changed = conflicts.length - marked - links - mounts
  if (links + mounts > 0) {
    const others = conflicts.filter(({ reason }) => reason !== pointsOut && reason !== mountedThere)
    return [
      ...(others.length > 0 ? [whyRefused(others)] : []),
      ...(links > 0 ? [`${count(links, 'link')} out of the workspace`] : []),
      ...(mounts > 0 ? [`something is mounted at or below ${count(mounts, 'path')}`] : []),
    ].join(', and ')
  }
  if (marked === 0) return `${count(changed, 'file')} changed in the live files too`
  if (changed > 0)
    return `${count(changed, 'file')} changed in the live files too, ${marked} still marked as ${marked === 1 ? 'a conflict' : 'conflicts'}`
  return marked === 1 ? `1 file ${stillMarked}` : `${marked} files still hold the markers of conflicts`
}
