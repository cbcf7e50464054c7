/** Putting the session into the view's upper: its files by a second name, whiteouts for what it deleted. */
import { spawnSync } from 'node:child_process'
import { CowriteError, errnoOf } from '../errors.js'
import { joinPath, type WorkspacePath } from '../paths.js'
import { copyOnce } from '../store/copying.js'
import { obstacleOf } from '../store/damage.js'
import { linkOrNot, uniqueName } from '../store/files.js'
import { permissionsOf, statLower } from '../store/fingerprint.js'
import { artifactsFolder, type ViewLayout } from '../store/layout.js'
import { isThere } from '../store/looking.js'
import { listLower } from '../store/lower.js'
import { isScratch, listMerged, type MergedStat, type SessionStore, statMerged } from '../store/overlay.js'
import { showRepositories, withRepositories } from './repositories.js'
import { identityIn, type Shown } from './shown.js'

/**
 * Shows all that the session changed. Costs what the session holds, whatever lower does. Scratch is shown
 * by a mount.
 */
export async function populate(session: SessionStore, view: ViewLayout, shown: Shown): Promise<void> {
  const store = withRepositories(session)
  const seen: [WorkspacePath, string | null][] = []
  const hide = whiteouts(store, view)
  // A mount needs a folder to stand on.
  if (store.record.header.scratch) store.port.makeFolder(view.at(artifactsFolder))
  await showFolder(store, view, '', seen, hide)
  showRepositories(store, view, hide)
  shown.add(seen)
}

async function showFolder(
  store: SessionStore,
  view: ViewLayout,
  folder: WorkspacePath,
  seen: [WorkspacePath, string | null][],
  hide: (path: WorkspacePath) => void,
): Promise<void> {
  const touched = touchedIn(store, folder)
  if (touched.size === 0) return
  const merged = new Set(listMerged(store, folder).map(({ name }) => name))
  for (const { name } of listLower(store.port, folder)) {
    const path = joinPath(folder, name)
    if (merged.has(name) || store.guard.isProtected(path) || isScratch(store, path)) continue
    hide(path)
    seen.push([path, null])
  }
  for (const name of touched) {
    const path = joinPath(folder, name)
    try {
      await showOne(store, view, path, seen, hide)
    } catch (error) {
      if (obstacleOf(error) === null) throw error
      // The session has it still, and tells of it; a command goes without, and does not take lower's for it.
      if (!isThere(store.port, path) || isThere(store.port, view.at(path))) continue
      hide(path)
      seen.push([path, null])
    }
  }
}

async function showOne(
  store: SessionStore,
  view: ViewLayout,
  path: WorkspacePath,
  seen: [WorkspacePath, string | null][],
  hide: (path: WorkspacePath) => void,
): Promise<void> {
  const there = isScratch(store, path) ? null : statMerged(store, path)
  if (there === null) return
  if (there.stat.isDirectory()) {
    showEmptyFolder(store, view, path, there)
    await showFolder(store, view, path, seen, hide)
  } else if (there.source === 'session') await showFile(store, view, path, there)
  else return
  const stat = store.port.stat(view.at(path))
  if (stat !== null) seen.push([path, identityIn(stat)])
}

/** The names at or under which any layer of the session has something. */
export function touchedIn(store: SessionStore, folder: WorkspacePath): Set<string> {
  return new Set(store.layers.flatMap(({ record }) => [...record.namesIn(folder)]))
}

function showEmptyFolder(
  { port }: SessionStore,
  view: ViewLayout,
  path: WorkspacePath,
  there: MergedStat,
): void {
  port.makeFolder(view.at(path))
  const lower = statLower(port, path)
  const mode = there.entry?.mode ?? permissionsOf(lower?.isDirectory() ? lower : there.stat)
  port.chmod(view.at(path), mode)
}

/**
 * What the session alone owns has two names from now on: written in place in the view, it is in the session already.
 * What is somebody else's too (a frozen layer's, another name's) is copied.
 */
async function showFile(
  store: SessionStore,
  view: ViewLayout,
  path: WorkspacePath,
  { at, stat }: MergedStat,
): Promise<void> {
  const { port } = store
  const to = view.at(path)
  if (stat.isSymbolicLink()) return port.symlink(port.readLink(at), to)
  if (stat.nlink === 1n && at === store.layout.upper(path) && linked(store, at, to)) return
  while ((await copyOnce(store, at, to)) === null);
}

function linked({ port }: SessionStore, from: string, to: string): boolean {
  if (!linkOrNot(port, from, to)) return false
  // A fork may have shared it a moment ago, and looks for this name, too.
  if (port.stat(to)?.nlink === 2n) return true
  port.remove(to)
  return false
}

/** Anybody may make this one device; node:fs can make none. Throws UNSUPPORTED. */
function makeWhiteout(cwd: string, name: string): void {
  const { error, status, stderr } = spawnSync('mknod', [name, 'c', '0', '0'], { cwd, encoding: 'utf8' })
  if (status === 0) return
  const isMissing = errnoOf(error) === 'ENOENT'
  if (error !== undefined && !isMissing) throw error
  const reason = isMissing ? 'mknod(1) is not installed' : stderr.trim() || 'mknod(1) failed'
  throw new CowriteError('UNSUPPORTED', `This machine does not let cowrite mount a view: ${reason}`, {
    what: 'run',
  })
}

/** Makes whiteouts as overlayfs knows them: one device of no kind, and links to it. */
export function whiteouts({ port }: SessionStore, view: ViewLayout): (path: WorkspacePath) => void {
  const make = (): string => {
    const name = `${view.whiteouts}-${uniqueName()}`
    makeWhiteout(port.entrance, name)
    return name
  }
  let source: string | undefined
  return (path) => {
    source ??= make()
    try {
      port.link(source, view.at(path))
    } catch (error) {
      if (errnoOf(error) !== 'EMLINK') throw error
      source = make()
      port.link(source, view.at(path))
    }
  }
}
