/** Writing in place, in a copy that is the session's own. */
import type { WorkspacePath } from '../paths.js'
import type { OpenFile } from '../port/port.js'
import { smallContent } from '../store/copying.js'
import { errnoError } from '../store/errno.js'
import { inTurn } from '../store/in-turn.js'
import { requireLive } from '../store/landing.js'
import { isScratch, type SessionStore } from '../store/overlay.js'
import { copyUp, dropIfUnchanged, isShared } from '../store/writing.js'
import type { View } from './view.js'

/**
 * Throws unless what was just written counts: the session takes writes still (LOCKED), and the file that was
 * written to is the one that the session holds at `path` (ESTALE): it may have been replaced or deleted meanwhile.
 */
export function confirmWrite(store: SessionStore, path: WorkspacePath, inode: bigint): void {
  requireLive(store)
  if (store.port.stat(store.layout.upper(path))?.ino !== inode) throw stale(path)
  if (isScratch(store, path)) return
  store.record.refresh()
  if (store.record.entries.get(path)?.kind !== 'file') throw stale(path)
}

function stale(path: WorkspacePath): NodeJS.ErrnoException {
  return errnoError('ESTALE', path, 'write')
}

/** Brings a file into the session and changes it there with `change`. Throws as `confirmWrite`. */
export async function changeInPlace(
  view: View,
  path: WorkspacePath,
  options: { append?: boolean },
  change: (file: OpenFile) => void | Promise<void>,
): Promise<void> {
  const { store } = view
  for (let isDone = false; !isDone; ) {
    await copyUp(store, path)
    isDone = await inTurn(store, () => {
      // A fork may have shared it since.
      if (isShared(store, path)) return false
      const file = store.port.openForWriting(store.layout.upper(path), options)
      const confirm = (): true => {
        confirmWrite(store, path, file.stat().ino)
        return true
      }
      return closing(file, () => {
        const changing = change(file)
        return changing ? changing.then(confirm) : confirm()
      })
    })
  }
  await dropUnlessOpen(view, path)
}

/** Without a promise where there is none to wait for. */
function closing<Result>(file: OpenFile, work: () => Result | Promise<Result>): Result | Promise<Result> {
  let working: Result | Promise<Result>
  try {
    working = work()
  } catch (error) {
    file.close()
    throw error
  }
  if (working instanceof Promise) return working.finally(() => file.close())
  file.close()
  return working
}

export function appendBytes(bytes: Uint8Array): (file: OpenFile) => void | Promise<void> {
  return (file) => {
    if (bytes.length > smallContent) return file.writeAsync(bytes)
    file.write(bytes)
  }
}

/** A handle that is still open would write into a copy that is gone. */
export async function dropUnlessOpen(view: View, path: WorkspacePath, sha256?: string): Promise<void> {
  if (!view.openForWriting.has(path)) await dropIfUnchanged(view.store, path, sha256)
}
