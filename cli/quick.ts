/** What `cowrite run` needs, in a script of its own: it is waited for before each command that goes through it. */
import type { Rooms } from './io.js'

export { runCommandLine } from './run.js'

export const rooms: Pick<Rooms, 'library' | 'failures'> = {
  library: () => import('../lib/index.js'),
  failures: () => import('../lib/operations/failure.js'),
}
