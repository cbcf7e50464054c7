import type { BigIntStats } from 'node:fs'
import { CowriteError, errnoOf } from '../errors.js'
import type { FilePort } from '../port/port.js'
import { linkOrNot } from '../store/files.js'
import {
  type Fingerprint,
  hashFile,
  identityOf,
  isSameMark,
  kindOf,
  markIn,
  markOf,
  permissionsOf,
} from '../store/fingerprint.js'
import { transactionNames } from '../store/layout.js'
import { forEachAtOnce, inSteps } from './concurrency.js'
import type { IntentTarget, Next, Target } from './intent.js'
import { stage } from './stage.js'
import type { Transaction } from './transaction.js'

/** Step 4 of T2: the old files under a second name, or as copies where links are not to be had. */
export async function keepAll(
  port: FilePort,
  transaction: Transaction,
  targets: readonly Target[],
  staged: readonly (Next | null)[],
): Promise<IntentTarget[]> {
  const kept: IntentTarget[] = targets.map(({ path, expected }, at) => ({
    path,
    expected,
    next: staged[at] ?? null,
    kept: expected && expected.kind !== 'folder' ? `${transactionNames.kept}/${at}` : null,
  }))
  const further: (() => Promise<void>)[] = []
  await inSteps(port, kept, (target) => {
    if (target.kept === null) return
    const rest = keep(port, target, `${transaction.folder}/${target.kept}`)
    if (rest !== null) further.push(rest)
  })
  await forEachAtOnce(further, (rest) => rest())
  await port.syncFolder(`${transaction.folder}/${transactionNames.kept}`)
  return kept
}

/** Gives what remains to be done where names and times do not settle it. */
function keep(port: FilePort, target: IntentTarget, at: string): (() => Promise<void>) | null {
  const expected = target.expected as Fingerprint
  // A second name changes the time by which a change shows that kept all others, so it is looked at before.
  const before = port.stat(target.path)
  if (before === null || kindOf(before) !== expected.kind) throw changedSince(target.path)
  // What has another name already could be written to through that one, and the history would follow.
  const isShared = before.nlink > 1n && before.isFile()
  if (isShared || !linkUnlessGone(port, target.path, at)) return () => keepCopy(port, target, expected, at)
  const stat = port.stat(at)
  if (expected.kind === 'symlink') {
    if (stat?.isSymbolicLink() && port.readLink(at) === expected.target) return null
    throw changedSince(target.path)
  }
  if (stat === null || !hasShape(stat, expected)) throw changedSince(target.path)
  const isAsExpected = identityOf(before) === expected.identity && !expected.racy
  // Device, inode and time of the last write; making a second name changes only the change time.
  if (isAsExpected && markOf(stat) === markOf(before)) return null
  return async () => {
    if (expected.sha256 === null || (await hashFile(port, at))?.sha256 !== expected.sha256)
      throw changedSince(target.path)
  }
}

function linkUnlessGone(port: FilePort, path: string, at: string): boolean {
  try {
    return linkOrNot(port, path, at)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? changedSince(path) : error
  }
}

async function keepCopy(
  port: FilePort,
  target: IntentTarget,
  expected: Fingerprint,
  at: string,
): Promise<void> {
  const { path } = target
  if (expected.kind === 'symlink') return port.symlink(expected.target ?? '', at)
  const copy = await stage(port, { kind: 'file', mode: expected.mode, content: { at: path } }, at)
  const isWhole = copy.kind === 'file' && (expected.sha256 === null || copy.sha256 === expected.sha256)
  if (!isWhole || !(await isStill(port, path, expected))) throw changedSince(path)
  // The copy is another file: only its content can tell that it is what it was.
  target.expected = { ...expected, sha256: copy.sha256 }
}

function hasShape(stat: BigIntStats, expected: Fingerprint): boolean {
  return (
    stat.isFile() &&
    Number(stat.size) === expected.size &&
    (permissionsOf(stat) & 0o777) === (expected.mode & 0o777)
  )
}

/**
 * What a look at the name and the times says: whether a file is still the one that `expected` describes, whatever
 * names it got or lost meanwhile. `unknown` where only the content could tell.
 */
export function seemsStill(
  port: FilePort,
  path: string,
  expected: Fingerprint,
  stat: BigIntStats | null,
): boolean | 'unknown' {
  if (stat === null) return false
  if (expected.kind === 'symlink') return stat.isSymbolicLink() && port.readLink(path) === expected.target
  if (expected.kind === 'folder') return stat.isDirectory()
  if (!hasShape(stat, expected)) return false
  const { identity, racy, sha256 } = expected
  if (isSameMark(markOf(stat), markIn(identity)) && !racy) return true
  return sha256 === null ? false : 'unknown'
}

/**
 * As `seemsStill`, and reads where it has to. The last thing that is done is a look at the name: what the caller does
 * next, it does one system call later. `stat` is what the caller has just found there.
 */
export async function isStill(
  port: FilePort,
  path: string,
  expected: Fingerprint,
  stat = port.stat(path),
): Promise<boolean> {
  const seems = seemsStill(port, path, expected, stat)
  if (seems !== 'unknown') return seems
  const hashed = await hashFile(port, path)
  if (hashed === null || hashed.sha256 !== expected.sha256) return false
  const last = port.stat(path)
  return last !== null && identityOf(last) === identityOf(hashed.stat)
}

function changedSince(path: string): CowriteError {
  return new CowriteError(
    'CONFLICT',
    `${path} was changed while the commit was being prepared; nothing was committed.`,
    {
      conflicts: [{ path, reason: 'changed while the commit was being prepared' }],
    },
  )
}
