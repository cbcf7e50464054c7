import { errnoOf } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog } from './append-log.js'
import { removeIfThere, writeNewFile } from './files.js'
import type { Layout } from './layout.js'

/** `[session, path]`: the session touched the path; `[session]`: the session ended. */
type Line = [session: string, path: WorkspacePath] | [session: string]

/**
 * Which session touched which path (C6): a cache of what the records say.
 *
 * A line is written before the record's own, so that it may name too much (a write that was cut short, a
 * change that was taken back), never too little; whoever finds a name asks that session's record.
 */
export class PathIndex {
  readonly #port: FilePort
  readonly #layout: Layout
  #log: AppendLog<Line> | undefined
  #sessionsOf = new Map<WorkspacePath, Set<string>>()

  constructor(port: FilePort, layout: Layout) {
    this.#port = port
    this.#layout = layout
  }

  note(session: string, path: WorkspacePath): void {
    if (this.#refresh().append([session, path])) this.#remember(session, path)
  }

  noteEnd(session: string): void {
    if (this.#refresh().append([session])) this.#forget(session)
  }

  /** Other sessions that may have touched `path`. */
  others(session: string, path: WorkspacePath): string[] {
    this.#refresh()
    const sessions = this.#sessionsOf.get(path)
    return sessions ? [...sessions].filter((name) => name !== session) : []
  }

  /** Writes the index anew from what the records say, where it is damaged or mostly out of date. */
  rebuild(truth: Iterable<Line>): void {
    this.close()
    removeIfThere(this.#port, this.#layout.index)
    const log = this.#open()
    for (const line of truth) log.append(line)
  }

  close(): void {
    this.#log?.close()
    this.#log = undefined
    this.#sessionsOf = new Map()
  }

  #refresh(): AppendLog<Line> {
    const log = this.#open()
    for (const [session, path] of log.unread()) {
      if (path === undefined) this.#forget(session)
      else this.#remember(session, path)
    }
    return log
  }

  #open(): AppendLog<Line> {
    if (this.#log === undefined) {
      if (this.#port.stat(this.#layout.index) === null) createEmpty(this.#port, this.#layout.index)
      this.#log = new AppendLog<Line>(this.#port, this.#layout.index)
    }
    return this.#log
  }

  #remember(session: string, path: WorkspacePath): void {
    const sessions = this.#sessionsOf.get(path)
    if (sessions) sessions.add(session)
    else this.#sessionsOf.set(path, new Set([session]))
  }

  #forget(session: string): void {
    for (const [path, sessions] of this.#sessionsOf) {
      if (sessions.delete(session) && sessions.size === 0) this.#sessionsOf.delete(path)
    }
  }
}

function createEmpty(port: FilePort, path: string): void {
  try {
    writeNewFile(port, path, '')
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}
