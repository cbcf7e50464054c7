import { constants, Dirent } from 'node:fs'
import { posix } from 'node:path'
import { errnoOf, isCowriteError } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import { errnoError } from '../store/errno.js'
import { listMerged, type MergedEntry, type SessionStore, statMerged } from '../store/overlay.js'
import { encoded, optionsOf } from './arguments.js'
import { ask, textOf } from './paths.js'
import { find } from './reach.js'
import { adoptNamed, reading, type View } from './view.js'

/** Constants of node that its declarations leave out. */
const kinds = constants as unknown as Record<`UV_DIRENT_${string}`, number>
const { UV_DIRENT_UNKNOWN, UV_DIRENT_FILE, UV_DIRENT_DIR, UV_DIRENT_LINK } = kinds
const { UV_DIRENT_FIFO, UV_DIRENT_SOCKET, UV_DIRENT_CHAR, UV_DIRENT_BLOCK } = kinds

type Listed = string | Buffer | Dirent

export async function readdir(view: View, input: unknown, given?: unknown): Promise<Listed[]> {
  const path = textOf(input)
  const options = optionsOf(given, { encoding: 'utf8' as unknown, withFileTypes: false, recursive: false })
  const call = { syscall: 'scandir', path }
  return reading(view, call, async () => {
    await adoptNamed(view, call)
    return listAt(view.store, path, options)
  })
}

function listAt(
  store: SessionStore,
  shown: string,
  options: { encoding: unknown; withFileTypes: boolean; recursive: boolean },
): Listed[] {
  const { path: top, there } = find(store, ask(store.port.root, shown), true)
  if (!there.stat.isDirectory()) throw errnoError('ENOTDIR', shown)
  const listed: Listed[] = []
  const waiting: Folder[] = [{ below: '', at: top, within: [top] }]
  for (const { below, at, within } of waiting) {
    for (const entry of sorted(listMerged(store, at))) {
      const name = joinPath(below, entry.name)
      if (options.withFileTypes) {
        const parent = below === '' ? shown : posix.join(shown, below)
        listed.push(direntOf(store, at, entry, parent, options.encoding))
      } else listed.push(encoded(name, options.encoding))
      if (!options.recursive) continue
      const inside = entry.kind === 'folder' ? joinPath(at, entry.name) : null
      const next = inside ?? (options.withFileTypes ? null : linkedFolder(store, at, entry))
      if (next !== null && !within.includes(next))
        waiting.push({ below: name, at: next, within: [...within, next] })
    }
  }
  return listed
}

/** A folder that is still to be listed, with the folders that it was come to through. */
interface Folder {
  below: string
  at: WorkspacePath
  within: WorkspacePath[]
}

/** node goes through links where it lists names alone (and in circles, which is left out here). */
function linkedFolder(store: SessionStore, folder: WorkspacePath, { name, kind }: MergedEntry) {
  if (kind !== 'symlink') return null
  try {
    const { path, there } = find(store, ask(store.port.root, joinPath(folder, name)), true)
    return there.stat.isDirectory() ? path : null
  } catch (error) {
    if (errnoOf(error) === undefined && !isCowriteError(error)) throw error
    return null // It leads nowhere, or where nobody may look.
  }
}

/** By bytes, as the system's own listing is sorted by node. */
export function sorted(entries: MergedEntry[]): MergedEntry[] {
  return entries.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)))
}

/** Made by reflection: node exports the class, but declares no constructor for it. */
export function direntOf(
  store: SessionStore,
  folder: WorkspacePath,
  entry: MergedEntry,
  parent: string,
  encoding?: unknown,
): Dirent {
  const name = encoded(entry.name, encoding)
  return Reflect.construct(Dirent, [name, typeOf(store, folder, entry), parent, parent])
}

function typeOf(store: SessionStore, folder: WorkspacePath, { name, kind }: MergedEntry): number | undefined {
  if (kind === 'file') return UV_DIRENT_FILE
  if (kind === 'folder') return UV_DIRENT_DIR
  if (kind === 'symlink') return UV_DIRENT_LINK
  const stat = statMerged(store, joinPath(folder, name))?.stat
  if (stat?.isFIFO()) return UV_DIRENT_FIFO
  if (stat?.isSocket()) return UV_DIRENT_SOCKET
  if (stat?.isCharacterDevice()) return UV_DIRENT_CHAR
  return stat?.isBlockDevice() ? UV_DIRENT_BLOCK : UV_DIRENT_UNKNOWN
}

/** An open folder, as node's Dir without its synchronous and callback calls: what it holds was looked at when it was opened. */
class SessionFolder {
  readonly path: string
  readonly #entries: Dirent[]
  #next = 0
  #isClosed = false

  constructor(path: string, entries: Dirent[]) {
    this.path = path
    this.#entries = entries
  }

  async read(): Promise<Dirent | null> {
    this.#assertOpen()
    return this.#entries[this.#next++] ?? null
  }

  async close(): Promise<void> {
    this.#assertOpen()
    this.#isClosed = true
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry
    } finally {
      await this[Symbol.asyncDispose]()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.close()
  }

  #assertOpen(): void {
    if (this.#isClosed)
      throw Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' })
  }
}

export async function opendir(view: View, input: unknown, given?: unknown): Promise<SessionFolder> {
  const path = textOf(input)
  const { encoding, recursive } = optionsOf(given, { encoding: 'utf8' as unknown, recursive: false })
  const call = { syscall: 'opendir', path }
  return reading(view, call, async () => {
    await adoptNamed(view, call)
    const entries = listAt(view.store, path, { encoding, recursive, withFileTypes: true })
    return new SessionFolder(path, entries as Dirent[])
  })
}
