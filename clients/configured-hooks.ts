/** The hooks of ours that stand in the settings of clients; nothing is started by looking. */
import { clients, type Part } from './catalogue.js'
import { Draft, Obstructed } from './draft.js'
import { hooksIn, usualTimeout } from './hooks.js'
import { inShell } from './launch.js'
import { type ClientName, clientNames } from './names.js'
import { bridgeWordsIn } from './opencode-plugin.js'
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
    for (const part of clients[client].parts) {
      if (part.place.in === 'home' && world.home === null) continue
      try {
        const path = await pathOf(part.place, world)
        const file = shownPath(path, world)
        for (const hook of await hooksOf(part, path, draft, world)) {
          // A trial takes place in another folder than the client's.
          const command = hook.command.replaceAll('$CLAUDE_PROJECT_DIR', world.project)
          found.hooks.push({ client, file, ...hook, command })
        }
      } catch (error) {
        if (!(error instanceof Obstructed)) throw error
        found.unreadable.push(error.obstacle.message)
      }
    }
  }
  return found
}

type Found = Omit<ConfiguredHook, 'client' | 'file'>

/** Throws Obstructed. */
async function hooksOf(part: Part, path: string, draft: Draft, world: World): Promise<Found[]> {
  if (part.kind === 'hooks') return hooksIn(draft, path, part.bridge)
  if (part.kind !== 'file' || !('bridge' in part.from)) return []
  const words = bridgeWordsIn((await draft.read(path)) ?? '')
  if (words === null) return []
  const command = inShell(words, world.platform)
  return [{ event: 'tool.execute.before', matcher: null, command, timeout: usualTimeout * 1000 }]
}
