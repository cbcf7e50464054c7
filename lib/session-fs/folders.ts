import { randomBytes } from 'node:crypto'
import { errnoOf } from '../errors.js'
import { fileMask } from '../port/host.js'
import { errnoError } from '../store/errno.js'
import { inTurn } from '../store/in-turn.js'
import { makeFolder } from '../store/making.js'
import type { SessionStore } from '../store/overlay.js'
import { removeEmptyFolder } from '../store/removing.js'
import { encoded, modeOf, optionsOf } from './arguments.js'
import { ask, textOf } from './paths.js'
import { checkFolderTakesChanges, checkNewcomer, checkWritable, find, type Reached, reach } from './reach.js'
import { changing, type View } from './view.js'

export async function mkdir(view: View, input: unknown, given?: unknown): Promise<string | undefined> {
  const path = textOf(input)
  const isMode = typeof given === 'number' || typeof given === 'string'
  const options = (isMode ? { mode: given } : (given ?? {})) as { mode?: unknown; recursive?: boolean }
  const mode = modeOf(options.mode, 0o777)
  return changing(view, { syscall: 'mkdir', path }, () => {
    return inTurn(view.store, () => {
      if (options.recursive) return makeAll(view.store, path, mode, true)
      makeOne(view.store, path, mode)
      return undefined
    })
  })
}

function makeOne(store: SessionStore, shown: string, mode: number): void {
  const asked = ask(store.port.root, shown)
  const { path, there } = reach(store, asked, false)
  if (there !== null) throw errnoError('EEXIST', shown)
  checkWritable(store, asked, path)
  checkNewcomer(store, path)
  makeFolder(store, path, mode & 0o777 & ~fileMask())
}

/** Makes a folder and those on the way to it; returns the first that was made, in the caller's words. */
function makeAll(store: SessionStore, shown: string, mode: number, isLast: boolean): string | undefined {
  const there = folderAt(store, shown, isLast)
  if (there === 'folder') return undefined
  const parent = parentText(shown)
  const made = there === 'no parent' && parent !== null ? makeAll(store, parent, mode, false) : undefined
  // `folder/.` and `folder/new/../new` are there as soon as what comes before them is.
  if (made !== undefined && folderAt(store, shown, isLast) === 'folder') return made
  makeOne(store, shown, mode)
  return made ?? shown
}

function folderAt(store: SessionStore, shown: string, isLast: boolean): 'folder' | 'nothing' | 'no parent' {
  const asked = ask(store.port.root, shown)
  const there = unlessMissing(() => reach(store, asked, true))?.there
  if (there?.stat.isDirectory()) return 'folder'
  if (there) throw errnoError(isLast && !asked.asFolder ? 'EEXIST' : 'ENOTDIR', shown)
  const itself = unlessMissing(() => reach(store, asked, false))
  // A link that leads nowhere: node makes nothing there.
  if (itself?.there) throw errnoError(isLast ? 'ENOENT' : 'ENOTDIR', shown)
  return itself === null ? 'no parent' : 'nothing'
}

/** Null where something on the way is missing. */
function unlessMissing(look: () => Reached): Reached | null {
  try {
    return look()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function parentText(shown: string): string | null {
  const trimmed = shown.replace(/[/\\]+$/, '')
  const cut = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'))
  return cut <= 0 ? null : trimmed.slice(0, cut)
}

const attempts = 100

export async function mkdtemp(view: View, input: unknown, given?: unknown): Promise<string | Buffer> {
  const prefix = textOf(input, 'prefix')
  const { encoding } = optionsOf(given, { encoding: 'utf8' as unknown })
  return changing(view, { syscall: 'mkdtemp', path: `${prefix}XXXXXX` }, async () => {
    for (let attempt = 1; ; attempt++) {
      const path = prefix + randomBytes(3).toString('hex')
      try {
        await inTurn(view.store, () => makeOne(view.store, path, 0o700))
        return encoded(path, encoding)
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST' || attempt === attempts) throw error
      }
    }
  })
}

export async function rmdir(view: View, input: unknown): Promise<void> {
  const path = textOf(input)
  await changing(view, { syscall: 'rmdir', path }, async () => {
    const { store } = view
    const asked = ask(store.port.root, path)
    const found = find(store, asked, false)
    if (asked.dots === '.') throw errnoError('EINVAL', path)
    if (asked.dots === '..') throw errnoError('ENOTEMPTY', path)
    if (found.path === '') throw errnoError('EBUSY', path)
    if (!found.there.stat.isDirectory()) throw errnoError('ENOTDIR', path)
    checkWritable(store, asked, found.path)
    checkFolderTakesChanges(store, found.path)
    await removeEmptyFolder(store, found.path)
  })
}
