/** Bringing what was committed in a session's own repository into the workspace's: git fetches it, nothing is copied. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { environmentForGit, programFolder } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { SessionStore } from '../store/overlay.js'
import { waysIn } from './kernel-overlay.js'
import { sessionAround } from './view-folder.js'

/** A reference that the workspace's repository got, to be taken back where the session stays as it is. */
export interface Fetched {
  repository: WorkspacePath
  reference: string
}

type References = Map<string, string>

/**
 * Fetches the branches and tags that the session's repository of `path` (a `.git`), which lies at `from`, has and the
 * workspace's has not, or has otherwise, into `refs/cowrite/<session>/`. Neither hooks nor config come along, and nothing of the session's runs.
 */
export async function fetchRepository(
  { port, name }: Pick<SessionStore, 'port' | 'name'>,
  from: string,
  path: WorkspacePath,
): Promise<Fetched[]> {
  const isAround = sessionAround(port) === name
  const source = isAround ? `${port.root}/${path}` : from
  const [theirs, ours] = [await referencesOf(port, source, path), await referencesOf(port, null, path)]
  const news = [...theirs].filter(([reference, commit]) => ours.get(reference) !== commit)
  const known = new Set([
    ...ours.values(),
    ...news.filter(([reference]) => reference !== 'HEAD').map(([, commit]) => commit),
  ])
  const wanted = news
    .map(([reference]) => reference)
    .filter((reference) => reference !== 'HEAD' || !known.has(theirs.get('HEAD') as string))
  if (wanted.length === 0) return []
  const own = (reference: string): string => `refs/cowrite/${name}/${reference.replace(/^refs\//, '')}`
  const options = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
  ]
  const refspecs = wanted.map((reference) => `+${reference}:${own(reference)}`)
  await git(port, null, path, ['fetch', ...options, '--', source, ...refspecs])
  return wanted.map((reference) => ({ repository: path, reference: own(reference) }))
}

/** After a commit that did not come to an end. */
export async function takeBack(port: FilePort, fetched: readonly Fetched[]): Promise<void> {
  for (const { repository, reference } of fetched) {
    await git(port, null, repository, ['update-ref', '-d', reference])
  }
}

async function referencesOf(port: FilePort, folder: string | null, path: WorkspacePath): Promise<References> {
  const format = '--format=%(objectname) %(refname)'
  const lines = (await git(port, folder, path, ['for-each-ref', format, 'refs/heads', 'refs/tags'])).split(
    '\n',
  )
  const found: References = new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ', 1)[0] as string]),
  )
  const head = (
    await git(port, folder, path, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}']).catch(() => '')
  ).trim()
  if (head !== '') found.set('HEAD', head)
  return found
}

/** Whoever set the repository up, nothing that it names is run. */
const careful = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=true',
  'gc.auto=0',
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

/** In the repository at `path` of the workspace, or in that of the folder. */
async function git(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  words: string[],
): Promise<string> {
  const settings = careful.flatMap((setting) => ['-c', setting])
  const place = folder ?? `${nameForGit(port)}/${path}`
  const command = ['git', ...settings, `--git-dir=${place}`, ...words]
  const [program, ...further] = [...wayForGit(port), ...command] as [string, ...string[]]
  try {
    const { stdout } = await promisify(execFile)(program, further, {
      cwd: port.viewUpper === null ? programFolder() : port.entrance,
      env: { ...environmentForGit(), GIT_ALLOW_PROTOCOL: 'file' },
      maxBuffer: 64 * 1024 * 1024,
    })
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
