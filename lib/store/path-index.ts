import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog, encodeLine } from './append-log.js'
import { cannotBeRead, cannotBeWritten } from './damage.js'
import { namesIn, removeIfThere, uniqueName, writeNewFile } from './files.js'
import { openLayers } from './layers.js'
import type { Layout } from './layout.js'
import { openRecord } from './seal.js'

/** `[session, path]`: the session touched the path; `[session]`: the session ended. */
type Line = [session: string, path: WorkspacePath] | [session: string]

const linesAtOnce = 500

/** Below this many lines an index is not worth tidying. */
const smallIndex = 2_000

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
  #lines = 0
  #sessionsOf = new Map<WorkspacePath, Set<string>>()

  constructor(port: FilePort, layout: Layout) {
    this.#port = port
    this.#layout = layout
  }

  note(session: string, ...paths: WorkspacePath[]): void {
    for (let at = 0; at < paths.length; at += linesAtOnce)
      this.#append(...paths.slice(at, at + linesAtOnce).map((path): Line => [session, path]))
  }

  noteEnd(session: string): void {
    this.#refresh()
    this.#append([session])
    if (this.#lines > smallIndex && this.#lines > 4 * this.#sessionsOf.size) this.#rebuild()
  }

  /** Other sessions that may have touched `path`. */
  others(session: string, path: WorkspacePath): string[] {
    return this.othersAt(session, [path]).get(path) ?? []
  }

  /** Other sessions that may have touched any of `paths`, by path. */
  othersAt(session: string, paths: readonly WorkspacePath[]): Map<WorkspacePath, string[]> {
    try {
      this.#refresh()
    } catch (error) {
      // Nothing can be written here, and there is no index: the records themselves are asked.
      if (!cannotBeWritten(error)) throw error
      this.close()
      for (const line of this.#truth()) this.#fold(line)
    }
    const found = new Map<WorkspacePath, string[]>()
    for (const path of paths) {
      const sessions = this.#sessionsOf.get(path)
      if (sessions === undefined || (sessions.size === 1 && sessions.has(session))) continue
      found.set(
        path,
        [...sessions].filter((name) => name !== session),
      )
    }
    return found
  }

  close(): void {
    this.#log?.close()
    this.#log = undefined
    this.#lines = 0
    this.#sessionsOf = new Map()
  }

  /** Another process may put a new index in the place of this one; what it did not see of the old one is lost. */
  #append(...lines: Line[]): void {
    for (;;) {
      // What is there is read with the first look: who only writes need not know it.
      const log = this.#open()
      log.appendUnseen(...lines)
      const there = this.#port.stat(this.#layout.index)
      if (there?.ino === log.identity) {
        // Where others came before, all of it is read with the next look.
        if (log.followsWhatWasRead(there)) for (const line of lines) this.#fold(line)
        return
      }
      this.close()
    }
  }

  #open(): AppendLog<Line> {
    if (this.#log !== undefined) return this.#log
    if (this.#port.stat(this.#layout.index) === null) this.#rebuild()
    this.#log = new AppendLog<Line>(this.#port, this.#layout.index)
    return this.#log
  }

  #refresh(): void {
    const log = this.#open()
    for (const line of log.unread()) this.#fold(line)
    if (log.isUnlinked) {
      this.close()
      this.#refresh()
    } else if (log.damaged > 0) {
      this.#rebuild()
      this.#refresh()
    }
  }

  /** Writes the index anew from what the records say: where it is missing, damaged or mostly out of date. */
  #rebuild(): void {
    const temporary = `${this.#layout.index}.${uniqueName()}.tmp`
    const old = this.#log
    try {
      writeNewFile(this.#port, temporary, Buffer.concat([...this.#truth()].map(encodeLine)))
      this.#port.rename(temporary, this.#layout.index)
    } catch (error) {
      removeIfThere(this.#port, temporary)
      throw error
    }
    // Lines that others wrote into the old one before it went, for records that were read before.
    const late = old ? [...old.unread()] : []
    this.close()
    for (const line of late) this.#append(line)
  }

  *#truth(): Generator<Line> {
    for (const session of namesIn(this.#port, this.#layout.sessions)) {
      const own = this.#layout.sessionLayout(session)
      try {
        const record = openRecord(this.#port, own)
        record.close()
        for (const layer of openLayers(this.#port, own, record))
          for (const path of layer.record.entries.keys()) yield [session, path]
      } catch (error) {
        if (!cannotBeRead(error)) throw error
      }
    }
  }

  #fold(line: Line): void {
    this.#lines += 1
    const [session, path] = line
    if (path === undefined) this.#forget(session)
    else this.#remember(session, path)
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
