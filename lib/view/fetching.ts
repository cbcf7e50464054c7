/** Bringing what was committed in a session's own repository into the workspace's: git fetches it, nothing is copied. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CowriteError } from '../errors.js'
import type { WorkspacePath } from '../paths.js'
import { environmentForGit, programFolder } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { SessionStore } from '../store/overlay.js'

/** A reference that the workspace's repository got, to be taken back where the session stays as it is. */
export interface Fetched {
  repository: WorkspacePath
  reference: string
}

type References = Map<string, string>

/**
 * Fetches the branches and tags that the session's repository at `path` (a `.git`) has and the workspace's has not, or
 * has otherwise, into `refs/cowrite/<session>/`. Neither hooks nor config come along, and nothing of the session's runs.
 */
export async function fetchRepository(
  { port, name }: Pick<SessionStore, 'port' | 'name'>,
  merged: FilePort,
  path: WorkspacePath,
): Promise<Fetched[]> {
  const [source, target] = [`${merged.entrance}/${path}`, `${port.entrance}/${path}`]
  const [theirs, ours] = [await referencesOf(source, path), await referencesOf(target, path)]
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
  await git(target, path, ['fetch', ...options, '--', source, ...refspecs])
  return wanted.map((reference) => ({ repository: path, reference: own(reference) }))
}

/** After a commit that did not come to an end. */
export async function takeBack(port: FilePort, fetched: readonly Fetched[]): Promise<void> {
  for (const { repository, reference } of fetched) {
    await git(`${port.entrance}/${repository}`, repository, ['update-ref', '-d', reference])
  }
}

async function referencesOf(folder: string, path: WorkspacePath): Promise<References> {
  const format = '--format=%(objectname) %(refname)'
  const lines = (await git(folder, path, ['for-each-ref', format, 'refs/heads', 'refs/tags'])).split('\n')
  const found: References = new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ', 1)[0] as string]),
  )
  const head = (
    await git(folder, path, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}']).catch(() => '')
  ).trim()
  if (head !== '') found.set('HEAD', head)
  return found
}

const run = promisify(execFile)

/** Whoever set the repository up, nothing that it names is run. */
const careful = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=true',
  'gc.auto=0',
]

async function git(folder: string, path: WorkspacePath, words: string[]): Promise<string> {
  const settings = careful.flatMap((setting) => ['-c', setting])
  try {
    const { stdout } = await run('git', [...settings, `--git-dir=${folder}`, ...words], {
      cwd: programFolder(),
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
