import type { BigIntStats } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { isCowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { type Base, copyOnce, discardBase, nothing, takeBase } from '../store/copying.js'
import { linkOrNot, removeIfThere } from '../store/files.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import { discardTemporary, land } from '../store/landing.js'
import { entryBelow, type SessionStore, statMerged } from '../store/overlay.js'
import { removeFolder } from '../store/removing.js'
import { temporaryPath } from '../store/work-folders.js'
import { dropIfUnchanged } from '../store/writing.js'
import { isUnsure } from './copied-tree.js'
import { copyAcross } from './copy-across.js'
import type { Harvest } from './harvest.js'
import { landNew } from './land-new.js'
import { refused } from './refusal.js'
import { isSame } from './same-content.js'
import { isYounger } from './younger.js'

/** A file or a link that the view has of its own. */
export interface Found {
  path: WorkspacePath
  stat: BigIntStats
  /** Whether neither lower nor the session had anything there. */
  isNew: boolean
  /** Where a new one was before, if it is known to have been moved. */
  movedFrom?: WorkspacePath
}

/** So many are put in place in one turn. */
const mostAtOnce = 200

/** Files and links that were created, written, replaced or made executable. */
export async function bringFiles(work: Harvest, files: readonly Found[]): Promise<void> {
  for (let at = 0; at < files.length; at += mostAtOnce) {
    const some = await settled(work, files.slice(at, at + mostAtOnce))
    await bringSome(work, some)
    // What stays out is told of at each look.
    const isIn = ({ path }: Found): boolean => !work.leftOut.some((left) => left.path === path)
    work.shown.add(some.filter(isIn).map(({ path, stat }) => [path, work.tree.identityIn(stat)]))
  }
}

/**
 * As they are when the disk's clock has gone on since they were written: what is written to a copy after that shows by
 * its times.
 */
async function settled({ tree }: Harvest, files: readonly Found[]): Promise<Found[]> {
  const isRecent = ({ stat }: Found): boolean => tree.isCopy && isUnsure(tree.identityIn(stat))
  if (!files.some(isRecent)) return [...files]
  await setTimeout(tree.own.timestampGranularity + 1)
  return files.flatMap((found) => {
    const stat = tree.own.stat(tree.at(found.path))
    return stat?.isFile() || stat?.isSymbolicLink() ? [{ ...found, stat }] : []
  })
}

interface Ready extends Found {
  base: Base
  temporary: { name: string; at: string }
}

async function bringSome(work: Harvest, files: readonly Found[]): Promise<void> {
  const { store } = work
  const ready: Ready[] = []
  const settled: WorkspacePath[] = []
  try {
    for (const found of files) {
      const base = found.isNew ? nothing : await baseFor(work, found)
      if (base === 'no change') continue
      if (base === 'in place') settled.push(found.path)
      else {
        const temporary = temporaryPath(store)
        ready.push({ ...found, base, temporary })
        await bringAside(work, found, temporary.at)
      }
    }
    await inTurn(store, () => landAll(work, ready, settled))
  } catch (error) {
    for (const { path, temporary } of ready) discardTemporary(store, path, temporary)
    throw error
  } finally {
    for (const { path, base } of ready) discardBase(store, path, base)
  }
  for (const path of settled) await dropIfUnchanged(store, path)
}

function landAll(work: Harvest, ready: readonly Ready[], settled: WorkspacePath[]): void {
  const { store } = work
  store.record.refresh()
  // Somebody else may have put something there since.
  const isStillNew = ({ isNew, path }: Ready): boolean => isNew && !store.record.entries.has(path)
  const all = ready.map((one) => {
    return { ...one, kind: one.stat.isSymbolicLink() ? ('symlink' as const) : ('file' as const) }
  })
  landNew(store, all.filter(isStillNew))
  for (const one of all) {
    const known = store.record.entries.get(one.path)
    if (known?.pending === one.temporary.name) continue
    // Another process has brought in the very same file: a rename from one of its names to another does nothing.
    if (known?.kind === 'file' && isInPlace(work, one.path, one.stat)) {
      removeIfThere(store.port, one.temporary.at)
      continue
    }
    land(store, one.path, one.temporary, one.kind, one.base)
    settled.push(one.path)
  }
}

/**
 * What the file began with. `in place`: the session has this very file, by another name. `no change`: it is what lower
 * holds, as after a program has opened it for writing and written nothing.
 */
async function baseFor(
  work: Harvest,
  { path, stat }: Pick<Found, 'path' | 'stat'>,
): Promise<Base | 'in place' | 'no change'> {
  const { store, tree } = work
  const { port, record } = store
  const isAsLower = () => isSame([tree.own, tree.at(path), stat], [port, path, statLower(port, path)])
  const there = statMerged(store, path)
  if (there?.stat.isDirectory() && !(await makeRoom(work, path))) return 'no change'
  const known = record.entries.get(path)
  if (known?.kind === 'file' && isInPlace(work, path, stat)) return 'in place'
  // A copy shows by its times alone that it may have been written to.
  if (known !== undefined && there !== null && tree.isCopy) {
    return (await isSame([tree.own, tree.at(path), stat], [port, there.at, there.stat]))
      ? 'no change'
      : nothing
  }
  if (known !== undefined) return nothing
  const isKnownBelow = entryBelow(store, path) !== null
  if (!isKnownBelow && tree.isCopy && (await isAsLower())) return 'no change'
  if (!isKnownBelow && isYounger(work, path)) return (await isAsLower()) ? 'no change' : nothing
  const base = await takeBase(store, path)
  if (!isKnownBelow && isYounger(work, path)) {
    discardBase(store, path, base)
    return baseFor(work, { path, stat })
  }
  if (isKnownBelow || base.fingerprint === null || !(await isAsLower())) return base
  discardBase(store, path, base)
  return 'no change'
}

/** Whether the session has this very file, by another name. */
function isInPlace(
  { store: { port, layout }, tree }: Harvest,
  path: WorkspacePath,
  stat: BigIntStats,
): boolean {
  return !tree.isCopy && port.stat(layout.upper(path))?.ino === stat.ino
}

/** A file takes the place of a folder. False where that holds what nobody may delete: then the file stays out. */
async function makeRoom({ store, leftOut }: Harvest, path: WorkspacePath): Promise<boolean> {
  try {
    await removeFolder(store, path)
    return true
  } catch (error) {
    if (!isCowriteError(error, 'PATH_PROTECTED')) throw error
    leftOut.push(refused(path, 'in the place of a folder that holds what is protected'))
    return false
  }
}

/** By a second name, so that what is written to it from then on is in the session too; a copy where there are none. */
export async function bringAside(
  { store, tree }: Pick<Harvest, 'store' | 'tree'>,
  { path, stat }: Pick<Found, 'path' | 'stat'>,
  to: string,
): Promise<void> {
  const { port } = store
  const from = tree.at(path)
  if (stat.isSymbolicLink()) return port.symlink(tree.own.readLink(from), to)
  if (tree.isCopy) await copyAcross(tree.own, from, port, to, { settle: true })
  else await linkOrCopy(store, from, to)
  // Bits that would run it as somebody else stay behind, and its owner can read it.
  const mode = (permissionsOf(stat) & 0o777) | 0o400
  if (permissionsOf(stat) !== mode) port.chmod(to, mode)
}

async function linkOrCopy(store: SessionStore, from: string, to: string): Promise<void> {
  if (!linkOrNot(store.port, from, to)) while ((await copyOnce(store, from, to)) === null);
}
