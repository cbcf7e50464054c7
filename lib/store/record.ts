import type { Retry } from '../api.js'
import { CowriteError } from '../errors.js'
import { joinPath, nameOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { AppendLog } from './append-log.js'
import type { Fingerprint } from './fingerprint.js'
import type { SessionLayout } from './layout.js'

/** What a session holds at one path. */
export interface Entry {
  path: WorkspacePath
  /** A whiteout is a recorded deletion; everything else has its content in upper. */
  kind: 'file' | 'folder' | 'symlink' | 'whiteout'
  /** What lower held at the first touch: the merge base. */
  base: Fingerprint | null
  /** The base's content, by its name among the session's bases. */
  kept: string | null
  firstWriteAt: string
  movedFrom?: WorkspacePath
  /** A folder made where one was deleted: nothing of lower shows through. */
  opaque?: true
  /** A folder of a layer below, of which only the mode was changed: what it holds there shows through. */
  through?: true
  /** A folder's permission bits, where they were changed. */
  mode?: number
  /** The name, in the session's temporary folder, of content that is about to be renamed into upper. */
  pending?: string
  /** When the line told of it, where it came with others at once: what is older at its place makes way for it. */
  landsAt?: string
  /** Found in the session's folder, put there by a hand that left no record. */
  adopted?: true
  /** Holds conflict markers until somebody takes them out. */
  marked?: true
}

/** Who and what a session is: its record's first line. */
export interface SessionHeader {
  name: string
  description: string
  createdAt: string
  agentId: string
  /** The client that it was begun from; sessions of before this was kept have none. */
  source?: string
  parent: string | null
  template: string | null
  /** Whether `artifacts/` is scratch: so unless lower had one of its own. */
  scratch: boolean
  /** Frozen uppers that this session reads through, nearest first. */
  layers: string[]
  /** Set where nothing told when the session began: what its files began with cannot be told by their times then. */
  beganUnknown?: true
  /** What may be done in the session; everything that the workspace allows, where nothing is said. */
  limits?: Limits
  /** What a template says of its retries. */
  retries?: RetrySettings
}

export interface RetrySettings {
  /** Whether feedback in plain words may be taken for one. */
  autoDetect: boolean
}

/** Glob patterns or paths, and names of tools; an empty list of what is allowed allows everything. */
export interface Limits {
  allowedPaths: string[]
  readOnlyPaths: string[]
  allowedTools: string[]
}

/** A retry as the record keeps it; where it lies follows from where the session is. */
export type RecordedRetry = Omit<Retry, 'session' | 'sessionId' | 'archivedIn'>

/** Whether somebody rejected that version: what cowrite keeps of its own accord counts nowhere as a rejection. */
export function isRejection({ kept }: Pick<RecordedRetry, 'kept'>): boolean {
  return kept !== true
}

/**
 * One group of changes. `alone`: with these the session has all that its layers held, and reads through none any more;
 * `layers`: it reads through these from now on.
 */
interface Changes {
  set?: Entry[]
  drop?: WorkspacePath[]
  alone?: true
  layers?: string[]
}

/** One line. What stands in one line happened at once. `snapshot`: a fork began with what the session held here. */
type Line =
  | { header: SessionHeader }
  | (Changes & { at: string })
  | { retry: RecordedRetry; at: string }
  | { snapshot: string; at: string }

/**
 * A session's record, folded: the truth that session.json, status and listings are projections of.
 *
 * The file is appended to by every process at work in the session; `refresh` takes in what came since.
 * Sealing renames the file, so that one look at its name tells a writer whether its write still counts.
 */
export class SessionRecord {
  readonly entries = new Map<WorkspacePath, Entry>()
  readonly retries: RecordedRetry[] = []
  /** The layers, by their names in forks, that this record was frozen as, oldest first. */
  readonly snapshots: string[] = []
  header!: SessionHeader
  updatedAt = ''
  /** How many lines were taken in. */
  length = 0
  /** How many of its entries went, or came to be deletions: whoever has seen that all of upper is known looks again. */
  withdrawn = 0
  /** Whether it has lines of this process that could not be read back: what they tell of must stay. */
  isBehind = false
  /** When what upper held at a path was given up: what a crash left there is older than that. */
  readonly givenUp = new Map<WorkspacePath, string>()
  readonly #log: AppendLog<Line>
  readonly #names = new Map<WorkspacePath, Map<string, number>>()
  readonly #port: FilePort
  readonly #path: string
  readonly #identity: bigint

  private constructor(port: FilePort, layout: SessionLayout, sealed: boolean) {
    this.#port = port
    this.#path = layout.record
    this.#log = new AppendLog<Line>(port, sealed ? layout.sealedRecord : layout.record)
    this.#identity = this.#log.identity
  }

  /** Throws ENOENT where there is no record, CORRUPT where it is damaged. */
  static open(port: FilePort, layout: SessionLayout, options: { sealed?: boolean } = {}): SessionRecord {
    const record = new SessionRecord(port, layout, options.sealed ?? false)
    try {
      record.refresh()
      if (record.header === undefined)
        throw new CowriteError('CORRUPT', 'The record has no header.', { path: layout.record })
    } catch (error) {
      record.close()
      throw error
    }
    return record
  }

  /** Takes in what other processes appended. Costs one look at the file's size. */
  refresh(): void {
    this.#takeIn(this.#log.unread())
  }

  /** As `isLive` and `refresh`, at one look; takes nothing in where it is not live. */
  refreshIfLive(): boolean {
    const stat = this.#port.stat(this.#path)
    if (stat?.ino !== this.#identity) return false
    this.#takeIn(this.#log.unread(stat))
    return true
  }

  #takeIn(lines: Iterable<Line>): void {
    for (const line of lines) this.#fold(line)
    if (this.#log.damaged > 0) {
      throw new CowriteError('CORRUPT', `The record holds ${this.#log.damaged} damaged lines.`, {
        path: this.#path,
      })
    }
    this.isBehind = false
  }

  /** Appends one group of changes, which is there as a whole or not at all. */
  append(changes: Changes): void {
    this.#append({ ...changes, at: new Date().toISOString() })
  }

  appendSnapshot(layer: string): void {
    this.#append({ snapshot: layer, at: this.updatedAt })
  }

  appendRetry(retry: RecordedRetry): void {
    this.#append({ retry, at: retry.recordedAt })
  }

  #append(line: Line): void {
    if (this.#log.append(line)) {
      this.#fold(line)
      return
    }
    this.isBehind = true
    this.refresh()
  }

  /** Whether the session still takes writes: not sealed, not gone, not another of its name. */
  isLive(): boolean {
    return this.#port.stat(this.#path)?.ino === this.#identity
  }

  /** The names below `folder` that the session holds something at or under. */
  namesIn(folder: WorkspacePath): Iterable<string> {
    return this.#names.get(folder)?.keys() ?? []
  }

  /** Whether the session holds anything below `folder`. */
  hasBelow(folder: WorkspacePath): boolean {
    return this.#names.has(folder)
  }

  /** Every entry below `folder`, at any depth, parents first. */
  *below(folder: WorkspacePath): Generator<Entry> {
    for (const name of [...this.namesIn(folder)]) {
      const path = joinPath(folder, name)
      const entry = this.entries.get(path)
      if (entry) yield entry
      yield* this.below(path)
    }
  }

  async sync(): Promise<void> {
    await this.#log.sync()
  }

  close(): void {
    this.#log.close()
  }

  #fold(line: Line): void {
    this.length += 1
    if ('header' in line) {
      this.header = line.header
      this.updatedAt = line.header.createdAt
      return
    }
    this.updatedAt = line.at
    if ('retry' in line) {
      this.retries.push(line.retry)
      return
    }
    if ('snapshot' in line) {
      this.snapshots.push(line.snapshot)
      return
    }
    for (const path of line.drop ?? []) {
      this.withdrawn += 1
      this.#remove(path)
      this.givenUp.set(path, line.at)
    }
    for (const entry of line.set ?? []) {
      this.#put(entry)
      if (entry.kind === 'whiteout') {
        this.withdrawn += 1
        this.givenUp.set(entry.path, line.at)
      } else this.givenUp.delete(entry.path)
    }
    const layers = line.alone ? [] : line.layers
    if (layers !== undefined) this.header = { ...this.header, layers }
  }

  #put(entry: Entry): void {
    if (!this.entries.has(entry.path)) this.#count(entry.path, 1)
    this.entries.set(entry.path, entry)
  }

  #remove(path: WorkspacePath): void {
    if (this.entries.delete(path)) this.#count(path, -1)
  }

  /** Keeps, for each folder, how many entries lie at or under each of its names. */
  #count(path: WorkspacePath, by: number): void {
    for (let child = path; child !== ''; child = parentOf(child)) {
      const folder = parentOf(child)
      let names = this.#names.get(folder)
      if (!names) {
        names = new Map()
        this.#names.set(folder, names)
      }
      const count = (names.get(nameOf(child)) ?? 0) + by
      if (count > 0) names.set(nameOf(child), count)
      else if (names.delete(nameOf(child)) && names.size === 0) this.#names.delete(folder)
    }
  }
}

/** The first line of a new record. */
export function headerLine(header: SessionHeader): object {
  return { header }
}

/** What follows it in the record of a layer: all that was held at one moment. */
export function frozenLines({ snapshots, updatedAt }: SessionRecord, entries: readonly Entry[]): object[] {
  return [...snapshots.map((snapshot) => ({ snapshot, at: updatedAt })), { set: entries, at: updatedAt }]
}

/** What a person would call the change at an entry. */
export function changeOf(entry: Entry): 'modified' | 'created' | 'deleted' {
  if (entry.kind === 'whiteout') return 'deleted'
  return entry.base === null ? 'created' : 'modified'
}
