import { CowriteError, errnoOf } from '../errors.js'
import { type ProcessIdentity, thisProcess } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import {
  clear,
  ensureFolder,
  isOfThisProcess,
  namesIn,
  readJson,
  removeIfThere,
  uniqueName,
  writeNewFile,
} from '../store/files.js'
import { isDead } from '../store/holders.js'
import { type Layout, transactionNames } from '../store/layout.js'
import type { TransactionKind } from './intent.js'

/** A transaction in flight: a numbered folder of the journal. Numbers order everything; no clock does. */
export interface Transaction {
  id: string
  folder: string
  /** The name under which this process is at work on it. */
  run: string
}

export interface Owner {
  kind: TransactionKind
  session: string
  process: ProcessIdentity
  run?: string
}

/** What this process is at work on: a transaction of its own that is not among these was left behind by an error. */
const running = new Set<string>()

/** The list of staged files that lie beside their targets on other devices. */
export const foreignStage = 'foreign.json'

const idLength = 4
const idPattern = /^[0-9]{4,}$/
const unfinished = '.new-'
const withdrawn = '.withdrawn'

/**
 * Takes the next fencing number, exclusively: a folder built aside, renamed to the number. Whoever finds an
 * earlier transaction of a living owner steps back. Call under the lock `commit`, after `recoverAll`, and
 * `end` in any case. Throws LOCKED.
 */
export function begin(port: FilePort, layout: Layout, owner: Omit<Owner, 'process'>): Transaction {
  const run = uniqueName()
  const aside = `${layout.journal}/${unfinished}${run}`
  running.add(run)
  try {
    // Somebody who tidies up may have taken it away while nothing was in flight.
    ensureFolder(port, layout.journal)
    buildAside(port, aside, { ...owner, process: thisProcess(), run })
    const transaction = { ...takeNumber(port, layout, aside), run }
    const earlier = inFlight(port, layout).find(
      (id) => Number(id) < Number(transaction.id) && !isAbandoned(port, layout, id),
    )
    if (earlier === undefined) return transaction
    discard(port, layout, transaction)
    throw new CowriteError('LOCKED', 'Another process is committing in this workspace.', { holder: earlier })
  } catch (error) {
    running.delete(run)
    clear(port, aside)
    throw error
  }
}

function buildAside(port: FilePort, aside: string, owner: Owner): void {
  port.makeFolder(aside)
  for (const name of [transactionNames.staged, transactionNames.kept, transactionNames.removed]) {
    port.makeFolder(`${aside}/${name}`)
  }
  writeNewFile(port, `${aside}/${transactionNames.owner}`, JSON.stringify(owner))
}

function takeNumber(port: FilePort, layout: Layout, aside: string): Omit<Transaction, 'run'> {
  for (let number = highest(port, layout) + 1; ; number++) {
    const id = String(number).padStart(idLength, '0')
    const folder = layout.journalEntry(id)
    try {
      port.rename(aside, folder)
    } catch (error) {
      if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
      continue
    }
    // Between the look at the numbers and the rename another process may have used this one up.
    if (!isUsedUp(port, layout, id)) return { id, folder }
    port.rename(folder, aside)
  }
}

function isUsedUp(port: FilePort, layout: Layout, id: string): boolean {
  return port.stat(withdrawnMark(layout, id)) !== null || port.stat(layout.historyEntry(id)) !== null
}

/**
 * A number is given once. An owner that was taken for dead and comes back finds no folder of its number
 * any more; were the number another's by then, it would write its intent into that one's transaction.
 */
function highest(port: FilePort, layout: Layout): number {
  const ids = [...inFlight(port, layout), ...finished(port, layout), ...withdrawnNumbers(port, layout)]
  return ids.reduce((most, id) => Math.max(most, Number(id)), 0)
}

function withdrawnNumbers(port: FilePort, layout: Layout): string[] {
  return namesIn(port, layout.journal)
    .filter((name) => name.endsWith(withdrawn))
    .map((name) => name.slice(0, -withdrawn.length))
    .filter((id) => idPattern.test(id))
}

function withdrawnMark(layout: Layout, id: string): string {
  return `${layout.journalEntry(id)}${withdrawn}`
}

/** Keeps a number from being given again whose entry is about to leave the history. Call under the lock `commit`. */
export function keepNumber(port: FilePort, layout: Layout, id: string): void {
  ensureFolder(port, layout.journal)
  if (port.stat(withdrawnMark(layout, id)) === null) port.makeFolder(withdrawnMark(layout, id))
  sweepWithdrawn(port, layout)
}

/** Empties what was withdrawn. Of the numbers themselves the highest is enough to go on from. */
function sweepWithdrawn(port: FilePort, layout: Layout): void {
  const ids = withdrawnNumbers(port, layout).sort(byNumber)
  const last = ids.pop()
  for (const id of ids) clear(port, withdrawnMark(layout, id))
  for (const name of last === undefined ? [] : namesIn(port, withdrawnMark(layout, last)))
    clear(port, `${withdrawnMark(layout, last as string)}/${name}`)
}

/** This process is at work on the transaction no more; what is left of it is for whoever comes next. */
export function end(transaction: Transaction): void {
  running.delete(transaction.run)
}

/** Numbers of the journal, in order. */
export function inFlight(port: FilePort, layout: Layout): string[] {
  return namesIn(port, layout.journal)
    .filter((name) => idPattern.test(name))
    .sort(byNumber)
}

/** Numbers of the history, in order. */
export function finished(port: FilePort, layout: Layout): string[] {
  return namesIn(port, layout.history)
    .filter((name) => idPattern.test(name))
    .sort(byNumber)
}

function byNumber(left: string, right: string): number {
  return Number(left) - Number(right)
}

/** Who owns a transaction; null where a disk that failed lost the note. */
export function ownerOf(port: FilePort, layout: Layout, id: string): Owner | null {
  return readOwnerLeniently(port, layout.journalEntry(id))
}

/** Whether nobody is at work on it any more. What cannot be told counts as being at work. */
export function isAbandoned(port: FilePort, layout: Layout, id: string): boolean {
  const owner = readOwnerLeniently(port, layout.journalEntry(id))
  return owner === null || owner.process === undefined || isLeft(owner) || isDead(owner)
}

/** Whether a living process is at work on a transaction here. */
export function isBusy(port: FilePort, layout: Layout): boolean {
  return inFlight(port, layout).some((id) => !isAbandoned(port, layout, id))
}

/** Whether it is this very process's, which has turned to other things. */
function isLeft({ run }: Owner): boolean {
  return run !== undefined && isOfThisProcess(run) && !running.has(run)
}

/** Takes a transaction out of the journal that has changed nothing. Needs no space: the disk may be full. */
export function discard(
  port: FilePort,
  layout: Layout,
  { id, folder }: Pick<Transaction, 'id' | 'folder'>,
): void {
  removeForeignStage(port, folder)
  port.rename(folder, withdrawnMark(layout, id))
  sweepWithdrawn(port, layout)
}

/** Tells other processes that this one has turned to other things: the transaction is for whoever comes next. */
export function giveUp(port: FilePort, transaction: Transaction): void {
  removeIfThere(port, `${transaction.folder}/${transactionNames.owner}`)
}

/** A list that was cut short is one after which nothing was staged yet. */
function removeForeignStage(port: FilePort, folder: string): void {
  const foreign = readLeniently<string[]>(port, `${folder}/${foreignStage}`)
  for (const place of foreign ?? []) removeIfThere(port, place)
}

/** What lies in the journal that nobody needs: transactions without a number whose owner is gone, and what was withdrawn. */
export function journalLeftovers(port: FilePort, layout: Layout): string[] {
  const unnumbered = namesIn(port, layout.journal).filter(
    (name) => name.startsWith(unfinished) && isWithoutOwner(port, `${layout.journal}/${name}`),
  )
  const ids = withdrawnNumbers(port, layout).sort(byNumber)
  const last = ids.pop()
  const isFull = last !== undefined && namesIn(port, withdrawnMark(layout, last)).length > 0
  const marks = isFull ? [...ids, last] : ids
  return [
    ...unnumbered.map((name) => `${layout.journal}/${name}`),
    ...marks.map((id) => withdrawnMark(layout, id)),
  ]
}

function isWithoutOwner(port: FilePort, folder: string): boolean {
  const owner = readOwnerLeniently(port, folder)
  return owner === null || isLeft(owner) || isDead(owner)
}

/** Folders of processes that died before they had a number, and what is left of transactions that were withdrawn. */
export function sweepUnnumbered(port: FilePort, layout: Layout): void {
  for (const name of namesIn(port, layout.journal)) {
    if (!name.startsWith(unfinished)) continue
    const folder = `${layout.journal}/${name}`
    if (isWithoutOwner(port, folder)) clear(port, folder)
  }
  sweepWithdrawn(port, layout)
}

function readOwnerLeniently(port: FilePort, folder: string): Owner | null {
  return readLeniently<Owner>(port, `${folder}/${transactionNames.owner}`)
}

/** A small file of a transaction; null where there is none, and where a kill or a power cut left none that is whole. */
export function readLeniently<Value>(port: FilePort, path: string): Value | null {
  try {
    return readJson(port, path) as Value | null
  } catch (error) {
    if (error instanceof CowriteError && error.code === 'CORRUPT') return null
    throw error
  }
}
