/** What a session's repository has that the workspace's has not: branches, tags, notes, stashes, and commits that nothing names any more. */
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { type Environment, git } from './careful-git.js'

/** Something to fetch: a commit, or what else a reference of git's may name. */
export interface NewsItem {
  /** As the session's repository calls it: `heads/main`, `tags/v1`, `stash@{0}`, `HEAD@{2}`. */
  name: string
  object: string
  /** Below `refs/cowrite/<session>/`. */
  target: string
}

export interface GitNews {
  items: NewsItem[]
  /** How many commits the workspace's repository has not; a stash counts as one. */
  commits: number
  /** What the workspace's repository has of references, with the objects that they name. */
  ours: References
}

export type References = ReadonlyMap<string, string>

export interface Source {
  port: FilePort
  /** The session's repository: a folder as git takes it. */
  source: string
  /** The workspace's: a `.git`. */
  path: WorkspacePath
  /** Where git finds the objects of `source`, if not there. */
  env?: Environment
}

const stash = 'refs/stash'
/** Not made in the session: what commits of others have left, and what a remote has, which can be had from there. */
const elsewhere = ['refs/cowrite/', 'refs/remotes/', 'refs/prefetch/']

/** Throws CANNOT_WRITE where git says no. */
export async function newsOf(from: Source): Promise<GitNews> {
  const { port, source, path, env = {} } = from
  const [theirs, ours] = [await referencesOf(port, source, path, env), await referencesOf(port, null, path)]
  const differing = [...theirs].filter(
    ([reference, object]) =>
      reference !== stash &&
      ours.get(reference) !== object &&
      !elsewhere.some((prefix) => reference.startsWith(prefix)),
  )
  const [theirLogs, ourLogs] = [
    await logsOf(port, source, path, theirs, env),
    await logsOf(port, null, path, ours),
  ]
  const known = [...ours.values()]

  const made = await commitsFrom(
    from,
    differing.map(([, object]) => object),
    known,
  )
  const named = new Set(differing.filter(([reference]) => reference !== 'HEAD').map(([, object]) => object))
  const references = differing.filter(([reference, object]) => {
    if (reference === 'HEAD') return made.has(object) && !named.has(object)
    // One that went on in the workspace, or was set back in the session, has nothing to bring.
    return !reference.startsWith('refs/heads/') || !ours.has(reference) || made.has(object)
  })

  const left = theirLogs.head.filter((commit) => !made.has(commit) && !ourLogs.head.includes(commit))
  const lost = await commitsFrom(from, left, [...known, ...differing.map(([, object]) => object)])
  const parents = new Set([...lost.values()].flat())
  const tips = [...lost.keys()].filter((commit) => !parents.has(commit))

  const ourStashes = new Set([...ourLogs.stash, ...known])
  const stashes = theirLogs.stash.flatMap((object, at) => (ourStashes.has(object) ? [] : [{ object, at }]))
  return {
    items: [
      ...references.map(([reference, object]) => {
        const name = reference.replace(/^refs\//, '')
        return { name, object, target: name }
      }),
      ...stashes.map(({ object, at }) => ({ name: `stash@{${at}}`, object, target: `stash/${at}` })),
      ...tips.map((object) => {
        const at = theirLogs.head.indexOf(object)
        return { name: `HEAD@{${at}}`, object, target: `reflog/${at}` }
      }),
    ],
    commits: made.size + lost.size + stashes.length,
    ours,
  }
}

/** The commits that are reached from some objects and not from others, each with its parents. */
async function commitsFrom(
  { port, source, path, env = {} }: Source,
  from: readonly string[],
  without: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  if (from.length === 0) return new Map()
  const asked = [...from, ...without.map((object) => `^${object}`)]
  const words = ['rev-list', '--parents', '--ignore-missing', '--stdin']
  const lines = await git(port, source, path, words, { env, input: `${asked.join('\n')}\n` })
  return new Map(
    linesOf(lines).map((line) => {
      const [commit = '', ...parents] = line.split(' ')
      return [commit, parents]
    }),
  )
}

async function referencesOf(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  env: Environment = {},
): Promise<References> {
  const words = ['for-each-ref', '--format=%(objectname) %(refname)']
  const found = new Map(
    linesOf(await git(port, folder, path, words, { env })).map((line) => [
      line.slice(line.indexOf(' ') + 1),
      line.split(' ', 1)[0] as string,
    ]),
  )
  const head = (
    await git(port, folder, path, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'], { env }).catch(
      () => '',
    )
  ).trim()
  if (head !== '') found.set('HEAD', head)
  return found
}

interface Logs {
  /** The commits that HEAD was at, newest first. */
  head: string[]
  /** `stash@{0}` and those before it. */
  stash: string[]
}

async function logsOf(
  port: FilePort,
  folder: string | null,
  path: WorkspacePath,
  references: References,
  env: Environment = {},
): Promise<Logs> {
  const asked = ['HEAD', stash].filter((reference) => references.has(reference))
  const logs: Logs = { head: [], stash: [] }
  if (asked.length === 0) return logs
  const words = [
    'log',
    '--walk-reflogs',
    '--no-show-signature',
    '--no-patch',
    '--format=%H %gD',
    ...asked,
    '--',
  ]
  for (const line of linesOf(await git(port, folder, path, words, { env }))) {
    const [commit = '', place = ''] = line.split(' ')
    if (place.startsWith('HEAD@')) logs.head.push(commit)
    else logs.stash.push(commit)
  }
  const newest = references.get(stash)
  // One that has no log is itself all there is.
  if (newest !== undefined && !logs.stash.includes(newest)) logs.stash.unshift(newest)
  return logs
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
