/** Whose turn it is, among processes that change the same thing: one at a time, and no clock decides. */
import { setTimeout } from 'node:timers/promises'
import { CowriteError, errnoOf } from '../errors.js'
import { isAlive, monotonicNow, type ProcessIdentity, thisProcess } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { AppendLog, encodeLine } from './append-log.js'
import { removeIfThere, writeNewFile } from './files.js'
import { readHolder } from './holders.js'

/** Somebody's turn: the note of the process, and which of its turns it is. */
type Turn = [note: string, number: number]

/**
 * `take` counts where nobody had the turn, or where `from` had it; `end` where that one has it. `by` is the process,
 * where it has no note.
 */
type Line = { take: Turn; from?: Turn; by?: ProcessIdentity } | { end: Turn }

export interface TurnsOptions {
  /** A log that grew beyond this, in bytes, is begun anew. */
  largest?: number
  /**
   * Who takes a turn has no note, and says in the line who it is. Nor is there anything else that would tell that the
   * log has gone: before each turn it is looked at.
   */
  withoutNotes?: boolean
}

/** In milliseconds, of a clock that nobody sets. */
const patience = 12_000
const firstWait = 0.5
const longestWait = 20
const lookAtHolderEvery = 50

const largestLog = 32 * 1024

/**
 * A log of turns that were asked for and ended. The order of its lines is the one that counts, so that each
 * process finds the same one to have the turn: a line that asks while another has it counts for nothing. What a
 * dead process did not end passes, in one line, to whoever is first to ask for it; a process that only pauses
 * keeps its turn, however long the others wait. A turn costs two short lines, and no look at a name.
 */
export class Turns {
  readonly #port: FilePort
  readonly #path: string
  readonly #notes: string
  readonly #aside: () => string
  readonly #largest: number
  readonly #withoutNotes: boolean
  #log: AppendLog<Line> | undefined
  #size = 0
  #holder: Turn | null = null
  /** The process that has it, where it said so. */
  #holderProcess: ProcessIdentity | undefined
  /** The end of our own turn, in the log, which nobody has looked at since: the next look finds what came before it. */
  #ended: Line | null = null
  #numbers = 0
  /** A turn of ours that could not be ended, or handed back, on a disk that failed: it is ours still. */
  #owed: { turn: Turn; line: Line } | null = null
  #isOurs = false
  #isClosed = false
  #onIdle: (() => void) | undefined

  /** `path` is the log; `notes` is where those who ask have their notes; `aside` gives paths to build something at. */
  constructor(
    port: FilePort,
    path: string,
    notes: string,
    aside: () => string,
    { largest = largestLog, withoutNotes = false }: TurnsOptions = {},
  ) {
    this.#port = port
    this.#path = path
    this.#notes = notes
    this.#aside = aside
    this.#largest = largest
    this.#withoutNotes = withoutNotes
  }

  /**
   * Runs `work` in a turn of its own. `inherit` runs first where a process died in its turn: what it began is to
   * be finished before anything else happens. `stillWanted` is asked now and then while others have the turn.
   * Throws LOCKED where somebody has it who lives, but does not go on.
   */
  async run<Result>(
    note: string,
    work: () => Result | Promise<Result>,
    { inherit, stillWanted }: { inherit?: () => void; stillWanted?: () => void } = {},
  ): Promise<Result> {
    const turn = this.#tryToTake(note) ?? (await this.#wait(note, { inherit, stillWanted }))
    let result: Result | Promise<Result>
    try {
      result = work()
    } catch (error) {
      this.#end(turn)
      throw error
    }
    // What was done in one step is over in one step: other calls of this process never find it busy.
    if (result instanceof Promise) return result.finally(() => this.#end(turn))
    this.#end(turn)
    return result
  }

  /** Nothing more will be asked for. `onIdle` runs once no turn is under way. */
  close(onIdle: () => void): void {
    this.#isClosed = true
    this.#onIdle = onIdle
    if (!this.#isOurs) this.#finish()
  }

  #finish(): void {
    if (this.#owed !== null && this.#tell(this.#owed.line)) this.#owed = null
    // Where there is no note to take down, nothing else tells that the turn is over: it is tried again.
    if (this.#owed !== null && this.#withoutNotes) return
    this.#onIdle?.()
    this.#log?.close()
    this.#log = undefined
  }

  #tryToTake(note: string): Turn | null {
    if (this.#isClosed) throw new CowriteError('LOCKED', 'This was closed while it waited for its turn.', {})
    if (this.#isOurs) return null
    if (this.#withoutNotes && this.#log !== undefined && !this.#isInPlace()) this.#reopen()
    if (this.#owed !== null && 'end' in this.#owed.line) return this.#begin(this.#owed.turn)
    if (this.#owed !== null) {
      this.#append(this.#owed.line)
      this.#owed = null
    }
    if (this.#holder !== null && this.#ended === null) this.#read()
    if (this.#holder !== null && this.#ended === null) return null
    this.#numbers += 1
    const turn: Turn = [nameOf(note), this.#numbers]
    this.#append(this.#taking(turn))
    return isSame(this.#holder, turn) ? this.#begin(turn) : null
  }

  #taking(turn: Turn): Extract<Line, { take: Turn }> {
    return this.#withoutNotes ? { take: turn, by: thisProcess() } : { take: turn }
  }

  async #wait(
    note: string,
    { inherit, stillWanted }: { inherit?: (() => void) | undefined; stillWanted?: (() => void) | undefined },
  ): Promise<Turn> {
    const began = monotonicNow()
    let looked = began
    for (let wait = firstWait; monotonicNow() - began < patience; wait = Math.min(longestWait, wait * 1.3)) {
      await setTimeout(wait * (0.5 + Math.random()))
      const turn = this.#tryToTake(note)
      if (turn !== null) return turn
      if (this.#isOurs || monotonicNow() - looked < lookAtHolderEvery) continue
      looked = monotonicNow()
      stillWanted?.()
      const [dead, by] = [this.#holder, this.#holderProcess]
      const inherited = this.#inherit(note)
      if (inherited === null || dead === null) continue
      try {
        inherit?.()
      } catch (error) {
        // What the dead one began is not finished: it is for whoever asks next.
        this.#giveBack(inherited, { take: dead, from: inherited, ...(by ? { by } : {}) })
        throw error
      }
      return inherited
    }
    const message =
      'Another process is in the middle of a change here, and does not go on; it may have been stopped.'
    throw new CowriteError('LOCKED', message, this.#holder ? { holder: this.#holder[0] } : {})
  }

  /** Takes over from a process that is gone for certain, or that has closed. */
  #inherit(note: string): Turn | null {
    const holder = this.#holder
    if (holder === null || !this.#isGone(holder)) return null
    this.#numbers += 1
    const turn: Turn = [nameOf(note), this.#numbers]
    this.#append({ ...this.#taking(turn), from: holder })
    if (!isSame(this.#holder, turn)) return null
    // It may have died just as it began the log anew; then this is the old one, and says nothing.
    if (this.#isInPlace()) return this.#begin(turn)
    this.#reopen()
    return null
  }

  #isGone([name]: Turn): boolean {
    const who = this.#holderProcess ?? readHolder(this.#port, `${this.#notes}/${name}`)?.process
    return who === undefined || who.pid === 0 || isAlive(who) === 'dead'
  }

  #begin(turn: Turn): Turn {
    this.#isOurs = true
    this.#owed = null
    return turn
  }

  #end(turn: Turn): void {
    if (this.#size > this.#largest) this.#beginAnew(turn)
    this.#giveBack(turn, { end: turn })
  }

  #giveBack(turn: Turn, line: Line): void {
    this.#isOurs = false
    if (!this.#tell(line)) this.#owe({ turn, line })
    if (this.#isClosed) this.#finish()
  }

  /** What was done in the turn is done, whatever the disk says to its end; that is tried again until it is there. */
  #owe(owed: { turn: Turn; line: Line }): void {
    this.#owed = owed
    void setTimeout(1_000, undefined, { ref: false }).then(() => {
      if (this.#owed !== owed || this.#isOurs) return
      if (this.#isClosed) return this.#finishOwing(owed)
      if (this.#tell(owed.line)) this.#owed = null
      else this.#owe(owed)
    })
  }

  #finishOwing(owed: { turn: Turn; line: Line }): void {
    if (!this.#withoutNotes) return
    this.#finish()
    if (this.#owed === owed) this.#owe(owed)
  }

  #tell(line: Line): boolean {
    try {
      this.#append(line)
      return true
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return false
    }
  }

  #append(line: Line): void {
    const log = this.#open()
    // Nobody acts on the end of a turn before they ask for one: it is looked at then.
    if ('end' in line && this.#ended === null) {
      log.appendUnseen(line)
      this.#ended = line
    } else if (log.append(line)) {
      if (this.#ended !== null) this.#fold(this.#ended)
      this.#ended = null
      this.#fold(line)
    } else this.#read()
  }

  #read(): void {
    const log = this.#open()
    this.#ended = null
    for (const line of log.unread()) this.#fold(line)
    // Somebody began the log anew. Whoever waits looks at the name, too: not every disk tells of it.
    if (log.isUnlinked || (this.#holder !== null && !this.#isInPlace())) this.#reopen()
  }

  #isInPlace(): boolean {
    return this.#log !== undefined && this.#port.stat(this.#path)?.ino === this.#log.identity
  }

  #reopen(): void {
    this.#log?.close()
    this.#log = undefined
    this.#holder = null
    this.#holderProcess = undefined
    this.#ended = null
    this.#size = 0
    for (const line of this.#open().unread()) this.#fold(line)
  }

  #fold(line: Line): void {
    this.#size += 'by' in line ? lineSizeWithProcess : lineSize
    if ('end' in line) {
      if (isSame(this.#holder, line.end)) this.#holder = null
    } else if (line.from === undefined ? this.#holder === null : isSame(this.#holder, line.from)) {
      this.#holder = line.take
      this.#holderProcess = line.by
    }
  }

  #open(): AppendLog<Line> {
    if (this.#log !== undefined) return this.#log
    const log = new AppendLog<Line>(this.#port, this.#path)
    try {
      void log.identity
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      this.#create()
    }
    this.#log = log
    return log
  }

  #create(): void {
    try {
      this.#port.create(this.#path).close()
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }

  /** In a turn of ours, which never ends in the old log: nobody gets one there any more. */
  #beginAnew(turn: Turn): void {
    const fresh = this.#aside()
    try {
      writeNewFile(this.#port, fresh, encodeLine(this.#taking(turn)))
      this.#port.rename(fresh, this.#path)
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      removeIfThere(this.#port, fresh)
      return
    }
    this.#reopen()
  }
}

/** What a line takes, about. */
const lineSize = 48
const lineSizeWithProcess = 160

function isSame(one: Turn | null, other: Turn): boolean {
  return one !== null && one[0] === other[0] && one[1] === other[1]
}

function nameOf(note: string): string {
  return note.slice(note.lastIndexOf('/') + 1)
}
