import type {
  Change,
  CommitOptions,
  CommitPreview,
  CommitResult,
  MarkersResult,
  PreviewOptions,
} from '../api.js'
import { type Applied, abandon, isEnvironmental, transact, withTransaction } from '../engine/engine.js'
import type { Afterwards, Intent } from '../engine/intent.js'
import type { Transaction } from '../engine/transaction.js'
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { removeIfThere } from '../store/files.js'
import { archiveList, ignoredVersions, leftOutVersions } from '../store/layout.js'
import { withLock } from '../store/locks.js'
import type { SessionStore } from '../store/overlay.js'
import { isRejection } from '../store/record.js'
import { isSealed, liftSeal } from '../store/seal.js'
import { takeInLayers } from '../store/take-in.js'
import { adoptStrays } from './adopt.js'
import { checkCommitted } from './barred.js'
import { sweepLayers } from './checkpoints.js'
import { finishAlone, finishSession, recoverDead, refuseBlocked } from './closing.js'
import { type Told, toldBy } from './ended.js'
import type { Examined } from './examined.js'
import { pruneQuietly } from './history.js'
import { dropKeptIgnored, keepIgnored } from './keep-ignored.js'
import { keptLeftOut } from './kept-left-out.js'
import { placeMarkers } from './markers.js'
import type { Moves } from './moves.js'
import { comparePaths } from './path-order.js'
import { isOfLive, makePlan, type Plan, refuseBarred, refuseConflicts, toConflict } from './plan.js'
import { reseal } from './resealing.js'
import { keepVersion, writeArchiveList } from './retries.js'
import { countScratch } from './scratch.js'
import type { Site } from './site.js'
import { movedFrom } from './units.js'

/** What a commit would do (T1). Nothing is written. */
export async function preview(
  site: Site,
  store: SessionStore,
  options: PreviewOptions = {},
): Promise<CommitPreview> {
  await adoptStrays(store)
  return (await makePlan(site, store, options)).preview
}

/** What else is to be done with it. */
interface Around {
  /** Before anything is written, of a commit that ends the session and that nothing refuses. */
  beforeEnd?: () => Promise<void>
}

/**
 * Puts the session's changes into the live files, all or none, and ends the session, or keeps it where
 * something stays in it (T2 to T5). Throws CONFLICT, LOCKED, CANCELLED, CANNOT_WRITE; then lower is as it was.
 */
export async function commit(
  site: Site,
  store: SessionStore,
  options: CommitOptions = {},
  around: Around = {},
): Promise<CommitResult | MarkersResult> {
  checkOptions(options)
  return withLock(site.port, site.layout, 'commit', async () => {
    refuseBlocked(site, await recoverDead(site), store.name)
    // What a part of it leaves must not show again from beneath.
    if (options.files !== undefined && options.files.length > 0) {
      await takeInLayers(store)
      await sweepLayers(store)
    }
    const owner = { kind: 'commit', session: store.name } as const
    return withTransaction(site.port, site.layout, owner, async (transaction) => {
      await reseal(site, store)
      return sealed(site, store, transaction, options, around)
    })
  })
}

function checkOptions({ onConflict, expect }: CommitOptions): void {
  if (onConflict !== 'keep_session' || expect !== undefined) return
  throw new CowriteError(
    'INVALID_INPUT',
    'on_conflict keep_session writes over changes in the live files: it needs expect, the digest of a preview that listed them.',
    { argument: 'expect' },
  )
}

async function sealed(
  site: Site,
  store: SessionStore,
  transaction: Transaction,
  options: CommitOptions,
  { beforeEnd }: Around,
): Promise<CommitResult | MarkersResult> {
  const plan = await makePlan(site, store, options, { left: mostHeld })
  checkExpected(plan, options)
  checkPerson(plan, options)
  if (options.onConflict === 'markers' && plan.conflicts.length > 0) {
    const result = await markers(store, plan)
    abandon(site.port, site.layout, transaction, store.name)
    return result
  }
  refuseBarred(plan)
  refuseConflicts(plan)
  // The folders that are made on the way, too.
  for (const { path } of plan.targets) checkCommitted(store, site.guard, path)
  const closes = plan.left.every(staysOut(options))
  if (closes) await beforeEnd?.()
  const result = await apply(site, store, transaction, plan, closes, options)
  if (result.closed || result.pendingCleanup) return result
  return { ...result, pendingCleanup: !opensAgain(site, store) }
}

/** How much of what it reads a commit keeps until it is staged, in bytes. */
const mostHeld = 32 * 1024 * 1024

/** The commit has happened. A seal that cannot be lifted now is lifted by whoever opens the session next. */
function opensAgain(site: Site, store: SessionStore): boolean {
  try {
    liftSeal(site.port, store.layout)
    return true
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    return false
  }
}

/** Ignored files and what comes to nothing do not keep a session open that was committed whole. */
function staysOut(options: CommitOptions): (change: Examined) => boolean {
  const isWhole = options.files === undefined || options.files.length === 0
  return ({ verdict }) => isWhole || verdict === 'none'
}

function checkExpected(plan: Plan, { expect }: CommitOptions): void {
  if (expect === undefined || expect === plan.preview.digest) return
  throw new CowriteError('CONFLICT', 'Something changed since the preview; nothing was committed.', {
    conflicts: plan.conflicts.map(toConflict),
    session: plan.preview.session,
    digest: plan.preview.digest,
  })
}

function checkPerson(plan: Plan, { confirmedByPerson }: CommitOptions): void {
  if (!plan.preview.needsPerson || confirmedByPerson) return
  throw new CowriteError(
    'CANCELLED',
    'This workspace wants a person to confirm commits; nothing was changed.',
    { why: 'unasked' },
  )
}

async function markers(store: SessionStore, plan: Plan): Promise<MarkersResult> {
  const marked = await placeMarkers(store, plan.conflicts)
  // Nothing here is text with a base: a session full of the same conflicts would not be worth the word "marked".
  if (marked.length === 0) refuseConflicts(plan)
  const conflicts = plan.conflicts.filter(({ path }) => !marked.includes(path)).map(toConflict)
  return { session: store.name, committed: false, marked, conflicts }
}

async function apply(
  site: Site,
  store: SessionStore,
  transaction: Transaction,
  plan: Plan,
  closes: boolean,
  options: CommitOptions,
): Promise<CommitResult> {
  const going = whatGoes(plan)
  const afterwards: Afterwards = { do: closes ? 'close' : 'keep', session: store.name, ...going }
  const scratch = closes ? countScratch(store) : 0
  const dropped = await keepDropped(site, store, plan)
  const kept = await keepIgnored(store, plan.keptBack)
  const hasRetries = store.record.retries.length > 0
  const leftOut = closes ? keptLeftOut(store.port, store.layout) : null
  if (closes && (hasRetries || kept.length > 0 || leftOut !== null)) await writeArchiveList(store)
  const applied = await carry(site, store, transaction, plan, afterwards, options).catch((error: unknown) => {
    dropKeptIgnored(store)
    throw error
  })
  const archive = applied.archive && `${site.layout.archive(applied.archive)}/`
  const edited = closes && !applied.pendingCleanup ? editedMeanwhile(store, going.drop) : []
  const closed = closes && edited.length === 0
  if (closed) store.record.close()
  return {
    session: store.name,
    committed: true,
    commitId: plan.targets.length > 0 ? transaction.id : null,
    files: filesOf(plan),
    ...(plan.preview.movedFolders ? { movedFolders: plan.preview.movedFolders } : {}),
    merged: plan.preview.merged,
    dropped,
    givenUp: (plan.preview.decided ?? []).filter(({ keeps }) => keeps === 'global').map(({ path }) => path),
    archive: hasRetries ? archive : null,
    ...(hasRetries && !store.record.retries.some(isRejection) ? { keptOnly: true as const } : {}),
    remaining: closed ? [] : [...plan.preview.remaining, ...edited],
    ...(closed || plan.preview.remainingMoved === undefined
      ? {}
      : { remainingMoved: plan.preview.remainingMoved }),
    closed,
    scratchDropped: closed ? scratch : 0,
    ignoredChanges: plan.preview.ignoredChanges,
    ignoredKeptIn: archive !== null && kept.length > 0 ? `${archive}${ignoredVersions}/` : null,
    ignoredDropped: closes && !closed ? 0 : plan.keptBack.filter((change) => !isOfLive(change)).length,
    ...(archive === null || leftOut === null
      ? {}
      : { leftOutKept: { ...leftOut, folder: `${archive}${leftOutVersions}/` } }),
    pendingCleanup: applied.pendingCleanup,
    overtaken: applied.overtaken,
    ...(applied.waiting ? { waiting: applied.waiting } : {}),
  }
}

/** What a hand saved into the session while it was committed; the session stays open for it, with all that it kept. */
function editedMeanwhile(store: SessionStore, committed: readonly WorkspacePath[]): WorkspacePath[] {
  if (!isSealed(store.port, store.layout)) return []
  store.record.refresh()
  dropKeptIgnored(store)
  removeIfThere(store.port, `${store.layout.retries}/${archiveList}`)
  return committed.filter((path) => store.record.entries.has(path))
}

/** What a commit of a part takes out of the session; a copy that is another by then stays. */
function whatGoes({ taken, settled }: Plan) {
  const going = [...taken, ...settled]
  const copies = going.flatMap(({ path, copy }) => (copy === undefined ? [] : [[path, copy] as const]))
  return { drop: going.map(({ path }) => path).sort(comparePaths), copies: Object.fromEntries(copies) }
}

/** What the caller gave up for the live files goes where rejected versions go: no text is lost by a decision. */
async function keepDropped(site: Site, store: SessionStore, plan: Plan): Promise<string[]> {
  const dropped: string[] = []
  const all = new Map(plan.settled.map((change) => [change.path, change]))
  for (const change of plan.settled) {
    const { path, verdict, kind, at, entry } = change
    if (verdict === 'none' || kind !== 'file' || at === null) continue
    // What was only moved is still where it was.
    if (isSameAsLive(change, all.get(movedFrom(entry, all) ?? ''))) continue
    await keepVersion(site, store, path, at, {
      reason: 'Dropped at a commit, in favour of the live file',
      kept: true,
    })
    dropped.push(path)
  }
  return dropped
}

function isSameAsLive({ target }: Examined, source: Examined | undefined): boolean {
  const live = source?.target?.expected
  const own = target?.wanted
  if (live?.kind !== 'file' || own?.kind !== 'file' || own.sha256 === undefined) return false
  return live.sha256 === own.sha256
}

async function carry(
  site: Site,
  store: SessionStore,
  transaction: Transaction,
  plan: Plan,
  afterwards: Afterwards,
  options: CommitOptions,
): Promise<Applied & { archive: string | null }> {
  // What the session held besides came to nothing, or is dropped with it.
  const told = () => toldBy(store.record, filesOf(plan))
  if (plan.targets.length === 0) return closeOrKeep(site, transaction, afterwards, told)
  let archive: string | null = null
  const finish = async (then: Afterwards): Promise<void> => {
    archive = await finishSession(site, then, told)
  }
  const about = {
    kind: 'commit' as const,
    session: store.name,
    agentId: site.agentId,
    undoes: null,
    merged: plan.preview.merged,
    ...movedIn(plan),
    afterwards,
  }
  const applied = await transact(site.port, site.layout, transaction, about, plan.targets, finish, options)
  if (!applied.pendingCleanup) pruneQuietly(site, transaction.id, applied)
  return { ...applied, archive }
}

/** Nothing to put in place: there is no intent, and the session's end is all that happens. */
async function closeOrKeep(
  site: Site,
  transaction: Transaction,
  afterwards: Afterwards,
  told: () => Told,
): Promise<Applied & { archive: string | null }> {
  const done = await finishAlone(site, afterwards, told)
  abandon(site.port, site.layout, transaction, '')
  return { ...done, overtaken: [] }
}

function movesIn(plan: Plan): Moves {
  return new Map(
    filesOf(plan).flatMap(({ path, movedFrom }) =>
      movedFrom === undefined ? [] : [[path, movedFrom] as const],
    ),
  )
}

function movedIn(plan: Plan): Pick<Intent, 'moved'> {
  const going = new Set(plan.targets.map(({ path }) => path))
  const moved = [...movesIn(plan)].flatMap(([to, from]) => (going.has(from) ? [{ from, to }] : []))
  return moved.length === 0 ? {} : { moved }
}

function filesOf({ preview }: Plan): Change[] {
  return [...preview.modified, ...preview.created, ...preview.deleted]
}
