/** The hooks of ours that stand in the settings of clients; nothing is started by looking. */
import { type Client, clients, type Hooks } from './catalogue.js'
import { Draft, Obstructed } from './draft.js'
import { hooksIn } from './hooks.js'
import { type ClientName, clientNames } from './names.js'
import { pathOf, shownPath } from './place.js'
import type { World } from './world.js'

export interface ConfiguredHook {
  client: ClientName
  /** For people: from the workspace or from the person's folder. */
  file: string
  event: string
  /** For which tools; null for all, and for events that know none. */
  matcher: string | null
  /** A text for a shell. */
  command: string
  /** How long the client waits for it, in milliseconds. */
  timeout: number
}

export interface ConfiguredHooks {
  hooks: ConfiguredHook[]
  /** Why a file is left out, as a sentence. */
  unreadable: string[]
}

export async function configuredHooks(world: World): Promise<ConfiguredHooks> {
  const draft = new Draft()
  const found: ConfiguredHooks = { hooks: [], unreadable: [] }
  for (const client of clientNames) {
    for (const { place, bridge } of hookPartsOf(clients[client])) {
      if (place.in === 'home' && world.home === null) continue
      try {
        const path = await pathOf(place, world)
        const file = shownPath(path, world)
        for (const hook of await hooksIn(draft, path, bridge)) found.hooks.push({ client, file, ...hook })
      } catch (error) {
        if (!(error instanceof Obstructed)) throw error
        found.unreadable.push(error.obstacle.message)
      }
    }
  }
  return found
}

function hookPartsOf({ parts }: Client): Hooks[] {
  return parts.filter((part) => part.kind === 'hooks')
}
