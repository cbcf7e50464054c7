import { constants } from 'node:fs'
import { copyOnce, nothing, takeBase } from '../store/copying.js'
import { errnoError } from '../store/errno.js'
import { permissionsOf } from '../store/fingerprint.js'
import { inTurn } from '../store/in-turn.js'
import { discardTemporary, land, renameIntoUpper, requireLive } from '../store/landing.js'
import { isScratch, type MergedStat } from '../store/overlay.js'
import { temporaryPath } from '../store/work-folders.js'
import { accessOf, wholeNumber } from './arguments.js'
import { dropUnlessOpen } from './own-copy.js'
import { ask, textOf } from './paths.js'
import { find } from './reach.js'
import { stillMissing, targetOf } from './targets.js'
import { changing, type View } from './view.js'

/** Copies a file with its mode, sharing its blocks where the disk can. */
export async function copyFile(view: View, from: unknown, to: unknown, given?: unknown): Promise<void> {
  const path = textOf(from, 'src')
  const dest = textOf(to, 'dest')
  const mode = wholeNumber(given ?? 0, 'mode', 0, 7)
  await changing(view, { syscall: 'copyfile', path, dest }, async () => {
    const { store } = view
    const source = find(store, ask(store.port.root, path), true)
    if (source.there.stat.isDirectory()) throw errnoError('EISDIR', path)
    if (!source.there.stat.isFile()) throw errnoError('ENXIO', path)
    const exclusive = (mode & constants.COPYFILE_EXCL) !== 0
    const target = targetOf(store, ask(store.port.root, dest), accessOf(exclusive ? 'wx' : 'w'))
    if (source.path === target.path) return
    const onlyShared = (mode & constants.COPYFILE_FICLONE_FORCE) !== 0
    await bringCopy(view, source.there, target.path, { exclusive, onlyShared })
  })
}

async function bringCopy(
  view: View,
  source: MergedStat,
  path: string,
  { exclusive, onlyShared }: { exclusive: boolean; onlyShared: boolean },
): Promise<void> {
  const { store } = view
  const { port } = store
  const temporary = temporaryPath(store)
  try {
    requireLive(store)
    if (onlyShared) {
      if (!port.reflink(source.at, temporary.at)) throw errnoError('ENOTSUP', path)
      port.chmod(temporary.at, permissionsOf(source.stat) & 0o777)
    } else while ((await copyOnce(store, source.at, temporary.at)) === null);
    const scratch = isScratch(store, path)
    for (let isDone = false; !isDone; ) {
      const base = scratch || store.record.entries.has(path) ? null : await takeBase(store, path)
      isDone = await inTurn(store, () => {
        store.record.refresh()
        if (exclusive) stillMissing(store, path)()
        if (scratch) {
          renameIntoUpper(store, temporary.at, path)
          requireLive(store)
          return true
        }
        // Another process has taken its change back since.
        if (base === null && !store.record.entries.has(path)) return false
        land(store, path, temporary, 'file', base ?? nothing)
        return true
      })
    }
  } finally {
    discardTemporary(store, path, temporary)
  }
  await dropUnlessOpen(view, path)
}
