/** The sessions that a workspace's handle has open: one of each name, opened when it is first asked for. */
import type { Opening } from '../api.js'
import { Session } from '../session.js'
import type { SessionStore } from '../store/overlay.js'
import { type Caller, currentOrNull } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import { openDespiteLeftover } from '../view/leftover.js'
import { doingOf, type OperationLog } from './operation-log.js'
import type { Life } from './session-work.js'
import type { SiteKeeper } from './site-keeper.js'

export class OpenSessions {
  readonly #site: SiteKeeper
  readonly #caller: Caller
  readonly #log: OperationLog
  readonly #sessions = new Map<string, Session>()

  constructor(site: SiteKeeper, caller: Caller, log: OperationLog) {
    this.#site = site
    this.#caller = caller
    this.#log = log
  }

  get isAny(): boolean {
    return this.#sessions.size > 0
  }

  /** The one that is open already, if it still takes writes. */
  usable(name: string): Session | null {
    const known = this.#sessions.get(name)
    return known?.isUsable() ? known : null
  }

  /** The one that is open already, or it is opened. */
  async open(site: Site, name: string): Promise<Session> {
    const known = this.usable(name)
    if (known !== null) return known
    this.#site.followConfig()
    await this.forget(name)
    const { store, recovered } = await this.openWithLeftover(site, name)
    const opening = { resumed: true, recovered, staleEnded: [], previousSession: null }
    return this.remember(site, store, opening)
  }

  /** The store of a session, with what was left in its view. */
  async openWithLeftover(site: Site, name: string): Promise<{ store: SessionStore; recovered: boolean }> {
    const { leftOut, ...opened } = await openDespiteLeftover(site, name)
    const sessionCreatedAt = opened.store.record.header.createdAt
    this.#log.leftOut({ ...doingOf('view', opened.store.name), sessionCreatedAt }, leftOut)
    return opened
  }

  remember(site: Site, store: SessionStore, opening: Opening): Session {
    const session = new Session(site, store, opening, this.#life())
    this.#sessions.set(session.name, session)
    return session
  }

  /** Closes it, if it is open: what is done next goes by what lies on disk. */
  async forget(name: string): Promise<void> {
    await this.#sessions.get(name)?.close()
    this.#sessions.delete(name)
  }

  /** Lets go of each: where one fails, the others close all the same. */
  closings(): Promise<void>[] {
    return [...this.#sessions.values()].map((session) => session.close())
  }

  #life(): Life {
    return {
      log: this.#log,
      isCurrent: async (name: string): Promise<boolean> => {
        const site = this.#site.orNull()
        return site !== null && (await currentOrNull(site, this.#caller)) === name
      },
      followConfig: (): void => this.#site.followConfig(),
      onClose: (name: string): void => {
        this.#sessions.delete(name)
      },
    }
  }
}
