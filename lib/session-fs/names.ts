/** What is done to names: deleting, moving, linking. */
import { CowriteError } from '../errors.js'
import { isWithin } from '../paths.js'
import { errnoError } from '../store/errno.js'
import { makeLink } from '../store/making.js'
import { move } from '../store/moving.js'
import { listMerged, type SessionStore } from '../store/overlay.js'
import { removeFile, removeFolder } from '../store/removing.js'
import { asNodeError } from './errors.js'
import { type Asked, ask, textOf } from './paths.js'
import { checkFolderTakesChanges, checkNewcomer, checkWritable, find, type Reached, reach } from './reach.js'
import { changing, type View } from './view.js'

export async function unlink(view: View, input: unknown): Promise<void> {
  const path = textOf(input)
  await changing(view, { syscall: 'unlink', path }, async () => {
    const { store } = view
    const asked = ask(store.port.root, path)
    const found = find(store, asked, false)
    if (found.there.stat.isDirectory()) throw errnoError('EISDIR', path)
    checkWritable(store, asked, found.path)
    checkFolderTakesChanges(store, found.path)
    await removeFile(store, found.path)
  })
}

export async function rm(view: View, input: unknown, given?: unknown): Promise<void> {
  const path = textOf(input)
  const { recursive = false, force = false } = (given ?? {}) as { recursive?: boolean; force?: boolean }
  await changing(view, { syscall: 'rm', path }, async () => {
    const { store } = view
    const asked = ask(store.port.root, path)
    const found = looked(store, asked, force)
    if (found === null) return
    const isFolder = found.there.stat.isDirectory()
    if (isFolder && !recursive) throw folderLeft(path)
    if (asked.dots !== '' || found.path === '') throw errnoError('EINVAL', path)
    // A link with a slash after it stands for its folder, which is not what is to go.
    if (reach(store, asked, false).there?.stat.isSymbolicLink() && isFolder) throw errnoError('ENOTDIR', path)
    checkWritable(store, asked, found.path)
    checkFolderTakesChanges(store, found.path)
    if (isFolder) await removeFolder(store, found.path)
    else await removeFile(store, found.path)
  })
}

function looked(store: SessionStore, asked: Asked, force: boolean): ReturnType<typeof find> | null {
  try {
    return find(store, asked, asked.asFolder)
  } catch (error) {
    const failure = asNodeError(error, { syscall: 'lstat', path: asked.shown })
    if (force && (failure as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw failure
  }
}

function folderLeft(path: string): Error {
  const message = `Path is a directory: rm returned EISDIR (is a directory) ${path}`
  const { errno } = asNodeError(errnoError('EISDIR', path), { syscall: 'rm', path }) as NodeJS.ErrnoException
  const error = Object.assign(new Error(message), { code: 'ERR_FS_EISDIR', errno, syscall: 'rm', path })
  error.name = 'SystemError'
  return error
}

export async function rename(view: View, from: unknown, to: unknown): Promise<void> {
  const path = textOf(from, 'oldPath')
  const dest = textOf(to, 'newPath')
  await changing(view, { syscall: 'rename', path, dest }, async () => {
    const { store } = view
    const [askedFrom, askedTo] = [ask(store.port.root, path), ask(store.port.root, dest)]
    const source = reach(store, askedFrom, false)
    const target = reach(store, askedTo, false)
    checkRename(store, askedFrom, source, askedTo, target)
    if (source.path === target.path) return
    checkWritable(store, askedFrom, source.path)
    checkWritable(store, askedTo, target.path)
    checkFolderTakesChanges(store, source.path)
    if (target.there === null) checkNewcomer(store, target.path)
    else checkFolderTakesChanges(store, target.path)
    await move(store, source.path, target.path)
  })
}

/** In the order in which the system looks at it. */
function checkRename(store: SessionStore, from: Asked, source: Reached, to: Asked, target: Reached): void {
  if (from.dots !== '' || to.dots !== '' || source.path === '' || target.path === '')
    throw errnoError('EBUSY', from.shown)
  if (source.there === null) throw errnoError('ENOENT', from.shown)
  const isFolder = source.there.stat.isDirectory()
  if (!isFolder && (from.asFolder || to.asFolder)) throw errnoError('ENOTDIR', from.shown)
  if (source.path === target.path) return
  if (isWithin(target.path, source.path)) throw errnoError('EINVAL', from.shown)
  if (isWithin(source.path, target.path)) throw errnoError('ENOTEMPTY', from.shown)
  if (target.there === null) return
  const ontoFolder = target.there.stat.isDirectory()
  if (isFolder && !ontoFolder) throw errnoError('ENOTDIR', from.shown)
  if (!isFolder && ontoFolder) throw errnoError('EISDIR', from.shown)
  if (ontoFolder && listMerged(store, target.path).length > 0) throw errnoError('ENOTEMPTY', from.shown)
}

export async function symlink(view: View, target: unknown, input: unknown): Promise<void> {
  const path = textOf(target, 'target')
  const dest = textOf(input)
  await changing(view, { syscall: 'symlink', path, dest }, async () => {
    const { store } = view
    if (path === '') throw errnoError('ENOENT', dest)
    const asked = ask(store.port.root, dest)
    const place = reach(store, asked, false)
    if (place.there !== null) throw errnoError('EEXIST', dest)
    if (asked.asFolder) throw errnoError('ENOENT', dest)
    checkWritable(store, asked, place.path)
    checkNewcomer(store, place.path)
    await makeLink(store, path, place.path)
  })
}

/** A second name of one file could not be committed as one: said as file systems without hard links say it. */
export async function link(view: View, existing: unknown, input: unknown): Promise<void> {
  const path = textOf(existing, 'existingPath')
  const dest = textOf(input, 'newPath')
  await changing(view, { syscall: 'link', path, dest }, () => {
    const { store } = view
    find(store, ask(store.port.root, path), false)
    if (reach(store, ask(store.port.root, dest), false).there !== null) throw errnoError('EEXIST', dest)
    throw new CowriteError(
      'UNSUPPORTED',
      'A session knows no hard links: copy the file, or make a symbolic link.',
      {
        what: 'hard links',
      },
    )
  })
}
