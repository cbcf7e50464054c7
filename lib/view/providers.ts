/** Which ways there are to show a session as a folder, and which of them a view was made by. */
import { copy } from './copied.js'
import { kernelOverlay } from './kernel-overlay.js'
import type { StandingProvider, ViewProvider } from './provider.js'
import type { StandingName, ViewNote } from './view-folder.js'

/** By preference: what costs nothing first. */
export const standingProviders: readonly StandingProvider[] = [copy]

export function standingProvider(name: StandingName): StandingProvider {
  const found = standingProviders.find((provider) => provider.name === name)
  if (found === undefined) throw new TypeError(`no such provider: ${name}`)
  return found
}

export function providerOf(note: ViewNote | null): ViewProvider {
  return note?.stands === undefined ? kernelOverlay : standingProvider(note.stands.provider)
}
