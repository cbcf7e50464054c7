import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog, encodeLine } from './append-log.js'
import { writeNewFile } from './files.js'
import type { SessionLayout } from './layout.js'

export interface Bypassed {
  path: WorkspacePath
  tool: string | null
  seenAt: string
  /** Of the live file, as it was seen. */
  identity: string
  before?: Before
  /** What the session is about to get for it, by the name that it is kept under. */
  taking?: string
}

/** What a live file held before: nothing, or what is kept under a name. */
export type Before = { kept: string | null }

/** What it held at first is what it is to be put back to, and who was seen at it once is remembered. */
export function together(known: Bypassed | undefined, seen: Bypassed): Bypassed {
  const before = known?.before ?? seen.before
  const tool = seen.tool ?? known?.tool ?? null
  return { ...known, ...seen, tool, ...(before === undefined ? {} : { before }) }
}

type Line =
  | { bypassed: Bypassed[]; lookedAt?: string }
  | { settled: { path: WorkspacePath; identity: string | null }[] }
  | { taking: { path: WorkspacePath; kept: string }[] }

/** What was written around a session, as far as it was seen and is not settled. */
export class BypassLog {
  readonly known = new Map<WorkspacePath, Bypassed>()
  /** How the live files were when they were settled. */
  readonly settled = new Map<WorkspacePath, string | null>()
  /** When the live files were looked at last; null where they never were. */
  lookedAt: string | null = null
  readonly #log: AppendLog<Line> | null

  /** With `make`, the log is made where there is none. */
  constructor(port: FilePort, layout: SessionLayout, make: boolean) {
    if (make && port.stat(layout.bypasses) === null)
      writeNewFile(port, layout.bypasses, encodeLine({ bypassed: [] }))
    this.#log = port.stat(layout.bypasses) === null ? null : new AppendLog<Line>(port, layout.bypasses)
    for (const line of this.#log?.unread() ?? []) this.#fold(line)
  }

  append(line: Line): void {
    this.#log?.append(line)
    this.#fold(line)
  }

  close(): void {
    this.#log?.close()
  }

  #fold(line: Line): void {
    if ('settled' in line) {
      for (const { path, identity } of line.settled) {
        this.known.delete(path)
        this.settled.set(path, identity)
      }
      return
    }
    if ('taking' in line) {
      for (const { path, kept } of line.taking) {
        const one = this.known.get(path)
        if (one !== undefined) this.known.set(path, { ...one, taking: kept })
      }
      return
    }
    for (const one of line.bypassed) {
      this.settled.delete(one.path)
      this.known.set(one.path, together(this.known.get(one.path), one))
    }
    this.lookedAt = line.lookedAt ?? this.lookedAt
  }
}
