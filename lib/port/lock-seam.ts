import type { Stats } from 'node:fs'
import { errnoError, pathEscape } from './faults.js'
import type { FilePort } from './port.js'

type Verbs = Pick<FilePort, 'root' | 'absolute' | 'nativeStat' | 'makeFolder' | 'removeFolder' | 'setTimes'>
type Callback<Result> = (error: unknown, result?: Result) => void

/** The calls that proper-lockfile makes on its `fs` option, with absolute names below the root. */
export interface LockSeam {
  mkdir(name: string, done: Callback<void>): void
  rmdir(name: string, done: Callback<void>): void
  stat(name: string, done: Callback<Stats>): void
  utimes(name: string, atime: Date, mtime: Date, done: Callback<void>): void
  realpath(name: string, done: Callback<string>): void
  mkdirSync(name: string): void
  rmdirSync(name: string): void
  statSync(name: string): Stats
  utimesSync(name: string, atime: Date, mtime: Date): void
  realpathSync(name: string): string
}

/** One object for all locks: proper-lockfile remembers on it how fine the clock of the disk is. */
export function lockSeam(verbs: Verbs): LockSeam {
  const sync = {
    mkdirSync: (name: string) => verbs.makeFolder(below(name)),
    rmdirSync: (name: string) => verbs.removeFolder(below(name)),
    statSync: (name: string) => unlessToCome(verbs.nativeStat(below(name), false) as Stats),
    utimesSync: (name: string, atime: Date, mtime: Date) =>
      verbs.setTimes(below(name), atime.getTime(), mtime.getTime()),
    realpathSync(name: string): string {
      if (verbs.nativeStat(below(name), false).isSymbolicLink()) throw errnoError('ELOOP', 'realpath', name)
      return name
    },
  }

  function below(name: string): string {
    if (name === verbs.root) return ''
    const start = verbs.absolute('-').length - 1
    if (name.slice(0, start) !== verbs.absolute('-').slice(0, -1)) throw pathEscape(name)
    return name.slice(start)
  }

  return {
    ...sync,
    mkdir: (name, done) => answer(() => sync.mkdirSync(name), done),
    rmdir: (name, done) => answer(() => sync.rmdirSync(name), done),
    stat: (name, done) => answer(() => sync.statSync(name), done),
    utimes: (name, atime, mtime, done) => answer(() => sync.utimesSync(name, atime, mtime), done),
    realpath: (name, done) => answer(() => sync.realpathSync(name), done),
  }
}

/** In milliseconds; what proper-lockfile does itself sets a time ahead by less. */
const aheadAtMost = 10_000

/** A time that is yet to come says that a clock was moved: a lock of then would not grow old for as long. */
function unlessToCome(stat: Stats): Stats {
  if (stat.mtimeMs > Date.now() + aheadAtMost) stat.mtime = new Date(0)
  return stat
}

/** Calls back later, as node:fs does, and never from within its own `try`. */
function answer<Result>(run: () => Result, done: Callback<Result>): void {
  let result: Result
  try {
    result = run()
  } catch (error) {
    queueMicrotask(() => done(error))
    return
  }
  queueMicrotask(() => done(null, result))
}
