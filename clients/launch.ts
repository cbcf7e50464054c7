/** How a client starts this program as its server. */
import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { World } from './world.js'

/**
 * The words that start `cowrite`:
 *
 * - `cowrite`, where that is on the PATH and is this very program: it starts at once, goes on after an upgrade, and
 *   holds for everybody who shares the folder's settings and has cowrite installed.
 * - `npx -y cowrite`, where npx runs it: what lies in npx's cache may be gone tomorrow.
 * - Node and this file, by their whole paths, everywhere else: it is the one program that is known to be there.
 */
export async function launcher(world: World): Promise<string[]> {
  const isWindows = world.platform === 'win32'
  if (isRunByNpx(world)) return isWindows ? ['cmd', '/c', 'npx', '-y', 'cowrite'] : ['npx', '-y', 'cowrite']
  // On Windows it is a script for a shell, which not every client uses.
  if (!isWindows && (await programOnPath('cowrite', world)) === world.program) return ['cowrite']
  return [world.node, world.program]
}

export function isRunByNpx({ program }: World): boolean {
  return /[\\/]_npx[\\/]/.test(program)
}

/**
 * The words that start the hook, or the bridge of a client to it; null where npx runs this: a hook whose file is gone
 * would keep the client from writing anything.
 */
export function hookWords(world: World, bridge?: string): string[] | null {
  if (isRunByNpx(world)) return null
  const dist = dirname(dirname(world.program))
  if (bridge === undefined) return [world.node, join(dist, 'hooks', 'main.js')]
  return [world.node, join(dist, 'bridges', 'main.js'), bridge]
}

/**
 * The same for a shell. Settings may go to others together with the folder, so that this machine's paths are the last
 * resort for those of Claude Code:
 *
 * - `cowrite-hook`, where that is on the PATH and is this very program's.
 * - a file of the folder's own, where cowrite is installed in it.
 * - Node and the file, by their whole paths, everywhere else.
 */
export async function hookCommand(world: World, bridge?: string): Promise<string | null> {
  const words = hookWords(world, bridge)
  const [, file = ''] = words ?? []
  if (words === null || bridge !== undefined) return words && inShell(words, world.platform)
  const isWindows = world.platform === 'win32'
  if (!isWindows && (await programOnPath('cowrite-hook', world)) === file) return 'cowrite-hook'
  const inside = relative(world.project, file)
  if (isAbsolute(inside) || inside.startsWith('..')) return inShell(words, world.platform)
  const path = inDoubleQuotes(inside.split(sep).join('/'), world.platform).slice(1)
  return `node "$CLAUDE_PROJECT_DIR/${path}`
}

export function inShell(words: readonly string[], platform: NodeJS.Platform): string {
  return words.map((word) => inDoubleQuotes(word, platform)).join(' ')
}

function inDoubleQuotes(word: string, platform: NodeJS.Platform): string {
  return `"${platform === 'win32' ? word : word.replace(/[\\$`"]/g, '\\$&')}"`
}

/** The file that is started by `name`, without links on the way; null where there is none. */
export async function programOnPath(name: string, { env, platform }: World): Promise<string | null> {
  const endings = platform === 'win32' ? ['.exe', '.cmd', '.ps1', ''] : ['']
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    if (folder === '') continue
    for (const ending of endings) {
      const file = join(folder, name + ending)
      if (await isRunnable(file)) return realpath(file)
    }
  }
  return null
}

async function isRunnable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
