/** Bringing what the session and lower have into a copy of them: all of it at first, what changed since then. */
import type { BigIntStats } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { errnoOf } from '../errors.js'
import { ancestorsOf, joinPath, type WorkspacePath } from '../paths.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import { isScratch, listMerged, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import { asSeen, isStateFolder } from './as-seen.js'
import { aside, isUnsure, originOf } from './copied-tree.js'
import { copyAcross } from './copy-across.js'
import { isSame } from './same-content.js'
import type { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'

interface Updating {
  store: SessionStore
  tree: Tree
  shown: Shown
  /** Told of each file that was looked at; it may break the work off. */
  onFile(): void
  /** Given the `.git` of lower's that the tree has not. */
  copyRepository(path: WorkspacePath): Promise<void>
  looked: number
  /** Whether a file's times do not tell yet whether it is written to again. */
  isUnsure: boolean
}

/** Somebody may write to lower all the time. */
const mostLooks = 2

type Seen = [path: WorkspacePath, identity: string | null, origin?: string][]

/**
 * Everywhere, or at the paths that are given. What a program has changed in the tree, and the session has not yet,
 * stays as it is.
 */
export async function update(
  session: SessionStore,
  tree: Tree,
  shown: Shown,
  copyRepository: Updating['copyRepository'],
  { paths, onFile = () => {} }: { paths?: readonly WorkspacePath[]; onFile?: Updating['onFile'] } = {},
): Promise<void> {
  session.record.refresh()
  shown.refresh()
  const work = { store: asSeen(session), tree, shown, onFile, copyRepository, looked: 0, isUnsure: false }
  const act = async (): Promise<void> => {
    if (paths === undefined) await updateFolder(work, '')
    else for (const path of paths) await updateAt(work, path)
  }
  await act()
  for (let again = 0; work.isUnsure && again < mostLooks; again++) {
    // What was written a moment ago is told from what will be written next when the clock has gone on.
    await setTimeout(session.port.timestampGranularity + 1)
    work.isUnsure = false
    await act()
  }
}

async function updateAt(work: Updating, path: WorkspacePath): Promise<void> {
  const { store, tree, shown } = work
  const seen: Seen = []
  const folders: WorkspacePath[] = []
  for (const at of [...ancestorsOf(path), path]) {
    const [there, own] = [statMerged(store, at), tree.own.stat(tree.at(at))]
    if (there === null) {
      if (own !== null && typeof shown.at(at) === 'string') clear(work, at, own, seen)
      break
    }
    if (there.stat.isDirectory()) {
      if (!updateOneFolder(work, at, there, own, seen)) break
      if (at === path) folders.push(at)
    } else await updateFile(work, at, there, own, seen)
  }
  shown.add(seen)
  for (const folder of folders) await updateFolder(work, folder)
}

async function updateFolder(work: Updating, folder: WorkspacePath): Promise<void> {
  const { store, tree, shown } = work
  const merged = listMerged(store, folder)
  const own = new Map(ownIn(tree, folder))
  const seen: Seen = []
  const folders: WorkspacePath[] = []
  clearAway(work, folder, new Set(merged.map(({ name }) => name)), own, seen)
  for (const { name } of merged) {
    await breathe(work)
    const path = joinPath(folder, name)
    if (isScratch(store, path)) continue
    const there = statMerged(store, path)
    if (there === null) continue
    if (name === '.git' && there.stat.isDirectory() && statLower(store.port, path) !== null) {
      if (!own.has(name) && shown.at(path) === undefined) await work.copyRepository(path)
    } else if (there.stat.isDirectory()) {
      if (updateOneFolder(work, path, there, own.get(name) ?? null, seen)) folders.push(path)
    } else if (there.stat.isFile() || there.stat.isSymbolicLink()) {
      await updateFile(work, path, there, own.get(name) ?? null, seen)
      work.onFile()
    }
  }
  shown.add(seen)
  for (const path of folders) await updateFolder(work, path)
}

/** Others are to get a word in, too. */
async function breathe(work: Updating): Promise<void> {
  work.looked += 1
  if (work.looked % 200 === 0) await setImmediate()
}

/** Files that neither the session nor lower has any more, and that nobody has changed here. */
function clearAway(
  work: Updating,
  folder: WorkspacePath,
  merged: ReadonlySet<string>,
  own: Map<string, BigIntStats>,
  seen: Seen,
): void {
  const { store, shown } = work
  for (const [name, stat] of own) {
    const path = joinPath(folder, name)
    if (merged.has(name) || isScratch(store, path) || isStateFolder(store, path)) continue
    if (typeof shown.at(path) !== 'string' || !clear(work, path, stat, seen)) continue
    own.delete(name)
  }
}

/** Removes what is as it was shown; false where something else is left. */
function clear(work: Updating, path: WorkspacePath, stat: BigIntStats, seen: Seen): boolean {
  const { tree, shown } = work
  if (stat.isDirectory()) {
    const left = ownIn(tree, path).filter(([name, child]) => !clear(work, joinPath(path, name), child, seen))
    if (left.length > 0) return false
    tree.own.removeFolder(tree.at(path))
  } else {
    if (shown.at(path) !== tree.identityIn(stat)) return false
    tree.own.remove(tree.at(path))
  }
  seen.push([path, null])
  return true
}

/** False where something else is in its place, or it was taken away: then there is nothing to look into. */
function updateOneFolder(
  work: Updating,
  path: WorkspacePath,
  there: MergedStat,
  own: BigIntStats | null,
  seen: Seen,
): boolean {
  const { tree, shown, store } = work
  const at = tree.at(path)
  // Its owner is to look into it and change it.
  const mode = (there.entry?.mode ?? permissionsOf(statOfFolder(store, path) ?? there.stat)) | 0o700
  if (own !== null && !own.isDirectory()) {
    if (!clear(work, path, own, seen)) return false
  } else if (own === null && typeof shown.at(path) === 'string') return false
  const isAsShown = own !== null && shown.at(path) === tree.identityIn(own)
  if (own?.isDirectory() && (!isAsShown || permissionsOf(own) === mode)) return true
  if (!own?.isDirectory()) tree.own.makeFolder(at, 0o700)
  tree.own.chmod(at, mode)
  const stat = tree.own.stat(at)
  if (stat !== null) seen.push([path, tree.identityIn(stat)])
  return true
}

/** What the folder of lower's is like, where the session has only something in it. */
function statOfFolder({ port }: SessionStore, path: WorkspacePath): BigIntStats | null {
  const stat = statLower(port, path)
  return stat?.isDirectory() ? stat : null
}

async function updateFile(
  work: Updating,
  path: WorkspacePath,
  there: MergedStat,
  own: BigIntStats | null,
  seen: Seen,
): Promise<void> {
  const { store, tree, shown } = work
  const known = shown.at(path)
  const origin = originOf(there.stat, store.port.timestampGranularity)
  if (typeof known === 'string' && !isUnsure(known) && shown.originOf(path) === origin) return
  if (own === null && typeof known === 'string') return
  if (own?.isDirectory()) {
    if (!clear(work, path, own, seen)) return
  } else if (own !== null) {
    const identity = tree.identityIn(own)
    if (await isSame([tree.own, tree.at(path), own], [store.port, there.at, there.stat])) {
      note(work, there, [path, identity, origin], seen)
      return
    }
    if (known !== identity) return
  }
  const copied = await copyIn(work, path, there, own?.isDirectory() ? null : own)
  if (copied !== null) note(work, there, [path, ...copied], seen)
}

function note(work: Updating, { source }: MergedStat, line: Seen[number], seen: Seen): void {
  if (isUnsure(line[1] ?? undefined) || (source === 'global' && isUnsure(line[2]))) work.isUnsure = true
  seen.push(line)
}

/** Null where somebody else came first: what is there now is looked at the next time. */
async function copyIn(
  { store, tree, shown }: Updating,
  path: WorkspacePath,
  { at, stat }: MergedStat,
  own: BigIntStats | null,
): Promise<[identity: string, origin: string] | null> {
  const [{ own: port }, temporary, place] = [tree, aside(), tree.at(path)]
  try {
    const source = stat.isSymbolicLink() ? stat : await copyAcross(store.port, at, port, temporary)
    if (stat.isSymbolicLink()) port.symlink(store.port.readLink(at), temporary)
    port.setTimes(temporary, Number(source.atimeNs) / 1e6, Number(source.mtimeNs) / 1e6)
    const now = port.stat(place)
    if (now === null ? own !== null : own === null || shown.at(path) !== tree.identityIn(now)) {
      port.remove(temporary)
      return null
    }
    const made = port.stat(temporary)
    port.rename(temporary, place)
    const there = port.stat(place)
    if (made === null || there === null) return null
    const isOurs = made.ino === there.ino && made.mtimeNs === there.mtimeNs && made.size === there.size
    const origin = originOf(source, store.port.timestampGranularity)
    return [isOurs ? tree.identityIn(there) : 'changed', origin]
  } catch (error) {
    // The session, or lower, has it no more, or the folder has gone from under it.
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error
    if (port.stat(temporary) !== null) port.remove(temporary)
    return null
  }
}
