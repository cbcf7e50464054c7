import type { BigIntStats } from 'node:fs'
import { errnoOf } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { type Base, copyOnce, discardBase, nothing, takeBase } from '../store/copying.js'
import { removeIfThere } from '../store/files.js'
import { identityOf, permissionsOf, statLower } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import { discardTemporary, land, temporaryPath } from '../store/landing.js'
import { entryBelow, type SessionStore, statMerged } from '../store/overlay.js'
import { removeFolder } from '../store/removing.js'
import { dropIfUnchanged } from '../store/writing.js'
import type { Harvest } from './harvest.js'
import { landNew } from './land-new.js'
import { sameContent } from './same-content.js'
import { identityIn } from './shown.js'

/** A file or a link that the view has of its own. */
export interface Found {
  path: WorkspacePath
  stat: BigIntStats
  /** Whether neither lower nor the session had anything there. */
  isNew: boolean
}

/** So many are put in place in one turn. */
const mostAtOnce = 200

/** Files and links that were created, written, replaced or made executable. */
export async function bringFiles(work: Harvest, files: readonly Found[]): Promise<void> {
  for (let at = 0; at < files.length; at += mostAtOnce) {
    const some = files.slice(at, at + mostAtOnce)
    await bringSome(work, some)
    work.shown.add(some.map(({ path, stat }) => [path, identityIn(stat)]))
  }
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
    await inTurn(store, () => landAll(store, ready, settled))
  } catch (error) {
    for (const { path, temporary } of ready) discardTemporary(store, path, temporary)
    throw error
  } finally {
    for (const { path, base } of ready) discardBase(store, path, base)
  }
  for (const path of settled) await dropIfUnchanged(store, path)
}

function landAll(store: SessionStore, ready: readonly Ready[], settled: WorkspacePath[]): void {
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
    if (known?.kind === 'file' && store.port.stat(store.layout.upper(one.path))?.ino === one.stat.ino) {
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
  const { store, view } = work
  const { port, record, layout } = store
  if (statMerged(store, path)?.stat.isDirectory()) await removeFolder(store, path)
  const known = record.entries.get(path)
  if (known?.kind === 'file' && port.stat(layout.upper(path))?.ino === stat.ino) return 'in place'
  if (known !== undefined) return nothing
  const isKnownBelow = entryBelow(store, path) !== null
  if (!isKnownBelow && isYounger(work, path)) {
    return (await isAsLower(port, view.at(path), path)) ? 'no change' : nothing
  }
  const base = await takeBase(store, path)
  if (!isKnownBelow && isYounger(work, path)) {
    discardBase(store, path, base)
    return baseFor(work, { path, stat })
  }
  if (isKnownBelow || base.fingerprint === null || !(await isAsLower(port, view.at(path), path))) return base
  discardBase(store, path, base)
  return 'no change'
}

/** Whether lower's file changed since the view began: nobody can say which of its versions the command has seen. */
function isYounger({ store, shown, began }: Harvest, path: WorkspacePath): boolean {
  const stat = statLower(store.port, path)
  return stat !== null && stat.ctimeNs > began && shown.committedAt(path) !== identityOf(stat)
}

async function isAsLower(port: FilePort, own: string, path: WorkspacePath): Promise<boolean> {
  const [one, other] = [port.stat(own), statLower(port, path)]
  if (one === null || other === null) return false
  if (one.isSymbolicLink()) return other.isSymbolicLink() && port.readLink(own) === port.readLink(path)
  if (!other.isFile() || one.size !== other.size) return false
  return (permissionsOf(one) & 0o777) === permissionsOf(other) && (await sameContent(port, own, path))
}

/** By a second name, so that what is written to it from then on is in the session too; a copy where there are none. */
async function bringAside({ store, view }: Harvest, { path, stat }: Found, to: string): Promise<void> {
  const { port } = store
  const from = view.at(path)
  if (stat.isSymbolicLink()) return port.symlink(port.readLink(from), to)
  try {
    port.link(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
    while ((await copyOnce(store, from, to)) === null);
  }
  // Bits that would run it as somebody else stay behind, and its owner can read it.
  const mode = (permissionsOf(stat) & 0o777) | 0o400
  if (permissionsOf(stat) !== mode) port.chmod(to, mode)
}
