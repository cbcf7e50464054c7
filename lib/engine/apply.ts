import { errnoOf, isCowriteError } from '../errors.js'
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder, linksAreNotToBeHad, removeIfThere, replaceFile, toJson } from '../store/files.js'
import { hashFile, type Kind, kindOf, permissionsOf } from '../store/fingerprint.js'
import { type Layout, transactionNames } from '../store/layout.js'
import { lookAtAll } from '../store/looking.js'
import { bothOf, forEachAtOnce, inSteps } from './concurrency.js'
import { FolderSyncs } from './folder-syncs.js'
import type { Afterwards, Intent, IntentTarget, Next } from './intent.js'
import { isStill, seemsStill } from './keep.js'
import { isAway } from './reach.js'
import { isMarked, largeFile, type Progress } from './stage.js'
import { readLeniently } from './transaction.js'

/** A live file that someone edited since the intent was written. */
export interface Overtaken {
  path: WorkspacePath
  /** Where the version is that is not in the live files; empty where the transaction's was a deletion. */
  savedTo: string
}

export interface Outcome {
  overtaken: Overtaken[]
  /** Set where all is in place, and only the session's side is still to be done. */
  applied?: true
}

/** Says that a live file is someone else's by now; `saved` is where what would be lost lies, if not the staged version. */
type Report = (target: IntentTarget, saved?: string) => void

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
  const earlier = readOutcome(port, folder)
  const overtaken = new Map(earlier.overtaken.map((entry) => [entry.path, entry]))
  const report: Report = (target, saved) => {
    const staged = target.next && 'staged' in target.next ? target.next.staged : undefined
    const at = saved ?? (staged !== undefined && port.stat(staged) !== null ? staged : undefined)
    if (at === undefined && overtaken.has(target.path)) return
    const savedTo = at === undefined ? '' : historyPath(layout, intent, at)
    overtaken.set(target.path, { path: target.path, savedTo })
  }

  let placed = 0
  // What others make of the live files since is theirs.
  if (!earlier.applied) {
    await takeAway(port, folder, intent.targets, report)
    await makeFolders(port, intent.targets, report)
    const syncs = new FolderSyncs(port, intent.targets)
    try {
      await putInPlace(port, intent.targets, report, (target) => {
        syncs.done(target)
        onProgress?.(++placed, intent.targets.length, 'applying')
      })
      setFolderModes(port, intent.targets)
      const looks = reportLateEdits(port, folder, intent.targets, overtaken, layout, intent)
      await bothOf(syncTouched(port, intent.targets, syncs), looks)
    } finally {
      await syncs.settled()
    }
  }

  const outcome: Outcome = { overtaken: [...overtaken.values()] }
  if (outcome.overtaken.length > 0) replaceFile(port, outcomePath, toJson(outcome))
  try {
    await finish(intent.afterwards, intent.id)
  } catch (error) {
    noteApplied(port, outcomePath, outcome)
    throw error
  }
  await moveToHistory(port, layout, intent)
  return outcome
}

/** After an error, which is what is told: on a disk that takes no note all is looked at once more instead. */
function noteApplied(port: FilePort, path: string, outcome: Outcome): void {
  try {
    replaceFile(port, path, toJson({ ...outcome, applied: true } satisfies Outcome))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** What of it is still to be done in lower, after an error: told by what is still staged, and by what is still there. */
export function notInPlace(port: FilePort, { targets }: Intent): WorkspacePath[] {
  return targets.filter((target) => !seemsInPlace(port, target)).map(({ path }) => path)
}

function seemsInPlace(port: FilePort, { path, next }: IntentTarget): boolean {
  try {
    if (next === null) return kindAt(port, path) === null
    return next.kind === 'folder' ? kindAt(port, path) === 'folder' : port.stat(next.staged) === null
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

/** What a transaction met that others had edited meanwhile, as its folder tells. */
export function readOutcome(port: FilePort, folder: string): Outcome {
  return readLeniently<Outcome>(port, `${folder}/${transactionNames.outcome}`) ?? { overtaken: [] }
}

function historyPath(layout: Layout, intent: Intent, staged: string): string {
  const inJournal = layout.journalEntry(intent.id)
  return staged.startsWith(`${inJournal}/`)
    ? layout.historyEntry(intent.id) + staged.slice(inJournal.length)
    : staged
}

/** Deletions, and what must make room for something of another kind; what lies deepest goes first. */
async function takeAway(port: FilePort, folder: string, targets: readonly IntentTarget[], report: Report) {
  for (const target of deepestFirst(targets.filter(leaves))) {
    const aside = `${folder}/${transactionNames.removed}/${targets.indexOf(target)}`
    await unlessElsewhere(target, report, () =>
      target.expected?.kind === 'folder'
        ? takeFolderAway(port, target, report)
        : takeFileAway(port, aside, target, report),
    )
  }
}

/**
 * Someone may put a link or a file in the place of a folder on the way to a target, or take the folder
 * away: then the target is theirs, and nothing is done there.
 */
async function unlessElsewhere(
  target: IntentTarget,
  report: Report,
  work: () => Promise<void> | void,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isAway(error)) throw error
    report(target)
  }
}

function leaves(target: IntentTarget): boolean {
  if (target.expected === null) return false
  if (target.next === null) return true
  return (target.expected.kind === 'folder') !== (target.next.kind === 'folder')
}

function takeFolderAway(port: FilePort, target: IntentTarget, report: Report): void {
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
  report: Report,
): Promise<void> {
  const { path, expected, next } = target
  if (expected === null) return
  // Here already where a crash came between the two.
  if (port.stat(aside) === null) {
    const stat = port.stat(path)
    if (stat === null || (next !== null && stat.isDirectory())) return
    if (!(await isStill(port, path, expected))) return report(target)
    try {
      port.rename(path, aside)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return
      if (errnoOf(error) !== 'EXDEV') throw error
      return port.remove(path)
    }
  }
  // What was kept is the same file; where it is a copy, an editor may still be writing into this one.
  if (!(await isStill(port, aside, expected))) putBack(port, aside, target, report)
  else if (Number(port.stat(aside)?.nlink ?? 0n) > 1) removeIfThere(port, aside)
}

/** Not over what came there meanwhile: then there are two newer versions, and the one aside stays for the history. */
function putBack(port: FilePort, aside: string, target: IntentTarget, report: Report): void {
  if (comeBack(port, aside, target.path)) report(target)
  else report(target, aside)
}

function comeBack(port: FilePort, aside: string, path: WorkspacePath): boolean {
  try {
    port.link(aside, path)
  } catch (error) {
    const code = errnoOf(error) ?? ''
    if (code === 'EEXIST') {
      if (port.stat(aside)?.ino !== port.stat(path)?.ino) return false
    } else if (['ENOENT', 'ENOTDIR'].includes(code)) return false
    else {
      if (!linksAreNotToBeHad.has(code)) throw error
      if (port.stat(path) !== null) return false
      port.rename(aside, path)
      return true
    }
  }
  port.remove(aside)
  return true
}

async function makeFolders(port: FilePort, targets: readonly IntentTarget[], report: Report): Promise<void> {
  for (const target of shallowestFirst(targets)) {
    if (target.next?.kind === 'folder')
      await unlessElsewhere(target, report, () => {
        if (!makeFolder(port, target.path)) report(target)
      })
  }
}

/** False where something else is there. */
function makeFolder(port: FilePort, path: WorkspacePath): boolean {
  try {
    port.makeFolder(path)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return port.stat(path)?.isDirectory() ?? false
  }
}

async function putInPlace(
  port: FilePort,
  targets: readonly IntentTarget[],
  report: Report,
  onPlaced: (target: IntentTarget) => void,
): Promise<void> {
  const further: (IntentTarget & { next: Leaf })[] = []
  await inSteps(port, targets, (target) => {
    if (!isOfLeaf(target) || placeAtOnce(port, target)) onPlaced(target)
    else further.push(target)
  })
  for (const target of further) {
    await unlessElsewhere(target, report, async () => {
      if (!(await place(port, target, target.next))) report(target)
    })
    onPlaced(target)
  }
}

type Leaf = Exclude<Next, { kind: 'folder' }>

function isOfLeaf(target: IntentTarget): target is IntentTarget & { next: Leaf } {
  return target.next !== null && target.next.kind !== 'folder'
}

/** The plain case: what stands there is what the intent tells of. False where there is more to be looked at. */
function placeAtOnce(port: FilePort, { path, expected, next }: IntentTarget & { next: Leaf }): boolean {
  if (expected === null || expected.kind === 'folder') return false
  try {
    if (seemsStill(port, path, expected, port.stat(path)) !== true) return false
    port.rename(next.staged, path)
    return true
  } catch (error) {
    if (isAway(error)) return false
    throw error
  }
}

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
    if (code === 'EEXIST') return false
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
  if (next.size > largeFile && isMarked(stat, next)) return true
  return (await hashFile(port, path))?.sha256 === next.sha256
}

function setFolderModes(port: FilePort, targets: readonly IntentTarget[]): void {
  for (const { path, next } of deepestFirst(targets)) {
    if (next?.kind === 'folder' && next.mode !== null && kindAt(port, path) === 'folder')
      port.chmod(path, next.mode)
  }
}

/** Null where nothing is, or where the way leads elsewhere by now. */
function kindAt(port: FilePort, path: WorkspacePath): Kind | 'other' | null {
  try {
    const stat = port.stat(path)
    return stat && kindOf(stat)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE')) return null
    throw error
  }
}

/** Step 7: every folder in which a name changed, and the parents of new ones. */
async function syncTouched(
  port: FilePort,
  targets: readonly IntentTarget[],
  syncs: FolderSyncs,
): Promise<void> {
  const touched = new Set<string>()
  for (const { path, next } of targets) {
    touched.add(parentOf(path))
    if (next?.kind === 'folder') touched.add(path)
  }
  await syncs.finished()
  const there = [...touched].filter((path) => !syncs.isDurable(path)).map((path) => nearestThere(port, path))
  await forEachAtOnce([...new Set(there)], (path) => port.syncFolder(path))
}

function nearestThere(port: FilePort, path: WorkspacePath): WorkspacePath {
  const candidates = [path, ...ancestorsOf(path).reverse()]
  return candidates.find((candidate) => candidate === '' || kindAt(port, candidate) === 'folder') ?? ''
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
  const places = targets.flatMap(({ kept }) => (kept === null ? [] : [`${folder}/${kept}`]))
  const seen = lookAtAll(port, places)
  for (const { path, expected, kept } of targets) {
    if (kept === null || expected?.kind !== 'file' || overtaken.has(path)) continue
    const at = `${folder}/${kept}`
    if (await isStill(port, at, expected, seen.get(at))) continue
    overtaken.set(path, { path, savedTo: `${layout.historyEntry(intent.id)}/${kept}` })
  }
}

async function moveToHistory(port: FilePort, layout: Layout, intent: Intent): Promise<void> {
  const folder = layout.journalEntry(intent.id)
  ensureFolder(port, layout.history)
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
