import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CowriteError } from '../lib/errors.js'
import type { Peer } from './connection.js'

/** How long a client may take to list its roots, in milliseconds. */
const rootsTimeout = 5_000

export interface FolderHints {
  /** The option's word. */
  workspace?: string | undefined
  environment: Readonly<Record<string, string | undefined>>
  workingFolder: string
  /** The nearest folder, from this one upwards, that is a workspace. */
  nearest(folder: string): string | null
  log(line: string): void
}

/** Chooses the workspace folder: the option, the client's word for the project, its roots, the workspace around the working folder. */
export async function findFolder(peer: Peer, hints: FolderHints): Promise<string> {
  const { environment, workingFolder } = hints
  const stated = hints.workspace || environment.COWRITE_WORKSPACE
  if (stated) return resolve(workingFolder, stated)
  const told = environment.CLAUDE_PROJECT_DIR
  if (told) {
    // The chat may have been started in a part of a book: its hooks work in the workspace around that, and so does this.
    const project = resolve(workingFolder, told)
    return hints.nearest(project) ?? project
  }
  return (await firstRoot(peer, hints)) ?? likelyFolder(hints)
}

async function firstRoot(peer: Peer, hints: FolderHints): Promise<string | undefined> {
  if (!peer.canListRoots()) return undefined
  try {
    const roots = await peer.listRoots(rootsTimeout)
    const root = roots.find((uri) => uri.startsWith('file://'))
    return root === undefined ? undefined : fileURLToPath(root)
  } catch (error) {
    hints.log(`the client's roots are not to be had: ${(error as Error).message}`)
    return undefined
  }
}

/** Some clients start their servers in the plugin's folder or at the root of the disk: no one's work lies there. */
function likelyFolder({ environment, workingFolder, nearest }: FolderHints): string {
  const plugin = environment.CLAUDE_PLUGIN_ROOT
  const isPlugin = plugin !== undefined && resolve(plugin) === resolve(workingFolder)
  if (!isPlugin) {
    const workspace = nearest(workingFolder)
    if (workspace !== null) return workspace
    if (dirname(workingFolder) !== workingFolder) return workingFolder
  }
  throw new CowriteError(
    'WORKSPACE_UNAVAILABLE',
    `The client did not say which folder is worked on: start the server with \`cowrite mcp --workspace DIR\`, or set COWRITE_WORKSPACE`,
    {
      root: workingFolder,
      reason: isPlugin ? 'it is the folder of the plugin' : 'it is the root of the disk',
    },
  )
}
