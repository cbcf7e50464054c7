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
  const source = sourceOf({ port, name }, from, path)
  const { theirs, ours, news } = await newsOf(port, source, path)
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

/**
 * How many commits the branches and tags of such a repository have that the workspace's have not. `isPart`: it lacks the
 * objects that the workspace's has. Throws CANNOT_WRITE where git says no.
 */
export async function countCommits(
  { port, name }: Pick<SessionStore, 'port' | 'name'>,
  from: string,
  path: WorkspacePath,
  { isPart }: { isPart: boolean },
): Promise<number> {
  const source = sourceOf({ port, name }, from, path)
  const env = isPart
    ? {
        GIT_OBJECT_DIRECTORY: `${nameForGit(port)}/${path}/objects`,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(`${source}/objects`),
      }
    : {}
  const { ours, news } = await newsOf(port, source, path, env)
  if (news.length === 0) return 0
  const asked = [...news.map(([, commit]) => commit), ...[...ours.values()].map((commit) => `^${commit}`)]
  const words = ['rev-list', '--count', '--ignore-missing', '--stdin']
  return Number(await git(port, source, path, words, { env, input: `${asked.join('\n')}\n` }))
}

/** In a view around this process it has the workspace's own name. */
function sourceOf(
  { port, name }: Pick<SessionStore, 'port' | 'name'>,
  from: string,
  path: WorkspacePath,
): string {
  return sessionAround(port) === name ? `${port.root}/${path}` : from
}

/** What the repository at `source` has otherwise than the workspace's. */
async function newsOf(
  port: FilePort,
  source: string,
  path: WorkspacePath,
  env: Environment = {},
): Promise<{ theirs: References; ours: References; news: [reference: string, commit: string][] }> {
  const [theirs, ours] = [await referencesOf(port, source, path, env), await referencesOf(port, null, path)]
  return { theirs, ours, news: [...theirs].filter(([reference, commit]) => ours.get(reference) !== commit) }
}

/** After a commit that did not come to an end. */
export async function takeBack(port: FilePort, fetched: readonly Fetched[]): Promise<void> {
  for (const { repository, reference } of fetched) {
    await git(port, null, repository, ['update-ref', '-d', reference])
  }
}

/** As git takes a path in a list of them. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`
}

async function referencesOf(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  env: Environment = {},
): Promise<References> {
  const words = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags']
  const lines = (await git(port, folder, path, words, { env })).split('\n')
  const found: References = new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ', 1)[0] as string]),
  )
  const head = (
    await git(port, folder, path, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'], { env }).catch(
      () => '',
    )
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

type Environment = Record<string, string>

/** In the repository at `path` of the workspace, or in that of the folder. */
async function git(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  words: string[],
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
