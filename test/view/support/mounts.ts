import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'

/** Whether this machine lets the user who runs the tests mount in a namespace of their own. */
export const canMount =
  spawnSync('unshare', ['--user', '--map-current-user', '--keep-caps', '--mount', 'true']).status === 0

/** Told in the names of tests that are not run. */
export const here = canMount ? 'here' : 'nowhere on this machine, which has no namespaces for its users'

/** Whether fuse-overlayfs is installed, and this user may use it. */
export const hasFuse =
  ['fuse-overlayfs', 'fusermount3'].every((name) => spawnSync(name, ['--version']).status === 0) &&
  mayOpen('/dev/fuse')

function mayOpen(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
