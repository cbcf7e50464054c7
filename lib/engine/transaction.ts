import { CowriteError, errnoOf } from '../errors.js'
import { type ProcessIdentity, thisProcess } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { namesIn, readJson, removeIfThere, removeTree, uniqueName, writeNewFile } from '../store/files.js'
import { isDead } from '../store/holders.js'
import { type Layout, transactionNames } from '../store/layout.js'
import type { TransactionKind } from './intent.js'

/** A transaction in flight: a numbered folder of the journal. Numbers order everything; no clock does. */
export interface Transaction {
  id: string
  folder: string
}

export interface Owner {
  kind: TransactionKind
  session: string
  process: ProcessIdentity
}

/** The list of staged files that lie beside their targets on other devices. */
export const foreignStage = 'foreign.json'

const idLength = 4
const idPattern = /^[0-9]{4,}$/
const unfinished = '.new-'

/**
 * Takes the next fencing number, exclusively: a folder built aside, renamed to the number. Whoever finds an
 * earlier transaction of a living owner steps back. Call under the lock `commit`, after `recoverAll`.
 * Throws LOCKED.
 */
export function begin(port: FilePort, layout: Layout, owner: Omit<Owner, 'process'>): Transaction {
  const aside = `${layout.journal}/${unfinished}${uniqueName()}`
  port.makeFolder(aside)
  for (const name of [transactionNames.staged, transactionNames.kept, transactionNames.removed]) {
    port.makeFolder(`${aside}/${name}`)
  }
  writeNewFile(
    port,
    `${aside}/${transactionNames.owner}`,
    JSON.stringify({ ...owner, process: thisProcess() }),
  )
  const transaction = takeNumber(port, layout, aside)
  const earlier = inFlight(port, layout).find(
    (id) => Number(id) < Number(transaction.id) && !isAbandoned(port, layout, id),
  )
  if (earlier !== undefined) {
    discard(port, layout, transaction)
    throw new CowriteError('LOCKED', 'Another process is committing in this workspace.', { holder: earlier })
  }
  return transaction
}

function takeNumber(port: FilePort, layout: Layout, aside: string): Transaction {
  for (let number = highest(port, layout) + 1; ; number++) {
    const id = String(number).padStart(idLength, '0')
    const folder = layout.journalEntry(id)
    try {
      port.rename(aside, folder)
      return { id, folder }
    } catch (error) {
      if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error
    }
  }
}

function highest(port: FilePort, layout: Layout): number {
  const ids = [...inFlight(port, layout), ...finished(port, layout)]
  return ids.reduce((most, id) => Math.max(most, Number(id)), 0)
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

/** Who owns a transaction; null where its owner gave it up or died before it could say. */
export function ownerOf(port: FilePort, layout: Layout, id: string): Owner | null {
  return readJson(port, `${layout.journalEntry(id)}/${transactionNames.owner}`) as Owner | null
}

/** Whether nobody is at work on it any more. What cannot be told counts as being at work. */
export function isAbandoned(port: FilePort, layout: Layout, id: string): boolean {
  const owner = ownerOf(port, layout, id)
  return owner === null || owner.process === undefined || isDead(owner)
}

/** Leaves a transaction for the next one to finish: it has happened, but could not be carried out to its end. */
export function giveUp(port: FilePort, transaction: Transaction): void {
  removeIfThere(port, `${transaction.folder}/${transactionNames.owner}`)
}

/** Takes a transaction out of the journal that has changed nothing. */
export function discard(port: FilePort, layout: Layout, transaction: Transaction): void {
  removeForeignStage(port, transaction.folder)
  const grave = `${layout.trash}/journal-${transaction.id}-${uniqueName()}`
  port.rename(transaction.folder, grave)
  removeTree(port, grave)
}

function removeForeignStage(port: FilePort, folder: string): void {
  const foreign = readJson(port, `${folder}/${foreignStage}`) as string[] | null
  for (const place of foreign ?? []) removeIfThere(port, place)
}

/** Folders of processes that died before they had a number. */
export function sweepUnnumbered(port: FilePort, layout: Layout): void {
  for (const name of namesIn(port, layout.journal)) {
    if (!name.startsWith(unfinished)) continue
    const folder = `${layout.journal}/${name}`
    const owner = readOwnerLeniently(port, folder)
    if (owner === null || isDead(owner)) removeTree(port, folder)
  }
}

function readOwnerLeniently(port: FilePort, folder: string): Owner | null {
  try {
    return readJson(port, `${folder}/${transactionNames.owner}`) as Owner | null
  } catch (error) {
    if (error instanceof CowriteError && error.code === 'CORRUPT') return null
    throw error
  }
}
