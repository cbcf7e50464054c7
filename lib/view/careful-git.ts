/** Git, asked so that nothing of a repository's own is run, whoever set it up. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { environmentForGit, programFolder } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import { waysIn } from './kernel-overlay.js'

const careful = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=true',
  'log.showSignature=false',
  'gc.auto=0',
  // By this one a commit can be fetched that no reference names.
  'protocol.version=2',
]

/**
 * Git takes folders by their names, and in a view the real one has none: there it gets one, for as long as git runs, at
 * a place of the state folder where in a view nothing is to be seen.
 */
export function nameForGit({ root, viewUpper }: FilePort): string {
  return viewUpper === null ? root : `${root}/${viewUpper.split('/')[0]}/trash`
}

function wayForGit(port: FilePort): string[] {
  if (port.viewUpper === null) return []
  const script = 'mount -c --bind . "$1" && shift && exec "$@"'
  return ['unshare', ...(waysIn()[0] as string[]), 'sh', '-c', script, 'cowrite-git', nameForGit(port)]
}

export type Environment = Record<string, string>

/** In the repository at `path` of the workspace, or in that of the folder. Throws CANNOT_WRITE where git says no. */
export async function git(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  words: readonly string[],
  { env = {}, input = '' }: { env?: Environment; input?: string } = {},
): Promise<string> {
  const settings = careful.flatMap((setting) => ['-c', setting])
  const place = folder ?? `${nameForGit(port)}/${path}`
  const command = ['git', ...settings, `--git-dir=${place}`, ...words]
  const [program, ...further] = [...wayForGit(port), ...command] as [string, ...string[]]
  try {
    const running = promisify(execFile)(program, further, {
      cwd: port.viewUpper === null ? programFolder() : port.entrance,
      env: { ...environmentForGit(), GIT_ALLOW_PROTOCOL: 'file', ...env },
      maxBuffer: 64 * 1024 * 1024,
    })
    // One that ends before it has read all tells why by its status.
    running.child.stdin?.on('error', () => {}).end(input)
    const { stdout } = await running
    return stdout
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || String((error as Error).message)
    throw new CowriteError(
      'CANNOT_WRITE',
      `What was committed in the session's repository could not be fetched into ${path}: ${said}`,
      { path, reason: said },
      { cause: error },
    )
  }
}
