import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { errnoOf } from '../lib/errors.js'

/**
 * The workspace path that a person means. A name that says where it starts (`./`, `../`, absolute) is taken from where
 * the person stands; every other one is a workspace path already, as status and preview print them.
 * What lies outside the workspace stays as it was typed, for the library to refuse.
 */
export async function workspacePathOf(given: string, root: string, cwd: string): Promise<string> {
  if (!isAbsolute(given) && !/^\.\.?([\\/]|$)/.test(given)) return given

  const target = resolve(cwd, given)
  for (let folder = target; ; folder = dirname(folder)) {
    if ((await realFolder(folder)) === root) return relative(folder, target).split(sep).join('/') || '.'
    if (folder === dirname(folder)) return given
  }
}

/** Null for what is not there: a file to be written, or a folder that only the session has. */
async function realFolder(folder: string): Promise<string | null> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
