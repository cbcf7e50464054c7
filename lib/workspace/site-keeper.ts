import type { FilePort } from '../port/port.js'
import { createStateFolder, findStateFolder, loadConfig, markerlessStateFolder } from '../store/config.js'
import { defaultConfig } from '../store/config-schema.js'
import { identityOf } from '../store/fingerprint.js'
import { makeGuard } from '../store/guard.js'
import { LaterSyncs } from '../store/later-syncs.js'
import { layoutOf, type StateFolderName } from '../store/layout.js'
import { closeLocks } from '../store/locks.js'
import { PathIndex } from '../store/path-index.js'
import { noActiveSession } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { FoldersApi } from '../workspace-api.js'
import { surroundingsOf, workspaceAbove } from './find-workspace.js'

export interface SiteOptions {
  stateFolder?: StateFolderName
  agentId?: string
  client?: string
  holder?: string
  /** Where it is given, nothing is known of the folders around. */
  fs?: unknown
}

/** Finds the state folder as soon as there is one, and follows its config. */
export class SiteKeeper implements FoldersApi {
  readonly #port: FilePort
  readonly #options: SiteOptions
  readonly #laterSyncs = new LaterSyncs()
  #site: Site | null = null
  #configIdentity: string | null = null

  constructor(port: FilePort, options: SiteOptions) {
    this.#port = port
    this.#options = options
  }

  /** What was found so far, without another look. */
  get present(): Site | null {
    return this.#site
  }

  /** What it would be where nothing was started yet. */
  get stateFolder(): StateFolderName {
    if (this.#site !== null) return this.#site.layout.state
    const there = markerlessStateFolder(this.#port) ?? findStateFolder(this.#port)
    return there ?? this.#options.stateFolder ?? 'workspace'
  }

  get within(): FoldersApi['within'] {
    return this.#options.fs === undefined ? surroundingsOf(this.#port.root) : null
  }

  get missing(): FoldersApi['missing'] {
    if (this.orNull() !== null) return null
    const folder = this.#port.root
    return { folder, above: this.#options.fs === undefined ? workspaceAbove(folder) : null }
  }

  orNull(): Site | null {
    if (this.#site !== null) {
      this.followConfig()
      return this.#site
    }
    const state = findStateFolder(this.#port)
    if (state === null) return null
    this.#site = this.#make(state)
    return this.#site
  }

  /** Makes the state folder, if it is not there. */
  forWriting(): Site {
    const there = this.orNull()
    if (there !== null) return there
    const state = this.#options.stateFolder ?? 'workspace'
    createStateFolder(this.#port, state)
    this.#site = this.#make(state)
    return this.#site
  }

  /** Throws NO_ACTIVE_SESSION where nothing was started yet. */
  require(): Site {
    const site = this.orNull()
    if (site === null) throw noActiveSession(undefined, this.missing)
    return site
  }

  /** What somebody writes into the config counts from the next call on, also in sessions that are open. */
  followConfig(): void {
    const site = this.#site
    if (site === null) return
    const written = this.#port.stat(site.layout.config)
    const identity = written && identityOf(written)
    if (identity === null || identity === this.#configIdentity) return
    site.config = loadConfig(this.#port, site.layout)
    Object.assign(site.guard, makeGuard(this.#port, site.layout, site.config))
    this.#configIdentity = identity
  }

  /** Throws where the disk failed in what was answered for already. */
  async close(): Promise<void> {
    this.#site?.index.close()
    this.#site = null
    closeLocks(this.#port)
    await this.#laterSyncs.settle()
  }

  #make(state: StateFolderName): Site {
    const layout = layoutOf(state)
    const written = this.#port.stat(layout.config)
    this.#configIdentity = written && identityOf(written)
    const config = written ? loadConfig(this.#port, layout) : defaultConfig()
    return {
      port: this.#port,
      layout,
      config,
      guard: makeGuard(this.#port, layout, config),
      index: new PathIndex(this.#port, layout),
      laterSyncs: this.#laterSyncs,
      agentId: this.#options.agentId ?? 'default',
      client: this.#options.client ?? 'library',
      holderKind: this.#options.holder ?? 'library',
    }
  }
}
