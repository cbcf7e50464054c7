import type { FileHandle } from 'node:fs/promises'
import { errnoError } from '../../lib/port/faults.js'
import { lockSeam } from '../../lib/port/lock-seam.js'
import type { FilePort, OpenFile } from '../../lib/port/port.js'

/** What a process says that is killed: no error of the system's, and nothing that the product knows. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** One call of a port, about to be made. */
export interface Verb {
  name: string
  paths: string[]
  mutates: boolean
  /** For a write: does the first half of it. */
  halve?: () => void
}

export interface Interceptor {
  /** Runs before each verb; what it throws is the verb's answer. `skip`: the verb says that it was done, and is not. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to say
  before?(verb: Verb): 'skip' | void
  after?(verb: Verb): void
}

const mutating = new Set([
  'create',
  'makeFolder',
  'removeFolder',
  'remove',
  'rename',
  'link',
  'symlink',
  'chmod',
  'setTimes',
  'reflink',
  'duplicate',
  'syncFolder',
  'write',
  'writeAsync',
  'truncate',
  'sync',
])

/** Calls of a FileHandle that change the file. */
const changesByHandle = new Set([
  'write',
  'writev',
  'writeFile',
  'appendFile',
  'truncate',
  'chmod',
  'utimes',
  'sync',
  'datasync',
])

/** A port that asks `interceptor` about every verb, those of its locks included. */
export function interceptedPort(port: FilePort, interceptor: Interceptor): FilePort {
  function run<Result>(verb: Verb, call: () => Result): Result {
    if (interceptor.before?.(verb) === 'skip') return undefined as Result
    const result = call()
    if (!(result instanceof Promise)) {
      interceptor.after?.(verb)
      return result
    }
    return result.then((value) => {
      interceptor.after?.(verb)
      return value
    }) as Result
  }

  /** Synchronous verbs throw, asynchronous ones reject. */
  function named<Args extends unknown[], Result>(
    name: string,
    paths: (...args: Args) => string[],
    call: (...args: Args) => Result,
  ): (...args: Args) => Result {
    const mutates = mutating.has(name)
    return (...args) => run({ name, paths: paths(...args), mutates }, () => call(...args))
  }

  function namedAsync<Args extends unknown[], Result>(
    name: string,
    paths: (...args: Args) => string[],
    call: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    const sooner = named(name, paths, call)
    return async (...args) => sooner(...args)
  }

  const first = (...args: unknown[]): string[] => args.slice(0, 1) as string[]
  const both = (...args: unknown[]): string[] => args.slice(0, 2) as string[]

  function watched(path: string, file: OpenFile): OpenFile {
    const of = (..._args: unknown[]): string[] => [path]
    return {
      openedSize: file.openedSize,
      opened: file.opened,
      stat: named('fstat', of, () => file.stat()),
      read: named('read', of, (...args: Parameters<OpenFile['read']>) => file.read(...args)),
      readAll: named('read', of, () => file.readAll()),
      readAsync: namedAsync('read', of, (...args: Parameters<OpenFile['readAsync']>) =>
        file.readAsync(...args),
      ),
      write: (bytes, position) => run(writing('write', bytes, position), () => file.write(bytes, position)),
      writeAsync: async (bytes, position) =>
        run(writing('writeAsync', bytes, position), () => file.writeAsync(bytes, position)),
      truncate: named('truncate', of, (size: number) => file.truncate(size)),
      chmod: named('chmod', of, (mode: number) => file.chmod(mode)),
      sync: namedAsync('sync', of, () => file.sync()),
      close: () => file.close(),
    }

    function writing(name: string, bytes: Uint8Array, position: number | undefined): Verb {
      const half = bytes.subarray(0, Math.floor(bytes.length / 2))
      return { name, paths: [path], mutates: true, halve: () => file.write(half, position) }
    }
  }

  function watchedHandle(path: string, handle: FileHandle): FileHandle {
    return new Proxy(handle, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        const call = value.bind(target) as (...args: unknown[]) => unknown
        if (typeof key !== 'string' || !changesByHandle.has(key)) return call
        return async (...args: unknown[]) =>
          run({ name: `handle.${key}`, paths: [path], mutates: true }, () => call(...args))
      },
    })
  }

  const verbs: Omit<FilePort, 'lockSeam'> = {
    root: port.root,
    entrance: port.entrance,
    viewUpper: port.viewUpper,
    caseSensitive: port.caseSensitive,
    timestampGranularity: port.timestampGranularity,
    absolute: (path) => port.absolute(path),
    close: () => port.close(),
    together: (use) => port.together(use),
    isFound: (path) => port.isFound(path),
    stat: named('stat', first, (path: string) => port.stat(path)),
    statEach: named('statEach', first, (folder: string, names: readonly string[]) =>
      port.statEach(folder, names),
    ),
    glance: named('glance', first, (path: string) => port.glance(path)),
    glanceInDetail: named('glanceInDetail', first, (path: string) => port.glanceInDetail(path)),
    nativeStat: named('nativeStat', first, (path: string, bigint: boolean) => port.nativeStat(path, bigint)),
    list: named('list', first, (folder: string) => port.list(folder)),
    readLink: named('readLink', first, (path: string) => port.readLink(path)),
    isWritable: named('isWritable', first, (path: string) => port.isWritable(path)),
    openForReading: named('openForReading', first, (path: string) =>
      watched(path, port.openForReading(path)),
    ),
    openForWriting: named('openForWriting', first, (path: string, options?: { append?: boolean }) =>
      watched(path, port.openForWriting(path, options)),
    ),
    create: named('create', first, (path: string, mode?: number) => watched(path, port.create(path, mode))),
    openHandle: async (path, flags) =>
      watchedHandle(
        path,
        await run({ name: 'openHandle', paths: [path], mutates: false }, () => port.openHandle(path, flags)),
      ),
    makeFolder: named('makeFolder', first, (path: string, mode?: number) => port.makeFolder(path, mode)),
    removeFolder: named('removeFolder', first, (path: string) => port.removeFolder(path)),
    remove: named('remove', first, (path: string) => port.remove(path)),
    rename: named('rename', both, (from: string, to: string) => port.rename(from, to)),
    link: named('link', both, (from: string, to: string) => port.link(from, to)),
    symlink: named(
      'symlink',
      (_target: string, path: string) => [path],
      (target: string, path: string) => port.symlink(target, path),
    ),
    chmod: named('chmod', first, (path: string, mode: number) => port.chmod(path, mode)),
    setTimes: named('setTimes', first, (path: string, atime: number, mtime: number) =>
      port.setTimes(path, atime, mtime),
    ),
    reflink: named('reflink', both, (from: string, to: string) => port.reflink(from, to)),
    duplicate: namedAsync('duplicate', both, (from: string, to: string) => port.duplicate(from, to)),
    reflinkFrom: named(
      'reflink',
      (_other: FilePort, _from: string, to: string) => [to],
      (other: FilePort, from: string, to: string) => port.reflinkFrom(other, from, to),
    ),
    named: (path, use) => port.named(path, use),
    syncFolder: namedAsync('syncFolder', first, (path: string) => port.syncFolder(path)),
  }
  return { ...verbs, lockSeam: lockSeam(verbs) }
}

/** What goes wrong, and how. `once` lets what follows succeed. */
export type Fault =
  | { how: 'crash before' | 'crash after' }
  | { how: 'error'; errno: string; once: boolean }
  | { how: 'short write' }

export interface FaultyPort {
  port: FilePort
  /** The mutating verbs that were asked for, in order, as `rename a -> b`. */
  readonly steps: string[]
  /** Whether the fault has struck. */
  readonly struck: boolean
  /** Whether the process is dead. */
  readonly isDead: boolean
}

/**
 * A port on which a mutating verb goes wrong: the `at`-th, counted from 1, or the first that `at` picks by its
 * line among the steps. Without a fault it only counts.
 */
export function faultyPort(
  port: FilePort,
  at: number | ((step: string) => boolean) = Number.POSITIVE_INFINITY,
  fault?: Fault,
): FaultyPort {
  const steps: string[] = []
  let struckAt: number | null = null
  let dead = false

  /** Whether this is the step; for a fault that stays, or one after it. */
  function strikes(stays: boolean): boolean {
    if (struckAt !== null) return stays
    const isTheOne = typeof at === 'number' ? steps.length >= at : at(steps.at(-1) as string)
    if (isTheOne) struckAt = steps.length
    return isTheOne
  }

  function die(verb: Verb): never {
    dead = true
    throw new Crash(`${verb.name} ${verb.paths.join(' -> ')}`)
  }

  function before(verb: Verb): void {
    if (dead) die(verb)
    if (!verb.mutates) return
    steps.push(`${verb.name} ${verb.paths.join(' -> ')}`)
    if (fault?.how === 'crash before' && strikes(false)) die(verb)
    if (fault?.how === 'error' && strikes(!fault.once))
      throw errnoError(fault.errno, verb.name, port.absolute(verb.paths.at(-1) ?? ''))
    if (fault?.how === 'short write' && verb.halve && strikes(false)) {
      verb.halve()
      throw errnoError('ENOSPC', 'write', port.absolute(verb.paths[0] ?? ''))
    }
  }

  function after(verb: Verb): void {
    if (verb.mutates && !dead && fault?.how === 'crash after' && strikes(false)) die(verb)
  }

  return {
    port: interceptedPort(port, { before, after }),
    steps,
    get struck() {
      return struckAt !== null
    },
    get isDead() {
      return dead
    },
  }
}
