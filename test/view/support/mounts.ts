import { spawnSync } from 'node:child_process'

/** Whether this machine lets the user who runs the tests mount in a namespace of their own. */
export const canMount =
  spawnSync('unshare', ['--user', '--map-current-user', '--keep-caps', '--mount', 'true']).status === 0

/** Told in the names of tests that are not run. */
export const here = canMount ? 'here' : 'nowhere on this machine, which has no namespaces for its users'
