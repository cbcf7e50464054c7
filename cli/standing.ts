/** The folder that one stands in, which may be gone by now. */
import { CowriteError, folderGone } from '../lib/errors.js'

/**
 * Throws WORKSPACE_UNAVAILABLE where that folder is gone: nothing can be found from there.
 */
export function currentFolder(env: NodeJS.ProcessEnv): string {
  try {
    return process.cwd()
  } catch (cause) {
    const root = env.PWD ?? '.'
    const message = `The folder that you stand in is gone (${root}): from there no workspace can be found.`
    throw new CowriteError('WORKSPACE_UNAVAILABLE', message, { root, reason: folderGone }, { cause })
  }
}
