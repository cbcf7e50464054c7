/** cowrite as it is measured: the built package. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../scripts/freshness.mjs'

export const program = join(root, 'dist', 'cli', 'main.js')

/** @type {typeof import('../../lib/index.js')} */
const cowrite = await import(pathToFileURL(join(root, 'dist', 'lib', 'index.js')).href)

/**
 * A workspace handle and a new session in it.
 *
 * @param {string} folder
 * @param {string} name
 */
export async function openSession(folder, name) {
  const workspace = await cowrite.openWorkspace(folder)
  const session = /** @type {import('../../lib/index.js').Session} */ (await workspace.start(name))
  return { workspace, session }
}

export const { openWorkspace } = cowrite
