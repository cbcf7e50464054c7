import type { MergeOptions, MergePreview, MergeResult } from '../between-api.js'
import { CowriteError } from '../errors.js'
import { ancestorsOf, type WorkspacePath } from '../paths.js'
import { nothing, takeBase } from '../store/copying.js'
import { inTurn } from '../store/in-turn.js'
import { type Arrival, landGroup } from '../store/land-group.js'
import { requireLive } from '../store/landing.js'
import { withLock } from '../store/locks.js'
import { entryBelow, type SessionStore, statMerged } from '../store/overlay.js'
import type { Entry } from '../store/record.js'
import { showsBelow } from '../store/removing.js'
import { adoptStrays } from './adopt.js'
import { keepBefore } from './checkpoints.js'
import { type Brought, type MergePlan, planMerge } from './merge-plan.js'
import type { Site } from './site.js'

/** What a merge would do. Nothing is written. */
export async function previewMerge(
  source: SessionStore,
  target: SessionStore,
  options: Pick<MergeOptions, 'files' | 'onConflict'> = {},
): Promise<MergePreview> {
  refuseSame(source, target)
  for (const store of [source, target]) await adoptStrays(store)
  return (await planMerge(source, target, options)).preview
}

/**
 * Brings what the source changed into the target, all of it or none; lower and the source stay as they are. What the
 * target held is kept as a checkpoint first. Throws CONFLICT, PATH_PROTECTED, LOCKED, INVALID_INPUT.
 */
export async function mergeSessions(
  site: Site,
  source: SessionStore,
  target: SessionStore,
  options: MergeOptions = {},
): Promise<MergeResult> {
  refuseSame(source, target)
  for (const store of [source, target]) await adoptStrays(store)
  // One merge at a time: two that go against each other would wait for each other's turn.
  return withLock(site.port, site.layout, 'commit', () =>
    inTurn(source, () =>
      inTurn(target, async () => {
        const plan = await planMerge(source, target, options)
        refuse(plan, options)
        for (const { path } of plan.taken) target.guard.checkWrite(path)
        if (plan.taken.length === 0) return { ...plan.preview, keptAs: null, paths: [] }
        const { arrivals, drop } = await groupOf(target, plan.taken)
        requireLive(source)
        const { label } = await keepBefore(target, `merging-${source.name}`)
        await landGroup(target, { arrivals, drop })
        return {
          ...plan.preview,
          keptAs: label,
          paths: [...arrivals.map(({ entry }) => entry.path), ...drop],
        }
      }),
    ),
  )
}

function refuseSame(source: SessionStore, target: SessionStore): void {
  if (source.name !== target.name) return
  throw new CowriteError(
    'INVALID_INPUT',
    `A session cannot be merged into itself: name another than ${source.name}.`,
    {
      argument: 'into',
    },
  )
}

function refuse({ preview, conflicts }: MergePlan, { expect }: MergeOptions): void {
  const { digest, into: session } = preview
  if (expect !== undefined && expect !== digest) {
    const message = 'Something changed since the preview; nothing was merged.'
    throw new CowriteError('CONFLICT', message, { conflicts: preview.conflicts, session, digest })
  }
  if (conflicts.length === 0) return
  const count = conflicts.length === 1 ? '1 file' : `${conflicts.length} files`
  const ways = [
    'keep_source',
    'keep_target',
    ...(conflicts.every(({ marked }) => marked !== undefined) ? ['markers'] : []),
  ]
  throw new CowriteError('CONFLICT', `${count} changed in both sessions; nothing was merged.`, {
    conflicts: preview.conflicts,
    session,
    digest,
    ways,
  })
}

/** What the target's record is to say of it, with what its own changes began with. */
async function groupOf(
  target: SessionStore,
  taken: readonly Brought[],
): Promise<{ arrivals: Arrival[]; drop: WorkspacePath[] }> {
  const arrivals = new Map<WorkspacePath, Arrival>()
  const drop: WorkspacePath[] = []
  for (const one of taken) {
    const { path, source } = one
    if (source === null) {
      const entry = await whiteoutOf(target, path)
      if (entry === null) drop.push(path)
      else arrivals.set(path, { entry })
      continue
    }
    for (const folder of ancestorsOf(path)) {
      if (arrivals.has(folder) || statMerged(target, folder)?.stat.isDirectory()) continue
      arrivals.set(folder, { entry: await entryOf(target, folder, 'folder') })
    }
    arrivals.set(path, await arrivalOf(target, one))
  }
  return { arrivals: [...arrivals.values()], drop }
}

async function arrivalOf(
  target: SessionStore,
  { path, source, entry: told, text, marked }: Brought,
): Promise<Arrival> {
  if (source === null || source.kind === 'folder') {
    const entry = await entryOf(target, path, 'folder')
    return { entry: { ...entry, ...(source === null ? {} : { mode: source.mode }) } }
  }
  const { movedFrom } = told
  const entry: Entry = {
    ...(await entryOf(target, path, source.kind)),
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ...(text !== undefined && text === marked ? { marked: true as const } : {}),
  }
  if (source.kind === 'symlink') return { entry, target: source.target }
  if (text !== undefined) return { entry, bytes: { content: Buffer.from(text), mode: source.mode } }
  return { entry, from: source.at as string }
}

async function entryOf(
  target: SessionStore,
  path: WorkspacePath,
  kind: 'file' | 'symlink' | 'folder',
): Promise<Entry> {
  const known = target.record.entries.get(path)
  const before = known ?? entryBelow(target, path)
  const { fingerprint, kept } = before
    ? { fingerprint: before.base, kept: before.kept }
    : await baseThere(target, path)
  const hides =
    kind === 'folder' &&
    (before !== null || fingerprint !== null) &&
    statMerged(target, path)?.stat.isDirectory() !== true
  return {
    path,
    kind,
    base: fingerprint,
    kept,
    firstWriteAt: known?.firstWriteAt ?? new Date().toISOString(),
    ...(hides || (kind === 'folder' && known?.opaque) ? { opaque: true as const } : {}),
  }
}

async function baseThere(target: SessionStore, path: WorkspacePath) {
  return statMerged(target, path) === null ? nothing : takeBase(target, path)
}

/** Null where nothing below would show again. */
async function whiteoutOf(target: SessionStore, path: WorkspacePath): Promise<Entry | null> {
  const entry = await entryOf(target, path, 'file')
  if (entry.base === null && !showsBelow(target, path)) return null
  return { path, kind: 'whiteout', base: entry.base, kept: entry.kept, firstWriteAt: entry.firstWriteAt }
}
