import type { FSWatcher } from 'chokidar'
import type { WatchOptions, WorkspaceEvent } from '../api.js'
import { isCowriteError } from '../errors.js'
import { isWithin, nameOf, type WorkspacePath } from '../paths.js'
import { watchFolder } from '../port/watch-folder.js'
import { tellsOfDamage } from '../store/damage.js'
import { type Layout, workspacePathOfUpper } from '../store/layout.js'
import type { Entry } from '../store/record.js'
import { openRecord } from '../store/seal.js'
import { readSessionLock } from '../store/session-lock.js'
import { sessionNames } from '../store/session-store.js'
import type { Site } from './site.js'

export interface Watching {
  close(): Promise<void>
}

/**
 * Tells of changed files of sessions, of live files that change under a session's changes, of sessions that
 * come and go, and of the active session. Watches those paths alone, never the whole workspace.
 */
export async function watchWorkspace(
  site: Site,
  listener: (event: WorkspaceEvent) => void,
  { files = true }: WatchOptions = {},
): Promise<Watching> {
  if (files) return watchFiles(site, listener)
  const failed = (error: unknown) => listener({ type: 'watching-failed', message: String(error) })
  return watchSessions(site, new Told(site, listener), failed)
}

/**
 * What costs next to nothing, however much is written in the sessions. Not by chokidar: that looks at all that is in a
 * folder whenever one of its files was written to, and each write of a session is noted in the state folder's index.
 */
function watchSessions({ port, layout }: Site, told: Told, failed: (error: unknown) => void): Watching {
  let leaveSessions = () => {}
  const followSessions = (): void => {
    leaveSessions()
    leaveSessions = watchFolder(port.absolute(layout.sessions), () => told.catchUp(), failed)
  }
  const leaveState = watchFolder(
    port.absolute(layout.state),
    (name) => {
      const isSessions = name === null || name === nameOf(layout.sessions)
      if (isSessions) followSessions() // It may be another folder.
      if (isSessions || name === nameOf(layout.sessionLock)) told.catchUp()
    },
    failed,
  )
  followSessions()
  // What happened while they were being watched.
  told.catchUp()
  return {
    async close() {
      told.close()
      leaveState()
      leaveSessions()
    },
  }
}

async function watchFiles(site: Site, listener: (event: WorkspaceEvent) => void): Promise<Watching> {
  const { watch } = await import('chokidar')
  const { port, layout } = site
  const sessions = port.absolute(layout.sessions)
  const told = new Told(site, listener)
  // The folder around them all is there from the start, which of session.lock nobody can say.
  const ours = watch(port.absolute(layout.state), {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => !isOfInterest(path.replaceAll('\\', '/').slice(port.root.length + 1), layout),
  })
  const lower = watch([], { ignoreInitial: true, followSymlinks: false })
  const changes = new ChangeWatch(site, ours, lower, listener)

  ours.on('all', (event, path) => {
    const isInSessions = path.startsWith(sessions)
    const [session, ...rest] = path
      .slice(sessions.length + 1)
      .replaceAll('\\', '/')
      .split('/')
    if (isInSessions && rest.length > 0) told.catchUpSoon()
    else told.catchUp()
    if (!isInSessions) return
    if (session === undefined || session === '') return
    const changed = rest.length === 0 ? null : workspacePathOfUpper(rest.join('/'))
    // Folders are told of by the record, which knows those of a session from those of its skeleton.
    if (changed !== null && !event.endsWith('Dir'))
      listener({ type: 'session-changed', session, path: changed })
    changes.refreshSoon(session)
  })
  for (const watcher of [ours, lower])
    watcher.on('error', (error) => listener({ type: 'watching-failed', message: String(error) }))
  await new Promise<void>((resolve) => ours.once('ready', () => resolve()))
  for (const name of sessionNames(port, layout)) changes.refresh(name)
  // What happens in the instant in which a watcher gets ready can escape it.
  const late = setTimeout(() => {
    told.catchUp()
    for (const name of sessionNames(port, layout)) {
      ours.add(port.absolute(layout.session(name)))
      changes.refreshSoon(name)
    }
  }, instant)
  return {
    async close() {
      clearTimeout(late)
      told.close()
      changes.close()
      await Promise.all([ours.close(), lower.close()])
    },
  }
}

/** In milliseconds. */
const instant = 250

/** session.lock and what is in the sessions; of their internal files the record alone. */
function isOfInterest(path: string, layout: Layout): boolean {
  if ([layout.state, layout.sessionLock, layout.sessions].includes(path)) return true
  if (!path.startsWith(`${layout.sessions}/`)) return false
  const [session = '', ...rest] = path.slice(layout.sessions.length + 1).split('/')
  if (session.startsWith('.')) return false
  const { internal, record } = layout.sessionLayout(session)
  return rest.length === 0 || !isWithin(path, internal) || path === internal || path === record
}

/** Which sessions there are and which one is active, as the listener knows it. */
class Told {
  readonly #site: Site
  readonly #listener: (event: WorkspaceEvent) => void
  #active: string | null
  #sessions: string
  #waiting: NodeJS.Timeout | undefined

  constructor(site: Site, listener: (event: WorkspaceEvent) => void) {
    this.#site = site
    this.#listener = listener
    this.#active = activeOf(site)
    this.#sessions = sessionsOf(site)
  }

  /** For news that are most likely of something else. */
  catchUpSoon(): void {
    this.#waiting ??= setTimeout(() => this.catchUp(), settleTime)
  }

  close(): void {
    clearTimeout(this.#waiting)
  }

  catchUp(): void {
    clearTimeout(this.#waiting)
    this.#waiting = undefined
    const active = activeOf(this.#site)
    const sessions = sessionsOf(this.#site)
    if (sessions !== this.#sessions) {
      this.#sessions = sessions
      this.#listener({ type: 'sessions-changed' })
    }
    if (active !== this.#active) {
      this.#active = active
      this.#listener({ type: 'active-changed', active })
    }
  }
}

function sessionsOf({ port, layout }: Site): string {
  return sessionNames(port, layout).sort().join(' ')
}

function activeOf(site: Site): string | null {
  try {
    return readSessionLock(site.port, site.layout).active
  } catch (error) {
    if (isCowriteError(error)) return null
    throw error
  }
}

/** In milliseconds. */
const settleTime = 50

/**
 * Follows the records: tells of what a session changed that shows in no file of its own, and watches the live
 * files under its changes, each once.
 */
class ChangeWatch {
  readonly #site: Site
  readonly #ours: FSWatcher
  readonly #lower: FSWatcher
  readonly #listener: (event: WorkspaceEvent) => void
  readonly #known = new Map<string, ReadonlyMap<WorkspacePath, Entry>>()
  readonly #sessionsOf = new Map<WorkspacePath, Set<string>>()
  readonly #waiting = new Map<string, NodeJS.Timeout>()

  constructor(site: Site, ours: FSWatcher, lower: FSWatcher, listener: (event: WorkspaceEvent) => void) {
    this.#site = site
    this.#ours = ours
    this.#lower = lower
    this.#listener = listener
    lower.on('all', (_event, absolute) => {
      const path = absolute.replaceAll('\\', '/').slice(site.port.root.length + 1)
      for (const session of this.#sessionsOf.get(path) ?? []) listener({ type: 'drift', session, path })
    })
  }

  /** A session's record is read once for a whole run of writes, not once for each. */
  refreshSoon(session: string): void {
    if (this.#waiting.has(session)) return
    const timer = setTimeout(() => {
      this.#waiting.delete(session)
      this.#tellChanges(session, this.#known.get(session) ?? new Map(), this.refresh(session))
    }, settleTime)
    this.#waiting.set(session, timer)
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  refresh(session: string): ReadonlyMap<WorkspacePath, Entry> {
    const entries = this.#entriesOf(session)
    this.#known.set(session, entries)
    for (const [path, sessions] of this.#sessionsOf) {
      if (hasBase(entries.get(path)) || !sessions.delete(session) || sessions.size > 0) continue
      this.#sessionsOf.delete(path)
      this.#lower.unwatch(this.#site.port.absolute(path))
    }
    for (const [path, entry] of entries) {
      if (!hasBase(entry)) continue
      const sessions = this.#sessionsOf.get(path)
      if (sessions) sessions.add(session)
      else {
        this.#sessionsOf.set(path, new Set([session]))
        this.#lower.add(this.#site.port.absolute(path))
      }
    }
    return entries
  }

  /** Files tell of themselves; but one that comes into a folder together with it may not be seen to come. */
  #tellChanges(
    session: string,
    before: ReadonlyMap<WorkspacePath, Entry>,
    after: ReadonlyMap<WorkspacePath, Entry>,
  ): void {
    for (const path of new Set([...before.keys(), ...after.keys()])) {
      const entry = after.get(path)
      if (before.get(path)?.firstWriteAt === entry?.firstWriteAt) continue
      this.#listener({ type: 'session-changed', session, path })
      if (entry?.kind !== 'file') continue
      this.#ours.add(this.#site.port.absolute(this.#site.layout.sessionLayout(session).upper(path)))
    }
  }

  #entriesOf(session: string): ReadonlyMap<WorkspacePath, Entry> {
    const own = this.#site.layout.sessionLayout(session)
    try {
      const record = openRecord(this.#site.port, own)
      record.close()
      return record.entries
    } catch (error) {
      if (tellsOfDamage(error)) return new Map()
      throw error
    }
  }
}

function hasBase(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.base !== null
}
