import * as z from 'zod'
import type { WorkspaceEvent } from '../lib/api.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'
import type { Call, Method, Peer } from './connection.js'
import { readParams } from './params.js'
import { parseResourceUri, type ResourceName } from './resource-uri.js'
import { noSuchResource } from './resources.js'

/** Events that come within this time go out as one round of news, in milliseconds. */
const gathering = 100

const uriParams = z.object({ uri: z.string() })

/** Tells the client what changed, once a call has opened the workspace and there is a session in it. */
export class Subscriptions {
  readonly #peer: Peer
  readonly #log: (line: string) => void
  readonly #subscribed = new Map<string, ResourceName>()
  #workspace: WorkspaceApi | undefined
  #watch: { files: boolean; close(): Promise<void> } | undefined
  #starting: Promise<void> | undefined
  /** How often somebody asked for the watch. */
  #asked = 0
  #closed = false
  #events: WorkspaceEvent[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(peer: Peer, log: (line: string) => void) {
    this.#peer = peer
    this.#log = log
  }

  methods(workspaceOf: (call: Call) => Promise<WorkspaceApi>): Record<string, Method> {
    return {
      'resources/subscribe': async (params, call) => {
        const { uri } = readParams(uriParams, params)
        const name = parseResourceUri(uri)
        if (!name) throw noSuchResource(uri)
        await workspaceOf(call)
        this.#subscribed.set(uri, name)
        await this.#start().catch((error: unknown) => {
          this.#subscribed.delete(uri)
          throw error
        })
        return {}
      },
      'resources/unsubscribe': async (params) => {
        this.#subscribed.delete(readParams(uriParams, params).uri)
        return {}
      },
    }
  }

  /** The handle that is watched through. */
  attend(workspace: WorkspaceApi): void {
    this.#workspace = workspace
  }

  /** Watches in the background, if there is something to watch by now: no call need wait for it. */
  startSoon(): void {
    this.#start().catch((error: Error) => this.#log(`changes cannot be watched: ${error.message}`))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#starting?.catch(() => {}) // Whoever asked for it was told.
    await this.#watch?.close()
  }

  async #start(): Promise<void> {
    if (this.#closed || this.#watches() || !this.#workspace) return
    this.#asked++
    this.#starting ??= this.#startOnceInUse(this.#workspace).finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  /** To watch is to set the workspace up, which is not ours to do for somebody who only looks. */
  async #startOnceInUse(workspace: WorkspaceApi): Promise<void> {
    let asked: number
    do {
      asked = this.#asked
      const { count } = await workspace.list()
      if (count > 0) await this.#watchThrough(workspace)
      // A session may have come while we looked: whoever made it has asked since. So may a subscription.
    } while (!this.#watches() && asked !== this.#asked)
  }

  /** Whether all that somebody wants to hear of is watched. To follow each file costs at each write. */
  #watches(): boolean {
    return this.#watch !== undefined && (this.#watch.files || this.#subscribed.size === 0)
  }

  async #watchThrough(workspace: WorkspaceApi): Promise<void> {
    const files = this.#subscribed.size > 0
    const before = this.#watch
    const { close } = await workspace.watch((event) => this.#gather(event), { files })
    this.#watch = { files, close }
    await before?.close()
  }

  #gather(event: WorkspaceEvent): void {
    if (this.#closed) return
    this.#events.push(event)
    this.#timer ??= setTimeout(() => this.#tell(), gathering).unref()
  }

  #tell(): void {
    const events = this.#events
    this.#events = []
    this.#timer = undefined
    const news = [...this.#subscribed]
      .filter(([, name]) => events.some((event) => concerns(event, name)))
      .map(([uri]) => this.#peer.notify('notifications/resources/updated', { uri }))
    if (events.some((event) => event.type === 'sessions-changed')) {
      news.push(this.#peer.notify('notifications/resources/list_changed'))
    }
    Promise.all(news).catch((error: Error) => this.#log(`news did not reach the client: ${error.message}`))
  }
}

/** Whether an event can change what a resource shows. */
export function concerns(event: WorkspaceEvent, name: ResourceName): boolean {
  if (event.type === 'watching-failed') return false
  if (event.type === 'sessions-changed') return true
  if (event.type === 'active-changed') return name.kind === 'sessions' || name.kind === 'session'
  if (name.kind === 'sessions') return event.type === 'session-changed'
  if (name.session.toLowerCase() !== event.session.toLowerCase()) return false
  return name.kind !== 'file' || event.path === name.path || name.path.startsWith(`${event.path}/`)
}
