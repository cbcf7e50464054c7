import { errnoOf, isCowriteError } from '../errors.js'
import { asOwnError } from '../foreign-errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { entriesIn, removeIfThere, removeTree, uniqueName } from '../store/files.js'
import { formatVersion, type Layout, sessionLayout, transactionNames } from '../store/layout.js'
import { liftSeal } from '../store/seal.js'
import { type Finisher, notInPlace, type Overtaken, rollForward } from './apply.js'
import {
  type Intent,
  type IntentTarget,
  readIntent,
  requireFromHere,
  type Target,
  writeIntent,
} from './intent.js'
import { keepAll } from './keep.js'
import { refuseUnwritable } from './reach.js'
import { type Progress, stageAll } from './stage.js'
import {
  begin,
  discard,
  end,
  giveUp,
  inFlight,
  isAbandoned,
  type Owner,
  ownerOf,
  sweepUnnumbered,
  type Transaction,
} from './transaction.js'

export interface Applied {
  /** Whether carrying it out was cut short by an error; it has happened all the same. */
  pendingCleanup: boolean
  overtaken: Overtaken[]
  /** Of the old files, which the history keeps; not known where it keeps what somebody edited meanwhile. */
  keptBytes?: number
  /** What is not in place yet because of that error, and what it says. */
  waiting?: { paths: WorkspacePath[]; reason: string }
}

export interface ApplyOptions {
  signal?: AbortSignal | undefined
  onProgress?: Progress | undefined
}

/**
 * Runs `work` as the owner of a new transaction. Where it fails before the commit point, nothing of it shows;
 * what cannot be taken back on a failing disk is left for whoever comes next. Throws LOCKED.
 */
export async function withTransaction<Result>(
  port: FilePort,
  layout: Layout,
  owner: Pick<Owner, 'kind' | 'session'>,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const transaction = begin(port, layout, owner)
  try {
    return await work(transaction)
  } catch (error) {
    abandon(port, layout, transaction, owner.session)
    throw error
  } finally {
    end(transaction)
  }
}

/**
 * Puts every target in place, all or none (T2): the one way that lower is ever written.
 *
 * Until the intent is durable a failure leaves lower as it was, and is thrown. From then on the only way
 * is forward, and a failure is clean-up that is still to be done.
 */
export async function transact(
  port: FilePort,
  layout: Layout,
  transaction: Transaction,
  about: Pick<
    Intent,
    'kind' | 'session' | 'agentId' | 'undoes' | 'merged' | 'moved' | 'putsBack' | 'afterwards'
  >,
  targets: readonly Target[],
  finish: Finisher,
  options: ApplyOptions = {},
): Promise<Applied> {
  port.together(() => refuseUnwritable(port, targets))
  const staged = await stageAll(port, transaction, targets, options)
  const kept = await keepAll(port, transaction, targets, staged)
  options.signal?.throwIfAborted()
  const intent: Intent = {
    version: formatVersion,
    id: transaction.id,
    createdAt: new Date().toISOString(),
    ...about,
    targets: kept,
  }
  // The intent is as durable as the way to it.
  for (const folder of [layout.journal, layout.state, '']) await port.syncFolder(folder)
  let isInPlace = false
  try {
    await writeIntent(port, transaction.folder, intent)
    isInPlace = true
    await port.syncFolder(transaction.folder)
  } catch (error) {
    // It may be in place though its folder could not be synced: whether it lasts nobody can say, so it is taken back.
    if (isTakenBack(port, transaction, isInPlace)) throw error
  }
  const applied = await carryOut(port, layout, transaction, intent, finish, options.onProgress)
  return applied.overtaken.length > 0 || applied.pendingCleanup
    ? applied
    : { ...applied, keptBytes: bytesKept(kept) }
}

function bytesKept(targets: readonly IntentTarget[]): number {
  return targets.reduce((all, { expected, kept }) => all + (kept === null ? 0 : (expected?.size ?? 0)), 0)
}

/**
 * False where the intent is there and cannot be removed either: then it stands, and is carried out. Where nobody can look,
 * `isInPlace` says what is known.
 */
function isTakenBack(port: FilePort, { folder }: Transaction, isInPlace: boolean): boolean {
  try {
    removeIfThere(port, `${folder}/${transactionNames.intent}`)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
  try {
    return readIntent(port, folder) === null
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return !isInPlace
  }
}

async function carryOut(
  port: FilePort,
  layout: Layout,
  transaction: Transaction,
  intent: Intent,
  finish: Finisher,
  onProgress: Progress | undefined,
): Promise<Applied> {
  try {
    const { overtaken } = await rollForward(port, layout, intent, finish, onProgress)
    return { pendingCleanup: false, overtaken }
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    giveUpQuietly(port, transaction)
    const paths = notInPlace(port, intent)
    const waiting = { paths, reason: reasonOf(error) }
    return { pendingCleanup: true, overtaken: [], ...(paths.length > 0 ? { waiting } : {}) }
  }
}

function reasonOf(error: unknown): string {
  const own = asOwnError(error)
  return own instanceof Error ? own.message : String(own)
}

/** The disk's doing, or another process's: not a mistake in this program, which must be heard of. */
export function isEnvironmental(error: unknown): boolean {
  return errnoOf(error) !== undefined || isCowriteError(error)
}

/** Where even that fails, the transaction passes to the next process once this one has ended. */
function giveUpQuietly(port: FilePort, transaction: Transaction): void {
  try {
    giveUp(port, transaction)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** Takes back a transaction that has no intent: nothing of it shows. */
export function withdraw(
  port: FilePort,
  layout: Layout,
  transaction: Pick<Transaction, 'id' | 'folder'>,
  session: string,
): void {
  if (session !== '') liftSeal(port, layout.sessionLayout(session))
  discard(port, layout, transaction)
}

/**
 * After a failure: a transaction that has happened is left to be finished, one that has not is taken back.
 * The failure itself is what is told; a disk that keeps failing is met again by the next operation.
 */
export function abandon(port: FilePort, layout: Layout, transaction: Transaction, session: string): void {
  try {
    if (port.stat(transaction.folder) === null) return
    if (readIntent(port, transaction.folder) !== null) giveUp(port, transaction)
    else withdraw(port, layout, transaction, session)
  } catch (error) {
    if (!isEnvironmental(error)) throw error
    giveUpQuietly(port, transaction)
  }
}

export interface Recovered {
  /** Transactions that were completed. */
  finished: { id: string; session: string }[]
  /** Transactions that were taken back. */
  withdrawn: { id: string; session: string }[]
  overtaken: Overtaken[]
  /** Transactions that can be neither completed nor taken back now. They stand in nobody else's way (S3). */
  blocked: Blocked[]
}

export interface Blocked {
  id: string
  session: string
  error: unknown
}

/**
 * Finishes or takes back what dead owners left in the journal. Call under the lock `commit`. Throws
 * WORKSPACE_UNAVAILABLE where a newer version is at work here.
 */
export async function recoverAll(port: FilePort, layout: Layout, finish: Finisher): Promise<Recovered> {
  const recovered: Recovered = { finished: [], withdrawn: [], overtaken: [], blocked: [] }
  for (const id of inFlight(port, layout)) {
    if (!isAbandoned(port, layout, id)) continue
    const transaction = { id, folder: layout.journalEntry(id) }
    const intent = readIntent(port, transaction.folder)
    const session = intent?.session ?? ownerOf(port, layout, id)?.session ?? ''
    try {
      if (intent) {
        requireFromHere(port, transaction.folder, intent)
        const { overtaken } = await rollForward(port, layout, intent, finish)
        recovered.finished.push({ id, session })
        recovered.overtaken.push(...overtaken)
      } else {
        withdraw(port, layout, transaction, session)
        recovered.withdrawn.push({ id, session })
      }
    } catch (error) {
      if (!isEnvironmental(error)) throw error
      recovered.blocked.push({ id, session, error })
    }
  }
  sweepUnnumbered(port, layout)
  return recovered
}

/** Whether the journal holds anything to look at; costs one listing. */
export function needsRecovery(port: FilePort, layout: Layout): boolean {
  return inFlight(port, layout).some((id) => isAbandoned(port, layout, id))
}

/**
 * Sweeps what was renamed into the trash, but for sessions whose retries are still to be taken out. Returns
 * false where the budget (files to remove) ran out first.
 */
export function sweepTrash(
  port: FilePort,
  layout: Layout,
  budget = { left: Number.POSITIVE_INFINITY },
): boolean {
  for (const { name, kind } of entriesIn(port, layout.trash)) {
    const path = `${layout.trash}/${name}`
    if (port.stat(sessionLayout(path).closing) !== null) continue
    if (kind !== 'folder') removeIfThere(port, path)
    else if (!sweepFolder(port, layout, path, budget)) return false
  }
  return true
}

/** Under a name of its own, so that two processes do not sweep the same folder. What cannot be removed may stay. */
function sweepFolder(port: FilePort, layout: Layout, path: string, budget: { left: number }): boolean {
  const own = `${layout.trash}/sweeping-${uniqueName()}`
  try {
    port.rename(path, own)
    return removeTree(port, own, { budget })
  } catch (error) {
    if (errnoOf(error) !== undefined) return true
    throw error
  }
}
