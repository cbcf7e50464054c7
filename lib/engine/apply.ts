import { errnoOf } from '../errors.js'
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { readJson, removeIfThere, removeTree, replaceFile, toJson } from '../store/files.js'
import { hashFile, permissionsOf } from '../store/fingerprint.js'
import { type Layout, transactionNames } from '../store/layout.js'
import { forEachAtOnce } from './concurrency.js'
import type { Afterwards, Intent, IntentTarget, Next } from './intent.js'
import { isStill, linksAreNotToBeHad, type Progress } from './stage.js'

/** A live file that someone edited since the intent was written: the edit stayed. */
export interface Overtaken {
  path: WorkspacePath
  /** Where the transaction's own version is; empty where it was a deletion. */
  savedTo: string
}

export interface Outcome {
  overtaken: Overtaken[]
}

/** What the session's side of a transaction asks for once the files are in place; safe to repeat. */
export type Finisher = (afterwards: Afterwards, id: string) => Promise<void>

/**
 * Steps 6 to 8 of T2, from a durable intent. Every step is safe to repeat, so that recovery runs the same
 * code: what is in place already is left, what is neither old nor new belongs to someone else.
 */
export async function rollForward(
  port: FilePort,
  layout: Layout,
  intent: Intent,
  finish: Finisher,
  onProgress?: Progress,
): Promise<Outcome> {
  const folder = layout.journalEntry(intent.id)
  const outcomePath = `${folder}/${transactionNames.outcome}`
  const earlier = (readJson(port, outcomePath) as Outcome | null)?.overtaken ?? []
  const overtaken = new Map(earlier.map((entry) => [entry.path, entry]))
  const report = (target: IntentTarget): void => {
    const savedTo =
      target.next && 'staged' in target.next ? historyPath(layout, intent, target.next.staged) : ''
    overtaken.set(target.path, { path: target.path, savedTo })
  }

  await takeAway(port, folder, intent.targets, report)
  makeFolders(port, intent.targets, report)
  await putInPlace(port, intent.targets, report, onProgress)
  setFolderModes(port, intent.targets)
  await syncTouched(port, intent.targets)
  await reportLateEdits(port, folder, intent.targets, overtaken, layout, intent)

  const outcome: Outcome = { overtaken: [...overtaken.values()] }
  if (outcome.overtaken.length > 0) replaceFile(port, outcomePath, toJson(outcome))
  await finish(intent.afterwards, intent.id)
  await moveToHistory(port, layout, intent)
  return outcome
}

function historyPath(layout: Layout, intent: Intent, staged: string): string {
  const inJournal = layout.journalEntry(intent.id)
  return staged.startsWith(`${inJournal}/`)
    ? layout.historyEntry(intent.id) + staged.slice(inJournal.length)
    : staged
}

/** Deletions, and what must make room for something of another kind; what lies deepest goes first. */
async function takeAway(
  port: FilePort,
  folder: string,
  targets: readonly IntentTarget[],
  report: (target: IntentTarget) => void,
) {
  const leaving = targets.filter(leaves)
  for (const target of deepestFirst(leaving)) {
    if (target.expected?.kind === 'folder') takeFolderAway(port, target, report)
    else
      await takeFileAway(
        port,
        `${folder}/${transactionNames.removed}/${targets.indexOf(target)}`,
        target,
        report,
      )
  }
}

function leaves(target: IntentTarget): boolean {
  if (target.expected === null) return false
  if (target.next === null) return true
  return (target.expected.kind === 'folder') !== (target.next.kind === 'folder')
}

function takeFolderAway(port: FilePort, target: IntentTarget, report: (target: IntentTarget) => void): void {
  if (port.stat(target.path)?.isDirectory() !== true) return
  try {
    port.removeFolder(target.path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error
    report(target)
  }
}

/** Renamed away first and looked at then: what turns out to be someone's newer version goes back. */
async function takeFileAway(
  port: FilePort,
  aside: string,
  target: IntentTarget,
  report: (target: IntentTarget) => void,
): Promise<void> {
  const { path, expected, next } = target
  if (expected === null) return
  const stat = port.stat(path)
  if (stat === null || (next !== null && stat.isDirectory())) return
  if (stat.isDirectory() || !(await isStill(port, path, expected))) return report(target)
  try {
    port.rename(path, aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    if (errnoOf(error) !== 'EXDEV') throw error
    return port.remove(path)
  }
  if (await isStill(port, aside, expected)) return
  putBack(port, aside, path)
  report(target)
}

function putBack(port: FilePort, aside: string, path: WorkspacePath): void {
  try {
    port.link(aside, path)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return
    if (!linksAreNotToBeHad.has(errnoOf(error) ?? '')) throw error
    port.rename(aside, path)
  }
}

function makeFolders(
  port: FilePort,
  targets: readonly IntentTarget[],
  report: (target: IntentTarget) => void,
): void {
  for (const target of shallowestFirst(targets)) {
    if (target.next?.kind !== 'folder') continue
    const there = port.stat(target.path)
    if (there?.isDirectory()) continue
    if (there !== null) {
      report(target)
      continue
    }
    port.makeFolder(target.path)
  }
}

async function putInPlace(
  port: FilePort,
  targets: readonly IntentTarget[],
  report: (target: IntentTarget) => void,
  onProgress: Progress | undefined,
): Promise<void> {
  let done = 0
  for (const target of targets) {
    const { next } = target
    if (next && next.kind !== 'folder' && !(await place(port, target, next))) report(target)
    onProgress?.(++done, targets.length, 'applying')
  }
}

type Leaf = Exclude<Next, { kind: 'folder' }>

/** False where someone else's version is in the way. */
async function place(port: FilePort, target: IntentTarget, next: Leaf): Promise<boolean> {
  const { path, expected } = target
  const there = port.stat(path)
  if (there !== null && (await isNew(port, path, next))) {
    removeIfThere(port, next.staged)
    return true
  }
  if (there === null && (expected === null || leaves(target))) return placeNew(port, next.staged, path)
  if (there === null || expected === null || there.isDirectory()) return false
  if (!(await isStill(port, path, expected))) return false
  port.rename(next.staged, path)
  return true
}

/** Nothing was there: a link never takes the place of what came meanwhile. */
function placeNew(port: FilePort, staged: string, path: WorkspacePath): boolean {
  try {
    port.link(staged, path)
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (code === 'EEXIST' || code === 'ENOTDIR') return false
    if (code === 'ENOENT') return port.stat(staged) === null && port.stat(path) !== null
    if (!linksAreNotToBeHad.has(code)) throw error
    if (port.stat(path) !== null) return false
    port.rename(staged, path)
    return true
  }
  removeIfThere(port, staged)
  return true
}

async function isNew(port: FilePort, path: WorkspacePath, next: Leaf): Promise<boolean> {
  const stat = port.stat(path)
  if (stat === null) return false
  if (next.kind === 'symlink') return stat.isSymbolicLink() && port.readLink(path) === next.target
  if (!stat.isFile() || Number(stat.size) !== next.size || permissionsOf(stat) !== next.mode) return false
  return (await hashFile(port, path))?.sha256 === next.sha256
}

function setFolderModes(port: FilePort, targets: readonly IntentTarget[]): void {
  for (const { path, next } of deepestFirst(targets)) {
    if (next?.kind === 'folder' && next.mode !== null && port.stat(path)?.isDirectory())
      port.chmod(path, next.mode)
  }
}

/** Step 7: every folder in which a name changed, and the parents of new ones. */
async function syncTouched(port: FilePort, targets: readonly IntentTarget[]): Promise<void> {
  const touched = new Set<string>()
  for (const { path, next } of targets) {
    touched.add(parentOf(path))
    if (next?.kind === 'folder') touched.add(path)
  }
  const there = [...touched].map((path) => nearestThere(port, path))
  await forEachAtOnce([...new Set(there)], (path) => port.syncFolder(path))
}

function nearestThere(port: FilePort, path: WorkspacePath): WorkspacePath {
  const candidates = [path, ...ancestorsOf(path).reverse()]
  return candidates.find((candidate) => candidate === '' || port.stat(candidate)?.isDirectory()) ?? ''
}

/** An editor that had an old file open may have written into it after it was kept: its text is in the history. */
async function reportLateEdits(
  port: FilePort,
  folder: string,
  targets: readonly IntentTarget[],
  overtaken: Map<WorkspacePath, Overtaken>,
  layout: Layout,
  intent: Intent,
): Promise<void> {
  for (const { path, expected, kept } of targets) {
    if (kept === null || expected?.kind !== 'file' || overtaken.has(path)) continue
    if (await isStill(port, `${folder}/${kept}`, expected)) continue
    overtaken.set(path, { path, savedTo: `${layout.historyEntry(intent.id)}/${kept}` })
  }
}

async function moveToHistory(port: FilePort, layout: Layout, intent: Intent): Promise<void> {
  const folder = layout.journalEntry(intent.id)
  const removed = `${folder}/${transactionNames.removed}`
  if (port.stat(removed)) removeTree(port, removed)
  port.rename(folder, layout.historyEntry(intent.id))
  await port.syncFolder(layout.history)
  await port.syncFolder(layout.journal)
}

function depth(target: IntentTarget): number {
  return target.path.split('/').length
}

function deepestFirst(targets: readonly IntentTarget[]): IntentTarget[] {
  return [...targets].sort((left, right) => depth(right) - depth(left))
}

function shallowestFirst(targets: readonly IntentTarget[]): IntentTarget[] {
  return [...targets].sort((left, right) => depth(left) - depth(right))
}
