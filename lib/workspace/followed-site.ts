/** What an open workspace works with, and its config, which somebody may write into at any time. */
import type { FilePort } from '../port/port.js'
import { defaultConfig, loadConfig } from '../store/config.js'
import { identityOf } from '../store/fingerprint.js'
import { makeGuard } from '../store/guard.js'
import { layoutOf, type StateFolderName } from '../store/layout.js'
import { PathIndex } from '../store/path-index.js'
import type { Site } from '../verbs/site.js'

export class FollowedSite {
  readonly site: Site
  #configIdentity: string | null

  /** Throws WORKSPACE_UNAVAILABLE for a newer format, CORRUPT or INVALID_INPUT for what the config cannot mean. */
  constructor(port: FilePort, state: StateFolderName, about: { agentId?: string; holder?: string }) {
    const layout = layoutOf(state)
    const written = port.stat(layout.config)
    this.#configIdentity = written && identityOf(written)
    const config = written ? loadConfig(port, layout) : defaultConfig()
    this.site = {
      port,
      layout,
      config,
      guard: makeGuard(port, layout, config),
      index: new PathIndex(port, layout),
      agentId: about.agentId ?? 'default',
      holderKind: about.holder ?? 'library',
    }
  }

  /** What was written into the config counts from the next call on, also in sessions that are open. */
  follow(): Site {
    const { site } = this
    const { port, layout } = site
    const written = port.stat(layout.config)
    const identity = written && identityOf(written)
    if (identity === null || identity === this.#configIdentity) return site
    site.config = loadConfig(port, layout)
    Object.assign(site.guard, makeGuard(port, layout, site.config))
    this.#configIdentity = identity
    return site
  }
}
