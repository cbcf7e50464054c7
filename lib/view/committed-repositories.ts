/** What was committed in a session's repositories: before it ends by a commit, that goes to the workspace's. */
import { setTimeout } from 'node:timers/promises'
import type { GitMade } from '../api.js'
import { isCowriteError } from '../errors.js'
import { parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { entriesIn, readIfThere } from '../store/files.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import { nameForGit } from './careful-git.js'
import { withObjectsOf } from './copied-repositories.js'
import { type Fetched, fetchRepository, lookForNews } from './fetching.js'
import { liveView } from './live.js'
import { busy } from './plan.js'
import { keptAt, keptRepositories, repositoriesIn } from './repositories.js'
import { Shown } from './shown.js'
import type { Tree } from './tree.js'
import { claim, readNote, removeView } from './view-folder.js'

/** Throws CANNOT_WRITE where git says no; then nothing of what was committed is lost, since the session stays. */
export async function fetchCommits(site: Site, store: SessionStore, waited = 0): Promise<Fetched[]> {
  const live = await liveView(site, store)
  if (live !== null) {
    try {
      const { entrance } = live.merged
      return await fetchAll(store, changedIn(site, store, live), (path) => `${entrance}/${path}`)
    } finally {
      live.close()
    }
  }
  return keptRepositories(store).length === 0 ? [] : fetchKept(site, store, waited)
}

/**
 * What the workspace's repositories do not have: a commit of the session fetches it, and with a cancel it is gone. Null
 * where git cannot tell.
 */
export async function madeInGit(site: Site, store: SessionStore): Promise<GitMade | null> {
  const live = await liveView(site, store)
  if (live === null) return keptOfGit(store)
  try {
    const { entrance } = live.merged
    return await lookAtAll(store, changedIn(site, store, live), {
      isPart: false,
      sourceOf: (path) => `${entrance}/${path}`,
    })
  } finally {
    live.close()
  }
}

/** As `madeInGit`, of a session in whose view nobody is at work. */
export async function keptOfGit(store: Repositories): Promise<GitMade | null> {
  const { port, layout } = store
  // Most programs ask git for no more than what has changed.
  const touched = keptRepositories(store).filter((path) => !isNamedAlike(port, keptAt(layout, path), path))
  return lookAtAll(store, touched, {
    isPart: true,
    sourceOf: (path) => `${port.entrance}/${keptAt(layout, path)}`,
  })
}

/** Where git keeps what names a commit, or has named one. */
const naming = ['HEAD', 'packed-refs', 'refs', 'reftable', 'logs/HEAD', 'logs/refs/stash']

/** Whether two repositories have the same references and the same logs of them, byte for byte. */
function isNamedAlike(port: FilePort, one: string, other: string): boolean {
  return naming.every((name) => isAlike(port, `${one}/${name}`, `${other}/${name}`))
}

function isAlike(port: FilePort, one: string, other: string): boolean {
  const [stat, otherStat] = [port.stat(one), port.stat(other)]
  if (stat === null || otherStat === null) return stat === otherStat
  if (stat.isFile() && otherStat.isFile())
    return stat.size === otherStat.size && contentOf(port, one).equals(contentOf(port, other))
  if (!stat.isDirectory() || !otherStat.isDirectory()) return false
  const [names, others] = [namesIn(port, one), namesIn(port, other)]
  return (
    names.join('\n') === others.join('\n') &&
    names.every((name) => isAlike(port, `${one}/${name}`, `${other}/${name}`))
  )
}

function contentOf(port: FilePort, path: string): Buffer {
  return readIfThere(port, path) ?? Buffer.alloc(0)
}

function namesIn(port: FilePort, folder: string): string[] {
  return entriesIn(port, folder)
    .map(({ name }) => name)
    .sort()
}

type Repositories = Pick<SessionStore, 'port' | 'layout' | 'name'>

async function lookAtAll(
  store: Repositories,
  paths: readonly WorkspacePath[],
  { isPart, sourceOf }: { isPart: boolean; sourceOf: (path: WorkspacePath) => string },
): Promise<GitMade | null> {
  const made: GitMade = { commits: 0, names: [] }
  try {
    for (const path of paths) {
      const { commits, items } = await lookForNews(store, sourceOf(path), path, { isPart })
      const repository = parentOf(path)
      made.commits += commits
      made.names.push(...items.map(({ name }) => (repository === '' ? name : `${repository}: ${name}`)))
    }
  } catch (error) {
    // Not by this machine's git, or a program is at work there just now.
    if (!isCowriteError(error, 'CANNOT_WRITE')) throw error
    return null
  }
  return made
}

function changedIn(site: Site, store: SessionStore, tree: Tree): WorkspacePath[] {
  const view = site.layout.view(store.name)
  if (!tree.isCopy) return repositoriesIn(store, view)
  const shown = new Shown(store.port, view)
  const found = shown.repositories().filter((path) => tree.own.stat(tree.at(path))?.isDirectory())
  shown.close()
  return found
}

/** In milliseconds. */
const pause = 20
const longestWait = 10_000

/** As they lie, with what lower has of objects. Meanwhile no view may be made, which would take them. */
async function fetchKept(site: Site, store: SessionStore, waited: number): Promise<Fetched[]> {
  const view = site.layout.view(store.name)
  if (!claim(store.port, site.layout, store.record.header)) {
    // A command has begun in it just now, or another commit looks into it.
    if (waited >= longestWait) throw busy(store.name, readNote(store.port, view)?.process.pid ?? 0)
    await setTimeout(pause)
    return fetchCommits(site, store, waited + pause)
  }
  try {
    const { port, layout } = store
    const paths = keptRepositories(store)
    return await withObjectsOf(port, layout, paths, nameForGit(port), () =>
      fetchAll(store, paths, (path) => `${port.entrance}/${keptAt(layout, path)}`),
    )
  } finally {
    removeView(store.port, site.layout, view)
  }
}

async function fetchAll(
  store: SessionStore,
  paths: readonly WorkspacePath[],
  sourceOf: (path: WorkspacePath) => string,
): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  for (const path of paths) fetched.push(...(await fetchRepository(store, sourceOf(path), path)))
  return fetched
}

/** As a result has it: nothing where there is nothing, or nobody can tell. */
export function toldOfGit(made: GitMade | null): { gitCommits?: number; gitNames?: string[] } {
  return {
    ...(made !== null && made.commits > 0 ? { gitCommits: made.commits } : {}),
    ...(made !== null && made.names.length > 0 ? { gitNames: made.names } : {}),
  }
}
