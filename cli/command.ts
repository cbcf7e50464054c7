/** All that a command needs, as the build puts it into one file that is compiled beforehand. */
import type { Rooms } from './io.js'

export { runCommandLine } from './run.js'
export { currentFolder } from './standing.js'

export const rooms: Omit<Rooms, 'server'> = {
  operations: () => import('../lib/operations/index.js'),
  failures: () => import('../lib/operations/failure.js'),
  library: () => import('../lib/index.js'),
}
