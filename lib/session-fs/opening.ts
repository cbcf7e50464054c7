import type { FileHandle } from 'node:fs/promises'
import { errnoOf } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { fileMask } from '../port/host.js'
import { errnoError } from '../store/errno.js'
import { type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import { copyUp, isShared, writeWhole } from '../store/writing.js'
import { noteWriting } from '../store/written-in-place.js'
import { type Access, accessOf, modeOf } from './arguments.js'
import { type Opened, SessionFileHandle } from './file-handle.js'
import { type Asked, ask, textOf } from './paths.js'
import { find } from './reach.js'
import { statsOf } from './stats.js'
import { stillMissing, type Target, targetOf } from './targets.js'
import { changing, reading, type View } from './view.js'

export async function open(
  view: View,
  path: unknown,
  flags?: unknown,
  mode?: unknown,
): Promise<SessionFileHandle> {
  return openFile(view, textOf(path), flags, mode)
}

export async function openFile(
  view: View,
  path: string,
  flags: unknown,
  given: unknown,
): Promise<SessionFileHandle> {
  const access = accessOf(flags)
  const mode = modeOf(given, 0o666)
  const call = { syscall: 'open', path }
  if (!access.write && !access.create && !access.truncate)
    return reading(view, call, () => openToRead(view, path, access))
  return changing(view, call, () => openToWrite(view, path, access, mode))
}

async function openToRead(view: View, shown: string, access: Access): Promise<SessionFileHandle> {
  const { store } = view
  const { path, there } = find(store, ask(store.port.root, shown), !access.noFollow)
  if (there.stat.isSymbolicLink()) throw errnoError('ELOOP', shown)
  if (access.folder && !there.stat.isDirectory()) throw errnoError('ENOTDIR', shown)
  const inner = there.stat.isDirectory()
    ? folderHandle(shown, (bigint) => statsOf(store, there, bigint))
    : await openToReadAt(store, path, there)
  return new SessionFileHandle(view, { shown, path, access, inner, inode: null, letGo() {} })
}

/** Where another process replaced it or took it away since it was looked at, it is looked at again. */
async function openToReadAt(
  store: SessionStore,
  path: WorkspacePath,
  there: MergedStat,
): Promise<FileHandle> {
  try {
    return await store.port.openHandle(there.at, 'r')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || there.source === 'global') throw error
    store.record.refresh()
    const now = statMerged(store, path)
    if (now === null) throw error
    return store.port.openHandle(now.at, 'r')
  }
}

/** What a folder is opened for: to look at it, and to sync it. It holds nothing open, and so has no number. */
function folderHandle(shown: string, stats: (bigint: boolean) => unknown): FileHandle {
  const refuse = async () => {
    throw errnoError('EISDIR', shown, 'read')
  }
  const handle = {
    fd: -1,
    read: refuse,
    stat: async (options?: { bigint?: boolean }) => stats(options?.bigint ?? false),
    sync: async () => {},
    datasync: async () => {},
    close: async () => {},
  }
  return handle as unknown as FileHandle
}

async function openToWrite(
  view: View,
  shown: string,
  access: Access,
  mode: number,
): Promise<SessionFileHandle> {
  const asked = ask(view.store.port.root, shown)
  for (;;) {
    const target = targetOf(view.store, asked, access)
    const opened = await openTarget(view.store, asked, target, access, mode)
    if (opened !== null) return new SessionFileHandle(view, opened)
  }
}

/** Null where somebody made the file in the moment between: then it is to be opened as one that is there. */
async function openTarget(
  store: SessionStore,
  { shown }: Asked,
  { path, there }: Target,
  access: Access,
  mode: number,
): Promise<Opened | null> {
  if (there === null) {
    try {
      await writeWhole(store, path, new Uint8Array(), {
        mode: mode | 0o600,
        beforeLanding: stillMissing(store, path),
      })
    } catch (error) {
      if (errnoOf(error) === 'EEXIST' && !access.exclusive) return null
      throw error
    }
  } else if (access.truncate && there.source === 'global') await writeWhole(store, path, new Uint8Array())
  const letGo = noteWriting(store, path)
  let inner: FileHandle
  try {
    inner = await openOwnCopy(store, path, access.append ? 'a+' : 'r+')
  } catch (error) {
    letGo()
    throw error
  }
  try {
    // A file that is made with a mode that forbids writing can be written by the handle that made it.
    if (there === null && (mode & 0o600) !== 0o600) await inner.chmod(mode & 0o777 & ~fileMask())
    if (there !== null && access.truncate) await inner.truncate(0)
    const { ino: inode } = await inner.stat({ bigint: true })
    return { shown, path, access, inner, inode, letGo }
  } catch (error) {
    letGo()
    await inner.close()
    throw error
  }
}

/** A fork that came after the copy-up, and before it could see that the file is to be written, has shared it. */
async function openOwnCopy(
  store: SessionStore,
  path: WorkspacePath,
  flags: 'a+' | 'r+',
): Promise<FileHandle> {
  do await copyUp(store, path)
  while (isShared(store, path))
  return store.port.openHandle(store.layout.upper(path), flags)
}
