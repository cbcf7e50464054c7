/** The MCP servers that the settings of clients name, read as each client reads them; nothing is started by that. */
import { parse as parseJsonc } from 'jsonc-parser'
import { clients, type ServerList, thisFolder } from './catalogue.js'
import { Draft, Obstructed } from './draft.js'
import { type Launch, launchOf } from './entry.js'
import { parseObject, Unreadable } from './jsonc-text.js'
import { bodyOf } from './marks.js'
import { type ClientName, clientNames } from './names.js'
import { pathOf, shownPath } from './place.js'
import { parseToml } from './toml-block.js'
import type { World } from './world.js'

export interface ConfiguredServer {
  name: string
  client: ClientName
  /** For people: from the workspace or from the person's folder. */
  file: string
  /** The keys that lead to it in the file: `mcpServers.github`. */
  at: string
  /** Whether the client uses it. */
  enabled: boolean
  launch: Launch
}

export interface ConfiguredServers {
  /** Of one name, the first counts: what the workspace's own files say goes before the person's. */
  servers: ConfiguredServer[]
  /** Why a file is left out, as a sentence. */
  unreadable: string[]
}

export async function configuredServers(
  world: World,
  only: readonly ClientName[] = clientNames,
): Promise<ConfiguredServers> {
  const draft = new Draft()
  const found: ConfiguredServers = { servers: [], unreadable: [] }
  const seen = new Set<string>()
  const lists = only.flatMap((client) => clients[client].servers.map((list) => ({ client, list })))
  const nearestFirst = lists.toSorted((a, b) => distanceOf(a.list) - distanceOf(b.list))
  for (const { client, list } of nearestFirst) {
    if (list.place.in === 'home' && world.home === null) continue
    try {
      const path = await pathOf(list.place, world)
      const at = list.at.map((key) => (key === thisFolder ? world.project : key))
      // In one's own folder, the file of the workspace is that of the person.
      if (seen.has([path, ...at].join('\n'))) continue
      seen.add([path, ...at].join('\n'))
      const file = shownPath(path, world)
      const entries = entriesAt(file, await draft.read(path), at, list.format)
      for (const [name, entry] of entries) {
        const { enabled, launch } = await launchOf(entry, clients[client].variables, world)
        found.servers.push({
          name,
          client,
          file,
          at: [...list.at.filter(isText), name].join('.'),
          enabled,
          launch,
        })
      }
    } catch (error) {
      const why = whyNot(error)
      if (!found.unreadable.includes(why)) found.unreadable.push(why)
    }
  }
  return found
}

function distanceOf({ place, at }: ServerList): number {
  return place.in === 'project' || at.includes(thisFolder) ? 0 : 1
}

function isText(key: string | typeof thisFolder): key is string {
  return typeof key === 'string'
}

/** Throws Unreadable. */
function entriesAt(
  file: string,
  text: string | null,
  at: readonly string[],
  format: ServerList['format'],
): [string, unknown][] {
  if (text === null) return []
  try {
    let value: unknown = format === 'toml' ? parseToml(bodyOf(text)) : parseJson(bodyOf(text))
    for (const key of at) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
    return isObject(value) ? Object.entries(value) : []
  } catch (error) {
    if (error instanceof Unreadable) throw new Unreadable(`${file} cannot be read: ${error.message}`)
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // With comments, or no JSON at all.
    return parseObject(text) === null ? {} : parseJsonc(text, [], { allowTrailingComma: true })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function whyNot(error: unknown): string {
  if (error instanceof Unreadable) return error.message
  if (error instanceof Obstructed) return error.obstacle.message
  throw error
}
