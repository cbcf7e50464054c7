import { type BigIntStats, constants, type Stats } from 'node:fs'
import type { OpenFile } from '../port/port.js'
import { errnoError } from '../store/errno.js'
import { locate, type MergedStat, openMerged, readLinkMerged, type SessionStore } from '../store/overlay.js'
import { encoded, optionsOf, wholeNumber } from './arguments.js'
import { readWhole } from './contents.js'
import { throwIfAborted } from './errors.js'
import { isHandle } from './file-handle.js'
import { openFile } from './opening.js'
import { type Asked, ask, textOf } from './paths.js'
import { find, isWayAround } from './reach.js'
import { statsOf } from './stats.js'
import { reading, type View } from './view.js'

export async function readFile(view: View, file: unknown, given?: unknown): Promise<string | Buffer> {
  const options = optionsOf(given, {
    encoding: null as unknown,
    flag: 'r' as unknown,
    signal: undefined as AbortSignal | undefined,
  })
  if (isHandle(file)) return file.readFile(options)
  const path = textOf(file)
  throwIfAborted(options.signal)
  if (options.flag !== 'r' && options.flag !== undefined && options.flag !== null) {
    const handle = await openFile(view, path, options.flag, undefined)
    try {
      return await handle.readFile(options)
    } finally {
      await handle.close()
    }
  }
  return reading(view, { syscall: 'open', path }, async () => {
    const opened = openForReading(view.store, ask(view.store.port.root, path))
    try {
      const whole = readWhole(opened, options.signal)
      const bytes = whole instanceof Buffer ? whole : await whole
      return decoded(bytes, options.encoding)
    } finally {
      opened.close()
    }
  })
}

export function decoded(bytes: Buffer, encoding: unknown): string | Buffer {
  return encoding === undefined || encoding === null || encoding === 'buffer'
    ? bytes
    : bytes.toString(encoding as BufferEncoding)
}

/** Opens what a path leads to: at once where it can be, segment by segment where something is in the way. */
function openForReading(store: SessionStore, asked: Asked): OpenFile {
  if (asked.plain && !asked.asFolder) {
    store.record.refresh()
    store.guard.checkRead(asked.path)
    try {
      const located = locate(store, asked.path)
      if (located !== null) return store.port.openForReading(located.at)
    } catch (error) {
      if (!isWayAround(error)) throw error
    }
  }
  const { path, there } = find(store, asked, true)
  return openMerged(store, path, there, (at) => store.port.openForReading(at))
}

export type StatOptions = { bigint?: boolean; throwIfNoEntry?: boolean }

export async function stat(view: View, path: unknown, options?: StatOptions) {
  return statWith(view, 'stat', path, true, options)
}

export async function lstat(view: View, path: unknown, options?: StatOptions) {
  return statWith(view, 'lstat', path, false, options)
}

async function statWith(
  view: View,
  syscall: string,
  input: unknown,
  follow: boolean,
  options?: StatOptions,
): Promise<Stats | BigIntStats | undefined> {
  const path = textOf(input)
  try {
    return await reading(view, { syscall, path }, () => {
      const asked = ask(view.store.port.root, path)
      return statsOf(view.store, find(view.store, asked, follow || asked.asFolder).there, options?.bigint)
    })
  } catch (error) {
    if (options?.throwIfNoEntry === false && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined
    throw error
  }
}

export async function access(view: View, input: unknown, given?: unknown): Promise<void> {
  const path = textOf(input)
  const mode = wholeNumber(given ?? constants.F_OK, 'mode', 0, 7)
  await reading(view, { syscall: 'access', path }, () => {
    const found = find(view.store, ask(view.store.port.root, path), true)
    if ((mode & constants.W_OK) !== 0) assertMayWrite(view.store, found.path, found.there)
    if ((mode & constants.R_OK) !== 0) assertMayRead(view.store, found.there)
    if ((mode & constants.X_OK) !== 0) assertMayRun(view.store, found.path, found.there)
  })
}

function assertMayWrite(store: SessionStore, path: string, there: MergedStat): void {
  store.guard.checkWrite(path)
  if (!store.port.isWritable(there.at)) throw errnoError('EACCES', path)
}

/** Only an attempt tells; FIFOs and devices are not tried. */
function assertMayRead(store: SessionStore, { at, stat }: MergedStat): void {
  if (stat.isFile()) store.port.openForReading(at).close()
  else if (stat.isDirectory()) store.port.list(at)
}

function assertMayRun(store: SessionStore, path: string, there: MergedStat): void {
  if ((Number(statsOf(store, there).mode) & 0o111) === 0) throw errnoError('EACCES', path)
}

export async function readlink(view: View, input: unknown, given?: unknown): Promise<string | Buffer> {
  const path = textOf(input)
  const { encoding } = optionsOf(given, { encoding: 'utf8' as unknown })
  return reading(view, { syscall: 'readlink', path }, () => {
    const asked = ask(view.store.port.root, path)
    const found = find(view.store, asked, asked.asFolder)
    return encoded(readLinkMerged(view.store, found.path), encoding)
  })
}

export async function realpath(view: View, input: unknown, given?: unknown): Promise<string | Buffer> {
  const path = textOf(input)
  const { encoding } = optionsOf(given, { encoding: 'utf8' as unknown })
  return reading(view, { syscall: 'realpath', path }, () => {
    const found = find(view.store, ask(view.store.port.root, path), true)
    return encoded(view.store.port.absolute(found.path), encoding)
  })
}
