import type { FSWatcher } from 'chokidar'
import type { WorkspaceEvent } from '../api.js'
import { isCowriteError } from '../errors.js'
import { tellsOfDamage } from '../store/damage.js'
import { workspacePathOfUpper } from '../store/layout.js'
import { SessionRecord } from '../store/record.js'
import { isSealed } from '../store/seal.js'
import { readSessionLock } from '../store/session-lock.js'
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
): Promise<Watching> {
  const { watch } = await import('chokidar')
  const { port, layout } = site
  const sessions = port.absolute(layout.sessions)
  const ours = watch([sessions, port.absolute(layout.sessionLock)], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => isInternal(path, sessions),
  })
  const lower = watch([], { ignoreInitial: true, followSymlinks: false })
  const drift = new DriftWatch(site, lower, listener)
  const told = { active: activeOf(site) }

  ours.on('all', (event, path) => {
    if (path === port.absolute(layout.sessionLock)) return tellActive(site, told, listener)
    const relative = path.slice(sessions.length + 1).replaceAll('\\', '/')
    const [session, ...rest] = relative.split('/')
    if (session === undefined || session === '' || session.startsWith('.')) return
    if (rest.length === 0) {
      if (event === 'addDir' || event === 'unlinkDir') listener({ type: 'sessions-changed' })
      return drift.refreshSoon(session)
    }
    const changed = workspacePathOfUpper(rest.join('/'))
    if (changed === null || rest.some((segment) => segment.endsWith('.tmp')))
      return drift.refreshSoon(session)
    listener({ type: 'session-changed', session, path: changed })
    drift.refreshSoon(session)
  })
  for (const watcher of [ours, lower]) watcher.on('error', () => undefined)
  await new Promise<void>((resolve) => ours.once('ready', () => resolve()))
  for (const { name, kind } of port.list(layout.sessions)) if (kind === 'folder') drift.refresh(name)
  return {
    async close() {
      drift.close()
      await Promise.all([ours.close(), lower.close()])
    },
  }
}

/** The record, bases, temporary files: session.json tells when they matter. */
function isInternal(path: string, sessions: string): boolean {
  const inSessions = path.slice(sessions.length + 1).replaceAll('\\', '/')
  const [session, first] = inSessions.split('/')
  return first === '.cowrite' || (session?.startsWith('.new-') ?? false)
}

function activeOf(site: Site): string | null {
  try {
    return readSessionLock(site.port, site.layout).active
  } catch (error) {
    if (isCowriteError(error)) return null
    throw error
  }
}

function tellActive(
  site: Site,
  told: { active: string | null },
  listener: (event: WorkspaceEvent) => void,
): void {
  const active = activeOf(site)
  if (active === told.active) return
  told.active = active
  listener({ type: 'active-changed', active })
}

/** In milliseconds. */
const settleTime = 50

/** Watches the live files that sessions changed, each once. */
class DriftWatch {
  readonly #site: Site
  readonly #watcher: FSWatcher
  readonly #sessionsOf = new Map<string, Set<string>>()
  readonly #waiting = new Map<string, NodeJS.Timeout>()

  constructor(site: Site, watcher: FSWatcher, listener: (event: WorkspaceEvent) => void) {
    this.#site = site
    this.#watcher = watcher
    watcher.on('all', (_event, absolute) => {
      for (const [path, sessions] of this.#sessionsOf) {
        if (site.port.absolute(path) !== absolute) continue
        for (const session of sessions) listener({ type: 'drift', session, path })
      }
    })
  }

  /** A session's record is read once for a whole run of writes, not once for each. */
  refreshSoon(session: string): void {
    if (this.#waiting.has(session)) return
    this.#waiting.set(
      session,
      setTimeout(() => {
        this.#waiting.delete(session)
        this.refresh(session)
      }, settleTime),
    )
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }

  refresh(session: string): void {
    const paths = this.#changedPaths(session)
    for (const [path, sessions] of this.#sessionsOf) {
      if (!paths.has(path) && sessions.delete(session) && sessions.size === 0) {
        this.#sessionsOf.delete(path)
        this.#watcher.unwatch(this.#site.port.absolute(path))
      }
    }
    for (const path of paths) {
      const sessions = this.#sessionsOf.get(path)
      if (sessions) sessions.add(session)
      else {
        this.#sessionsOf.set(path, new Set([session]))
        this.#watcher.add(this.#site.port.absolute(path))
      }
    }
  }

  #changedPaths(session: string): Set<string> {
    const own = this.#site.layout.sessionLayout(session)
    try {
      const record = SessionRecord.open(this.#site.port, own, { sealed: isSealed(this.#site.port, own) })
      const paths = new Set(
        [...record.entries.values()].filter(({ base }) => base !== null).map(({ path }) => path),
      )
      record.close()
      return paths
    } catch (error) {
      if (tellsOfDamage(error)) return new Set()
      throw error
    }
  }
}
