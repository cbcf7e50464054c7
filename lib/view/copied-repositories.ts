/** Repositories of git in a view that is a copy. */
import { CowriteError } from '../errors.js'
import { joinPath, nameOf, parentOf, type WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { clear, ensureFolder, entriesIn, removeIfThere, writeNewFile } from '../store/files.js'
import { permissionsOf } from '../store/fingerprint.js'
import type { SessionLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import { temporaryPath } from '../store/work-folders.js'
import { aside } from './copied-tree.js'
import { copyAcross } from './copy-across.js'
import { keptAt } from './repositories.js'
import type { Shown } from './shown.js'
import { ownIn, type Tree } from './tree.js'

/**
 * Copies a repository into the tree: the one that the session keeps, else lower's. What lower has of objects, which
 * are never written to, is read there; new ones are the copy's own.
 */
export async function copyRepository(
  { port, layout }: Pick<SessionStore, 'port' | 'layout'>,
  tree: Tree,
  shown: Shown,
  path: WorkspacePath,
): Promise<void> {
  const kept = keptAt(layout, path)
  const isKept = port.stat(kept)?.isDirectory() === true
  const made = aside()
  try {
    await copyFolder(port, isKept ? kept : path, tree.own, made, isKept ? null : readObjectsThere)
    if (isKept) {
      for (const objects of objectsIn(tree.own, made)) {
        const lower = `${path}${objects.slice(made.length)}`
        if (port.stat(lower)?.isDirectory()) readThere(tree.own, objects, `${port.root}/${lower}`)
      }
    }
    tree.own.rename(made, tree.at(path))
  } catch (error) {
    clear(tree.own, made)
    throw error
  }
  shown.add(linesOf(tree, path))
}

/** Null where a folder is to be copied like any other. */
type Instead = (port: FilePort, from: string, target: FilePort, to: string) => boolean

async function copyFolder(
  source: FilePort,
  from: string,
  target: FilePort,
  to: string,
  instead: Instead | null,
): Promise<void> {
  const stat = source.stat(from)
  target.makeFolder(to, 0o700)
  for (const { name, kind } of entriesIn(source, from)) {
    // Held by somebody at work there.
    if (name.endsWith('.lock')) continue
    const [at, copy] = [`${from}/${name}`, `${to}/${name}`]
    if (kind === 'folder') {
      if (!instead?.(source, at, target, copy)) await copyFolder(source, at, target, copy, instead)
    } else if (kind === 'symlink') target.symlink(source.readLink(at), copy)
    else if (kind === 'file') {
      const { atimeNs, mtimeNs } = await copyAcross(source, at, target, copy)
      target.setTimes(copy, Number(atimeNs) / 1e6, Number(mtimeNs) / 1e6)
    }
  }
  if (stat !== null) target.chmod(to, permissionsOf(stat) | 0o700)
}

/** Git's own way to share them, of this repository and of those within it, such as a submodule's. */
const readObjectsThere: Instead = (source, from, target, to) => {
  if (nameOf(from) !== 'objects' || source.stat(`${parentOf(from)}/HEAD`) === null) return false
  readThere(target, to, `${source.root}/${from}`)
  return true
}

function readThere(target: FilePort, objects: string, there: string): void {
  ensureFolder(target, `${objects}/info`)
  ensureFolder(target, `${objects}/pack`)
  if (/^"|\n/.test(there)) {
    throw new CowriteError('UNSUPPORTED', `git cannot be told of a folder with such a name: ${there}`, {
      what: 'view',
    })
  }
  removeIfThere(target, alternates(objects))
  writeNewFile(target, alternates(objects), `${there}\n`)
}

function linesOf(tree: Tree, folder: WorkspacePath): [path: WorkspacePath, identity: string][] {
  const stat = tree.own.stat(tree.at(folder))
  const inside = ownIn(tree, folder).flatMap(([name, child]): [WorkspacePath, string][] => {
    const path = joinPath(folder, name)
    return child.isDirectory() ? linesOf(tree, path) : [[path, tree.identityIn(child)]]
  })
  return stat === null ? inside : [[folder, tree.identityIn(stat)], ...inside]
}

/** Keeps what was done to a repository for the next view: all but the objects that lower has. */
export async function keepCopiedRepository(
  store: Pick<SessionStore, 'port' | 'layout'>,
  tree: Tree,
  path: WorkspacePath,
): Promise<void> {
  const { port, layout } = store
  const [kept, made] = [keptAt(layout, path), temporaryPath(store).at]
  try {
    await copyFolder(tree.own, tree.at(path), port, made, null)
    for (const objects of objectsIn(port, made)) removeIfThere(port, alternates(objects))
    if (port.stat(kept) !== null) {
      const old = temporaryPath(store).at
      port.rename(kept, old)
      port.rename(made, kept)
      clear(port, old)
    } else {
      ensureFolder(port, parentOf(kept))
      port.rename(made, kept)
    }
  } catch (error) {
    clear(port, made)
    throw error
  }
}

/** Lets git find lower's objects in the repositories that the session keeps, for as long as `work` takes; `root` is lower's name for it. */
export async function withObjectsOf<Result>(
  port: FilePort,
  layout: SessionLayout,
  paths: readonly WorkspacePath[],
  root: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const lists: string[] = []
  try {
    for (const path of paths) {
      const objects = `${keptAt(layout, path)}/objects`
      lists.push(alternates(objects))
      readThere(port, objects, `${root}/${path}/objects`)
    }
    return await work()
  } finally {
    for (const list of lists) removeIfThere(port, list)
  }
}

/** By which git reads objects of another repository, too. */
function alternates(objects: string): string {
  return `${objects}/info/alternates`
}

/** A submodule's repository lies within that of which it is one. */
function objectsIn(port: FilePort, folder: string): string[] {
  return entriesIn(port, folder).flatMap(({ name, kind }) => {
    const path = `${folder}/${name}`
    if (kind !== 'folder') return []
    return name === 'objects' && port.stat(`${folder}/HEAD`) !== null ? [path] : objectsIn(port, path)
  })
}
