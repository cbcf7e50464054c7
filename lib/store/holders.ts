import { errnoOf, isCowriteError } from '../errors.js'
import { isAlive, type ProcessIdentity, thisProcess } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { clear, namesIn, readIfThere, removeIfThere, uniqueName, writeNewFile } from './files.js'
import type { SessionLayout } from './layout.js'
import { makeWorkFolders } from './work-folders.js'

/** A process at work in a session, as its file in the session says. */
export interface Holder {
  file: string
  process: ProcessIdentity
  kind: string
}

const mostSweeps = 10

/**
 * Notes that this process is at work in the session. Returns the note's path. `prepare` makes the folders, where they
 * turn out not to be there.
 */
export function holdSession(
  port: FilePort,
  layout: Pick<SessionLayout, 'holders' | 'temporary'>,
  kind: string,
  prepare = (): void => {},
): string {
  const name = uniqueName()
  const path = `${layout.holders}/${name}`
  // Whoever reads it finds it whole: a note that names nobody is taken for a dead process's, and taken down.
  const aside = `${layout.temporary}/${name}`
  for (let again = 0; ; again++) {
    try {
      writeNewFile(port, aside, JSON.stringify({ kind, process: thisProcess() }))
      port.rename(aside, path)
      return path
    } catch (error) {
      clear(port, aside)
      // Without a note nobody knows yet that what we build is not a dead process's, to be swept.
      if (errnoOf(error) !== 'ENOENT' || again === mostSweeps) throw error
      prepare()
    }
  }
}

/**
 * As `holdSession`, of a session in which something is about to be written: the folders for that are made by the first
 * who comes. Throws ENOENT where the session has ended.
 */
export function comeToWork(port: FilePort, layout: SessionLayout, kind: string): string {
  return holdSession(port, layout, kind, () => makeWorkFolders(port, layout))
}

export function letGo(port: FilePort, note: string): void {
  try {
    removeIfThere(port, note)
  } catch (error) {
    // On a disk that can no longer be written the note outlives us; our process does not, and that is checked.
    if (errnoOf(error) === undefined) throw error
  }
}

export function readHolders(port: FilePort, layout: Pick<SessionLayout, 'holders'>): Holder[] {
  const holders: Holder[] = []
  for (const name of notesIn(port, layout.holders)) {
    const holder = readHolder(port, `${layout.holders}/${name}`)
    if (holder) holders.push(holder)
  }
  return holders
}

/** None where something else is in the place of the folder. */
function notesIn(port: FilePort, folder: string): string[] {
  try {
    return namesIn(port, folder)
  } catch (error) {
    if (isCowriteError(error, 'PATH_ESCAPE') || errnoOf(error) === 'ELOOP') return []
    throw error
  }
}

/** Null where there is no such note. */
export function readHolder(port: FilePort, file: string): Holder | null {
  const holder = parseHolder(readIfThere(port, file))
  return holder && { file, ...holder }
}

/** A note that was cut short names nobody: it is a dead process's. */
function parseHolder(bytes: Buffer | null): Omit<Holder, 'file'> | null {
  if (bytes === null) return null
  try {
    return JSON.parse(bytes.toString()) as Omit<Holder, 'file'>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { kind: 'unknown', process: { host: '', boot: '', pid: 0, start: null } }
  }
}

/** Whether the process is gone for certain. What cannot be told counts as alive. */
export function isDead(holder: { process: ProcessIdentity }): boolean {
  return holder.process.pid === 0 || isAlive(holder.process) === 'dead'
}
