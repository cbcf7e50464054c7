import type { World } from '../clients/index.js'
import type { Io } from './io.js'

/** This machine, and the folder `project`, as the room of the clients is told of them. */
export function worldOf({ env, program }: Io, project: string): World {
  const home = env.HOME || env.USERPROFILE || null
  return { project, home, env, platform: process.platform, node: process.execPath, program }
}
