/** The command line's rooms as they are. */
import type { Rooms } from '../../cli/io.js'

export const realRooms: Rooms = {
  operations: () => import('../../lib/operations/index.js'),
  failures: () => import('../../lib/operations/index.js'),
  library: () => import('../../lib/index.js'),
  server: () => import('../../mcp-server/main.js'),
}
