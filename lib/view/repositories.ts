/** Repositories of git in a view: those that the workspace has, and those that are made in there. */
import { ancestorsOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { copyOnce } from '../store/copying.js'
import { ensureFolder, entriesIn } from '../store/files.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import type { SessionLayout, ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { repositoryOf } from '../store/repositories.js'

/**
 * The session with a guard that lets the view's own repositories through: where lower has none, what git keeps is like
 * any other folder. Callers go on seeing neither.
 */
export function withRepositories(store: SessionStore): SessionStore {
  const { guard, port } = store
  const isNew = (path: WorkspacePath): boolean => {
    const git = repositoryOf(path)
    return git !== null && statLower(port, git) === null && !guard.isProtected(parentOf(git))
  }
  const wider: SessionStore = {
    ...store,
    guard: {
      isProtected: (path) => !isNew(path) && guard.isProtected(path),
      checkRead: (path) => (isNew(path) ? undefined : guard.checkRead(path)),
      checkWrite: (path) => (isNew(path) ? guard.checkLimits(path) : guard.checkWrite(path)),
      checkLimits: (path) => guard.checkLimits(path),
    },
  }
  // It is one session: the note that this process is at work in it is known to both.
  return Object.defineProperty(wider, 'note', {
    enumerable: true,
    get: () => store.note,
    set: (note: string | null) => {
      store.note = note
    },
  })
}

/** Of a repository, what is named by its content can be had from lower's: all else is the session's own. */
const shared = new Set(['objects', 'lfs'])

/** The repositories that the session keeps as its own, by the paths of their `.git`. */
export function keptRepositories({ port, layout }: Pick<SessionStore, 'port' | 'layout'>): WorkspacePath[] {
  const found: WorkspacePath[] = []
  const look = (folder: WorkspacePath): void => {
    for (const { name } of entriesIn(port, keptAt(layout, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (name === '.git') found.push(path)
      else look(path)
    }
  }
  // Most have none.
  if (port.stat(layout.repositories) !== null) look('')
  return found
}

/**
 * Puts the session's own repositories into a view that is about to be mounted; what lower has got since, but for
 * objects, is hidden, since half of each would be neither.
 */
export function showRepositories(
  store: SessionStore,
  view: ViewLayout,
  hide: (path: WorkspacePath) => void,
): void {
  const { port, layout } = store
  for (const path of keptRepositories(store)) {
    if (statLower(port, path)?.isDirectory() !== true) continue
    for (const folder of [...ancestorsOf(path)]) showFolder(port, view, folder)
    port.rename(keptAt(layout, path), view.at(path))
    hideNewer(port, view, path, hide)
  }
}

function showFolder(port: FilePort, view: ViewLayout, folder: WorkspacePath): void {
  if (port.stat(view.at(folder)) !== null) return
  port.makeFolder(view.at(folder))
  const lower = statLower(port, folder)
  if (lower !== null) port.chmod(view.at(folder), permissionsOf(lower))
}

function hideNewer(
  port: FilePort,
  view: ViewLayout,
  folder: WorkspacePath,
  hide: (path: WorkspacePath) => void,
): void {
  for (const { name, kind } of entriesIn(port, folder)) {
    if (shared.has(name)) continue
    const path = `${folder}/${name}`
    const own = port.stat(view.at(path))
    if (own === null) hide(path)
    else if (own.isDirectory() && kind === 'folder') hideNewer(port, view, path, hide)
  }
}

/** Takes a repository out of a view that nobody is at work in, whole: what the view has from lower is copied. */
export async function keepRepository(
  { port, layout }: Pick<SessionStore, 'port' | 'layout'>,
  view: ViewLayout,
  merged: FilePort,
  path: WorkspacePath,
): Promise<void> {
  await complete(port, view, merged, path)
  takeOut({ port, layout }, view, path)
}

/** As it is: for a view that could not be mounted. */
export function takeOut(
  { port, layout }: { port: FilePort; layout: SessionLayout },
  view: ViewLayout,
  path: WorkspacePath,
): void {
  ensureFolder(port, parentOf(keptAt(layout, path)))
  port.rename(view.at(path), keptAt(layout, path))
}

async function complete(
  port: FilePort,
  view: ViewLayout,
  merged: FilePort,
  folder: WorkspacePath,
): Promise<void> {
  for (const { name, kind } of merged.list(folder)) {
    if (shared.has(name)) continue
    const path = `${folder}/${name}`
    const isOwn = port.stat(view.at(path)) !== null
    if (kind === 'folder') {
      if (!isOwn) showFolder(port, view, path)
      await complete(port, view, merged, path)
    } else if (!isOwn && kind === 'file') while ((await copyOnce({ port }, path, view.at(path))) === null);
    else if (!isOwn && kind === 'symlink') port.symlink(port.readLink(path), view.at(path))
  }
}

/** Where the session keeps a repository of its own. */
export function keptAt({ repositories }: SessionLayout, path: WorkspacePath): string {
  return path === '' ? repositories : `${repositories}/${path}`
}

/** The repositories of lower's that a view has something of, without looking further than where lower has one. */
export function repositoriesIn({ port }: Pick<SessionStore, 'port'>, view: ViewLayout): WorkspacePath[] {
  const found: WorkspacePath[] = []
  const look = (folder: WorkspacePath): void => {
    for (const { name, kind } of entriesIn(port, view.at(folder))) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (kind !== 'folder') continue
      if (name !== '.git') look(path)
      else if (statLower(port, path) !== null) found.push(path)
    }
  }
  look('')
  return found
}
