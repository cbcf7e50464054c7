import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { cannotBeRead } from './damage.js'
import { openLayers } from './layers.js'
import type { Layout } from './layout.js'
import type { Layer } from './overlay.js'
import { openRecord } from './seal.js'

/** How many records are kept open. */
const mostOpen = 16

/**
 * What other sessions hold, as their records tell. A record is read once, and from then on only what came since:
 * where two sessions change the same thousand files, each asks the other a thousand times.
 */
export class OtherSessions {
  readonly #port: FilePort
  readonly #layout: Layout
  readonly #open = new Map<string, [own: Layer, ...frozen: Layer[]]>()

  constructor(port: FilePort, layout: Layout) {
    this.#port = port
    this.#layout = layout
  }

  /** Whether another session really holds a path that the index names for it. */
  holds(session: string, path: WorkspacePath): boolean {
    return this.#layersOrNone(session).some(({ record }) => record.entries.has(path))
  }

  /**
   * Of what the index names, what the sessions really hold: each is asked once how it stands, and then tells of all
   * its paths. Paths that no other session holds are left out.
   */
  confirm(named: ReadonlyMap<WorkspacePath, readonly string[]>): Map<WorkspacePath, string[]> {
    const layers = new Map<string, readonly Layer[]>()
    const holds = (session: string, path: WorkspacePath): boolean => {
      let own = layers.get(session)
      if (own === undefined) {
        own = this.#layersOrNone(session)
        layers.set(session, own)
      }
      return own.some(({ record }) => record.entries.has(path))
    }
    const confirmed = new Map<WorkspacePath, string[]>()
    for (const [path, sessions] of named) {
      const holding = sessions.filter((session) => holds(session, path))
      if (holding.length > 0) confirmed.set(path, holding)
    }
    return confirmed
  }

  close(): void {
    for (const session of [...this.#open.keys()]) this.#forget(session)
  }

  /** None of a session that cannot be read. */
  #layersOrNone(session: string): readonly Layer[] {
    try {
      return this.#layersOf(session)
    } catch (error) {
      this.#forget(session)
      if (cannotBeRead(error)) return []
      throw error
    }
  }

  #layersOf(session: string): readonly Layer[] {
    const known = this.#open.get(session)
    if (known?.[0].record.isLive()) {
      known[0].record.refresh()
      // What it reads through may have changed with it.
      if (known.length === known[0].record.header.layers.length + 1) return known
    }
    this.#forget(session)
    const own = this.#layout.sessionLayout(session)
    const record = openRecord(this.#port, own)
    try {
      const layers = openLayers(this.#port, own, record) as [Layer, ...Layer[]]
      if (this.#open.size === mostOpen) this.#forget(this.#open.keys().next().value as string)
      this.#open.set(session, layers)
      return layers
    } catch (error) {
      record.close()
      throw error
    }
  }

  #forget(session: string): void {
    this.#open.get(session)?.[0].record.close()
    this.#open.delete(session)
  }
}
