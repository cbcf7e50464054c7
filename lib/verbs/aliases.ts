import { CowriteError, errnoOf } from '../errors.js'
import { ancestorsOf, isWithin, joinPath, type WorkspacePath } from '../paths.js'
import type { FolderEntry } from '../port/port.js'
import { entriesIn } from '../store/files.js'
import { resolveLinks, type SessionStore } from '../store/overlay.js'
import type { Examined } from './examined.js'

/** The most names of one path that are told. */
const mostNames = 32

/**
 * Under which other names a path can be reached once the changes are in the live files: by the links that lie in a folder
 * on the way to a change, or below it in one of the names `folders` (P8).
 */
export function aliasesBy(
  store: SessionStore,
  changes: readonly Examined[],
  folders: ReadonlySet<string>,
): (path: WorkspacePath) => WorkspacePath[] {
  const leadingTo = new Map<WorkspacePath, WorkspacePath[]>()
  for (const { from, to } of linksAround(store, changes, folders))
    leadingTo.set(to, [...(leadingTo.get(to) ?? []), from])
  if (leadingTo.size === 0) return () => []
  return (path) => {
    const names = new Set([path])
    // A link may lie behind another one: the names that are found are gone through, too.
    for (const name of names) {
      for (const to of ['', ...ancestorsOf(name), name]) {
        const rest = to === '' ? `/${name}` : name.slice(to.length)
        for (const from of leadingTo.get(to) ?? [])
          if (!isWithin(name, from) && names.size < mostNames) names.add(from + rest)
      }
    }
    names.delete(path)
    return [...names]
  }
}

interface Link {
  from: WorkspacePath
  /** What it leads to in the merged view, through all further links. */
  to: WorkspacePath
}

function linksAround(
  store: SessionStore,
  changes: readonly Examined[],
  folders: ReadonlySet<string>,
): Link[] {
  const changed = new Set(changes.map(({ path }) => path))
  const links = new Set(
    changes.filter(({ kind, at }) => kind === 'symlink' && at !== null).map(({ path }) => path),
  )
  const around = new Set(['', ...changes.flatMap(({ path }) => ancestorsOf(path))])
  // A Set goes on with what is added while it is gone through.
  for (const folder of around) {
    for (const { name, kind } of entriesOf(store, folder)) {
      const path = joinPath(folder, name)
      if (kind === 'symlink' && !changed.has(path)) links.add(path)
      if (kind === 'folder' && folders.has(name.toLowerCase())) around.add(path)
    }
  }
  return [...links].flatMap((from) => {
    const to = leadsTo(store, from)
    return to === null ? [] : [{ from, to }]
  })
}

function entriesOf({ port }: SessionStore, folder: WorkspacePath): FolderEntry[] {
  try {
    return entriesIn(port, folder)
  } catch (error) {
    if (isNoWay(error)) return []
    throw error
  }
}

/** Null where it leads out, in a circle, or nowhere. */
function leadsTo(store: SessionStore, link: WorkspacePath): WorkspacePath | null {
  try {
    return resolveLinks(store, link, true)
  } catch (error) {
    if (isNoWay(error)) return null
    throw error
  }
}

function isNoWay(error: unknown): boolean {
  if (error instanceof CowriteError) return error.code === 'PATH_ESCAPE' || error.code === 'PATH_PROTECTED'
  return ['ELOOP', 'ENOTDIR', 'ENOENT', 'EACCES'].includes(errnoOf(error) ?? '')
}
