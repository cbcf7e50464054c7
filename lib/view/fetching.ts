/** Bringing what was committed in a session's own repository into the workspace's: git fetches it, nothing is copied. */
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { SessionStore } from '../store/overlay.js'
import { git, nameForGit } from './careful-git.js'
import { type GitNews, type NewsItem, newsOf, type References, type Source } from './git-news.js'
import { sessionAround } from './view-folder.js'

/** A reference that the workspace's repository got, to be taken back where the session stays as it is. */
export interface Fetched {
  repository: WorkspacePath
  reference: string
  /** The object that it named before, of an earlier commit; null where there was none. */
  before: string | null
}

type Named = Pick<SessionStore, 'port' | 'name'>

/**
 * Fetches what the session's repository of `path` (a `.git`), which lies at `from`, has and the workspace's has not, or
 * has otherwise, into `refs/cowrite/<session>/`. Neither hooks nor config come along, and nothing of the session's runs.
 */
export async function fetchRepository(
  { port, name }: Named,
  from: string,
  path: WorkspacePath,
): Promise<Fetched[]> {
  const source: Source = { port, path, source: sourceOf({ port, name }, from, path) }
  const { items, ours } = await newsOf(source)
  if (items.length === 0) return []
  const folder = await folderFor(source, name, items, ours)
  const options = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
  ]
  const refspecs = items.map(({ object, target }) => `+${object}:${folder}${target}`)
  await git(port, null, path, ['fetch', ...options, '--', source.source, ...refspecs])
  return items.map(({ target }) => {
    const reference = `${folder}${target}`
    return { repository: path, reference, before: ours.get(reference) ?? null }
  })
}

/**
 * `refs/cowrite/<session>/`, or one with a number below it: what an earlier session of that name has left there stays,
 * unless it is a part of what comes.
 */
async function folderFor(
  source: Source,
  session: string,
  items: readonly NewsItem[],
  ours: References,
): Promise<string> {
  const taken = [...ours.keys()].filter((reference) => reference.startsWith(`refs/cowrite/${session}/`))
  for (let number = 1; ; number++) {
    const folder = `refs/cowrite/${session}/${number === 1 ? '' : `${number}/`}`
    if (await isFree(folder)) return folder
  }

  async function isFree(folder: string): Promise<boolean> {
    for (const { object, target } of items) {
      const reference = `${folder}${target}`
      const before = ours.get(reference)
      if (before !== undefined && before !== object && !(await isPartOf(source, before, object))) return false
      const isBelow = (one: string, other: string): boolean => one.startsWith(`${other}/`)
      if (taken.some((other) => isBelow(other, reference) || isBelow(reference, other))) return false
    }
    return true
  }
}

async function isPartOf(
  { port, source, path, env = {} }: Source,
  before: string,
  object: string,
): Promise<boolean> {
  const input = `${before}\n^${object}\n`
  const left = await git(port, source, path, ['rev-list', '--max-count=1', '--stdin'], { env, input }).catch(
    () => 'some',
  )
  return left.trim() === ''
}

/**
 * What such a repository has that the workspace's has not. `isPart`: it lacks the objects that the workspace's has.
 * Throws CANNOT_WRITE where git says no.
 */
export async function lookForNews(
  { port, name }: Named,
  from: string,
  path: WorkspacePath,
  { isPart }: { isPart: boolean },
): Promise<GitNews> {
  const source = sourceOf({ port, name }, from, path)
  const env = isPart
    ? {
        GIT_OBJECT_DIRECTORY: `${nameForGit(port)}/${path}/objects`,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(`${source}/objects`),
      }
    : {}
  return newsOf({ port, source, path, env })
}

/** In a view around this process it has the workspace's own name. */
function sourceOf({ port, name }: Named, from: string, path: WorkspacePath): string {
  return sessionAround(port) === name ? `${port.root}/${path}` : from
}

/** After a commit that did not come to an end. The objects stay until git sweeps what nothing names. */
export async function takeBack(port: FilePort, fetched: readonly Fetched[]): Promise<void> {
  for (const { repository, reference, before } of fetched) {
    const words = before === null ? ['-d', reference] : [reference, before]
    await git(port, null, repository, ['update-ref', ...words])
  }
}

/** As git takes a path in a list of them. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`
}
