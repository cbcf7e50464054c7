/** Which clients are on this machine. */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { clients } from './catalogue.js'
import { programOnPath } from './launch.js'
import { type ClientName, clientNames } from './names.js'
import type { World } from './world.js'

export interface FoundClient {
  client: ClientName
  title: string
  /** What gave it away: a program or a folder, as a path. */
  by: string
}

export async function findClients(world: World): Promise<FoundClient[]> {
  const looked = await Promise.all(clientNames.map((client) => traceOf(client, world)))
  return looked.flatMap((by, at) => {
    const client = clientNames[at] as ClientName
    return by === null ? [] : [{ client, title: clients[client].title, by }]
  })
}

async function traceOf(client: ClientName, world: World): Promise<string | null> {
  const { programs, folders } = clients[client]
  for (const name of programs) {
    const found = await programOnPath(name, world)
    if (found !== null) return found
  }
  for (const folder of world.home === null ? [] : folders) {
    const path = join(world.home as string, folder)
    if (await isThere(path)) return path
  }
  return null
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
