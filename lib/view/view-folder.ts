/** The folder that a view is made of, from the first to the last command that is run in it. */
import { setTimeout } from 'node:timers/promises'
import { CowriteError, errnoOf } from '../errors.js'
import { isAlive, type ProcessIdentity, thisProcess } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { ViewProviderName } from '../run-api.js'
import { tellsOfDamage } from '../store/damage.js'
import {
  clear,
  ensureFolder,
  readJson,
  removeIfThere,
  removeTree,
  toJson,
  uniqueName,
  writeNewFile,
} from '../store/files.js'
import { type Layout, type ViewLayout, viewLayout } from '../store/layout.js'
import type { Limits, SessionHeader } from '../store/record.js'

/** Who made a view, and of which session: another may bear the name later. */
export interface ViewNote {
  session: string
  createdAt: string
  process: ProcessIdentity
  /** What the session may do, where that is limited: so may what comes after it. */
  limits?: Limits
  /** Where it stands, until it is closed; one without ends with the process. */
  stands?: { provider: StandingName; folder: string; since: string }
}

export type StandingName = Exclude<ViewProviderName, 'kernel-overlay'>

/** Null where the session has no view, and where the note is nobody's: a folder from elsewhere may bring anything. */
export function readNote(port: FilePort, view: ViewLayout): ViewNote | null {
  const note = readOwnJson(port, view.note)
  if (!isProcess(note?.process)) return null
  if (note.stands !== undefined && !isPlaceOfView(note.stands)) return null
  return note.limits === undefined || areLimits(note.limits) ? (note as unknown as ViewNote) : null
}

/** An object of a file that cowrite wrote; null where there is none, or it was not cowrite that wrote it. */
export function readOwnJson(port: FilePort, path: string): Record<string, unknown> | null {
  try {
    const value = readJson(port, path)
    return typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown> | null)
      : null
  } catch (error) {
    if (tellsOfDamage(error)) return null
    throw error
  }
}

export function isProcess(value: unknown): value is ProcessIdentity {
  const { host, pid } = (value ?? {}) as { host?: unknown; pid?: unknown }
  return typeof host === 'string' && typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1
}

function areLimits(limits: unknown): boolean {
  const { allowedPaths, readOnlyPaths, allowedTools } = (limits ?? {}) as Partial<Limits>
  return [allowedPaths, readOnlyPaths, allowedTools].every(Array.isArray)
}

function isPlaceOfView(stands: unknown): boolean {
  const { provider, folder } = (stands ?? {}) as { provider?: unknown; folder?: unknown }
  return (provider === 'copy' || provider === 'fuse-overlay') && typeof folder === 'string'
}

/** Whether the view stands in a folder, whole. */
export function stands(port: FilePort, view: ViewLayout, note: ViewNote): note is Standing {
  return note.stands !== undefined && port.stat(view.standing) !== null
}

export type Standing = ViewNote & Required<Pick<ViewNote, 'stands'>>

export function isOf(note: ViewNote, header: SessionHeader): boolean {
  return note.session === header.name && note.createdAt === header.createdAt
}

export function isInUse(note: ViewNote): boolean {
  return !letGo.has(keyOf(note)) && isAlive(note.process) !== 'dead'
}

/** Views of this process's own whose command has ended, and that it could not bring in. */
const letGo = new Set<string>()

/** From now on it is like one whose process was killed: whoever looks next brings in what is in it. */
export function giveUp(port: FilePort, view: ViewLayout): void {
  const note = readNote(port, view)
  if (note !== null) letGo.add(keyOf(note))
}

function keyOf({ session, createdAt, process }: Pick<ViewNote, 'session' | 'createdAt' | 'process'>): string {
  return JSON.stringify([session, createdAt, process])
}

/** Makes the folder, with its note, in one step: there is one view of a session at a time. False where it is there. */
export function claim(
  port: FilePort,
  layout: Layout,
  header: Pick<SessionHeader, 'name' | 'createdAt' | 'limits'>,
  place?: ViewNote['stands'],
): boolean {
  ensureFolder(port, layout.views)
  const aside = viewLayout(`${layout.views}/.new-${uniqueName()}`)
  const note: ViewNote = { session: header.name, createdAt: header.createdAt, process: thisProcess() }
  if (header.limits !== undefined) note.limits = header.limits
  if (place !== undefined) note.stands = place
  try {
    port.makeFolder(aside.folder, 0o700)
    port.makeFolder(aside.work)
    port.makeFolder(aside.real)
    port.makeFolder(aside.upper)
    if (place === undefined) {
      port.makeFolder(aside.empty)
      port.makeFolder(aside.sessions)
      port.makeFolder(`${aside.sessions}/${header.name}`)
    }
    writeNewFile(port, aside.note, toJson(note))
    port.rename(aside.folder, layout.view(header.name).folder)
    letGo.delete(keyOf(note))
    return true
  } catch (error) {
    clear(port, aside.folder)
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** The session in whose view this process stands; null outside of one. */
export function sessionAround({ viewUpper }: FilePort): string | null {
  return viewUpper?.split('/').at(-2) ?? null
}

/** When the view began, by the disk's own clock, in nanoseconds: what lower holds that is older was there before. */
export function beginningOf(port: FilePort, view: ViewLayout): bigint {
  const stat = port.stat(view.note)
  if (stat === null) throw new CowriteError('CORRUPT', 'The note of a view is missing.', { path: view.note })
  return stat.mtimeNs
}

/** Waits until the disk's clock has gone on: what is written from then on is told from what was there before. */
export async function letTimePass(port: FilePort, view: ViewLayout): Promise<void> {
  const began = beginningOf(port, view)
  // Written after the note.
  if ((port.stat(view.keeper)?.mtimeNs ?? 0n) > began) return
  const probe = `${view.folder}/clock`
  for (;;) {
    writeNewFile(port, probe, '')
    const now = port.stat(probe)?.mtimeNs ?? 0n
    removeIfThere(port, probe)
    if (now > began) return
    await setTimeout(1)
  }
}

/** Removes a view that is not mounted any more. A program may have taken its own leave from folders in it. */
export function removeView(port: FilePort, layout: Layout, view: ViewLayout): void {
  if (port.stat(view.folder) === null) return
  const gone = `${layout.trash}/view-${uniqueName()}`
  port.rename(view.folder, gone)
  removeTree(port, gone, { list: listOpened })
}

export function listOpened(port: FilePort, folder: string) {
  const stat = port.stat(folder)
  if (stat !== null && (Number(stat.mode) & 0o700) !== 0o700) port.chmod(folder, 0o700)
  return port.list(folder)
}
