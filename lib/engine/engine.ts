import { errnoOf, isCowriteError } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { removeTree, uniqueName } from '../store/files.js'
import { formatVersion, type Layout, transactionNames } from '../store/layout.js'
import { liftSeal } from '../store/seal.js'
import { type Finisher, type Overtaken, rollForward } from './apply.js'
import { type Intent, readIntent, type Target, writeIntent } from './intent.js'
import { keepAll, type Progress, stageAll } from './stage.js'
import {
  discard,
  giveUp,
  inFlight,
  isAbandoned,
  ownerOf,
  sweepUnnumbered,
  type Transaction,
} from './transaction.js'

export interface Applied {
  /** Whether carrying it out was cut short by an error; it has happened all the same. */
  pendingCleanup: boolean
  overtaken: Overtaken[]
}

export interface ApplyOptions {
  signal?: AbortSignal | undefined
  onProgress?: Progress | undefined
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
  about: Pick<Intent, 'kind' | 'session' | 'agentId' | 'undoes' | 'merged' | 'afterwards'>,
  targets: readonly Target[],
  finish: Finisher,
  options: ApplyOptions = {},
): Promise<Applied> {
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
  try {
    await writeIntent(port, transaction.folder, intent)
  } catch (error) {
    if (readIntent(port, transaction.folder) === null) throw error
    // The name is in place but its folder could not be synced: whether it lasts nobody can say, so it is taken back.
    if (removeIntent(port, transaction)) throw error
  }
  return carryOut(port, layout, transaction, intent, finish, options.onProgress)
}

/** False where it cannot be removed either: then it stands, and is carried out. */
function removeIntent(port: FilePort, transaction: Transaction): boolean {
  try {
    port.remove(`${transaction.folder}/${transactionNames.intent}`)
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return errnoOf(error) === 'ENOENT'
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
    return { pendingCleanup: true, overtaken: [] }
  }
}

/** The disk's doing, or another process's: not a mistake in this program, which must be heard of. */
function isEnvironmental(error: unknown): boolean {
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
export function withdraw(port: FilePort, layout: Layout, transaction: Transaction, session: string): void {
  if (session !== '') liftSeal(port, layout.sessionLayout(session))
  discard(port, layout, transaction)
}

/** After a failure: a transaction that has happened is left to be finished, one that has not is taken back. */
export function abandon(port: FilePort, layout: Layout, transaction: Transaction, session: string): void {
  if (port.stat(transaction.folder) === null) return
  if (readIntent(port, transaction.folder) !== null) giveUp(port, transaction)
  else withdraw(port, layout, transaction, session)
}

export interface Recovered {
  /** Transactions that were completed. */
  finished: { id: string; session: string }[]
  /** Transactions that were taken back. */
  withdrawn: { id: string; session: string }[]
  overtaken: Overtaken[]
}

/** Finishes or takes back what dead owners left in the journal. Call under the lock `commit`. */
export async function recoverAll(port: FilePort, layout: Layout, finish: Finisher): Promise<Recovered> {
  const recovered: Recovered = { finished: [], withdrawn: [], overtaken: [] }
  for (const id of inFlight(port, layout)) {
    if (!isAbandoned(port, layout, id)) continue
    const transaction = { id, folder: layout.journalEntry(id) }
    const intent = readIntent(port, transaction.folder)
    const session = intent?.session ?? ownerOf(port, layout, id)?.session ?? ''
    if (intent) {
      const { overtaken } = await rollForward(port, layout, intent, finish)
      recovered.finished.push({ id, session })
      recovered.overtaken.push(...overtaken)
    } else {
      withdraw(port, layout, transaction, session)
      recovered.withdrawn.push({ id, session })
    }
  }
  sweepUnnumbered(port, layout)
  return recovered
}

/** Whether the journal holds anything to look at; costs one listing. */
export function needsRecovery(port: FilePort, layout: Layout): boolean {
  return inFlight(port, layout).some((id) => isAbandoned(port, layout, id))
}

/** Sweeps what was renamed into the trash. Returns false where the budget (files to remove) ran out first. */
export function sweepTrash(
  port: FilePort,
  layout: Layout,
  budget = { left: Number.POSITIVE_INFINITY },
): boolean {
  for (const { name, kind } of port.list(layout.trash)) {
    const path = `${layout.trash}/${name}`
    if (kind !== 'folder') port.remove(path)
    else if (!sweepFolder(port, layout, path, budget)) return false
  }
  return true
}

/** Under a name of its own, so that two processes do not sweep the same folder. */
function sweepFolder(port: FilePort, layout: Layout, path: string, budget: { left: number }): boolean {
  const own = `${layout.trash}/sweeping-${uniqueName()}`
  try {
    port.rename(path, own)
    return removeTree(port, own, budget)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true
    throw error
  }
}
