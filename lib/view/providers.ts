/** Which ways there are to show a session as a folder that stands. */
import { copy } from './copied.js'
import { fuseOverlay } from './fuse-overlay.js'
import type { StandingProvider } from './provider.js'
import type { StandingName } from './view-folder.js'

/** By preference: what costs nothing first. */
export const standingProviders: readonly StandingProvider[] = [fuseOverlay, copy]

export function standingProvider(name: StandingName): StandingProvider {
  const found = standingProviders.find((provider) => provider.name === name)
  if (found === undefined) throw new TypeError(`no such provider: ${name}`)
  return found
}
