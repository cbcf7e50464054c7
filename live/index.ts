/** Trying what is set up: that a client's server answers, that its hooks run, that a view can be had. */
import type { ConfiguredHook, ConfiguredServer } from '../clients/index.js'
import type { RunObstacles } from '../lib/run-api.js'
import type { Limits } from '../mcp-client/index.js'
import type { Check } from './check.js'
import { checkHook } from './hooks.js'
import { checkServer, type Examine } from './servers.js'
import { type OpenWorkspace, withTrial } from './trial.js'
import { checkView } from './view.js'

export type { Check } from './check.js'
export { textOf } from './text.js'

export interface SetUp {
  servers: readonly ConfiguredServer[]
  hooks: readonly ConfiguredHook[]
}

export interface Means {
  examine: Examine
  limits: Limits
  openWorkspace: OpenWorkspace
  env: Record<string, string | undefined>
  platform: NodeJS.Platform
  /** What the workspace itself has in the way of views, where no trial tells. */
  obstacles: RunObstacles
}

/** One after the other, so that none is slowed by another; hooks and view in a workspace that is made for it. */
export async function tryAll({ servers, hooks }: SetUp, means: Means): Promise<Check[]> {
  const { examine, limits, openWorkspace, env, platform, obstacles } = means
  const checks: Check[] = []
  for (const server of servers) checks.push(await checkServer(server, examine, limits))
  await withTrial(openWorkspace, async (trial) => {
    for (const hook of hooks) {
      limits.signal.throwIfAborted()
      checks.push(await checkHook(hook, trial, env))
    }
    checks.push(await checkView(trial, platform, obstacles))
  })
  return checks
}
