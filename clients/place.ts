/** Where a client's files lie. */
import { lstat, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { Place } from './catalogue.js'
import { Obstructed } from './draft.js'
import type { World } from './world.js'

/** Where a place is on this machine. Throws Obstructed. */
export async function pathOf({ in: where, paths, unless }: Place, world: World): Promise<string> {
  const [usual = ''] = paths
  const named = unless === undefined ? undefined : world.env[unless]
  if (named) return join(named, usual.slice(usual.indexOf('/') + 1))
  const base = where === 'project' ? world.project : world.home
  if (base === null) {
    const message = `There is no home folder in which ${usual} could be`
    throw new Obstructed({ code: 'UNSUPPORTED', path: usual, message, step: 'Set HOME' })
  }
  for (const path of paths) {
    const full = join(base, ...path.split('/'))
    if (await isThere(full)) return full
  }
  return join(base, ...usual.split('/'))
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Where a file of the project's folder really lies, if links lead out of that; null where they do not. */
export async function placeOutside(path: string, { project }: World): Promise<string | null> {
  const [real, around] = [await realPlace(path), await realPlace(project)]
  return relative(around, real).split(sep)[0] === '..' ? real : null
}

/** Through links, as far as there is something, and then on. */
async function realPlace(path: string, hops = 0): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (dirname(path) === path || hops > 40) throw error
    const folder = await realPlace(dirname(path), hops + 1)
    const here = join(folder, basename(path))
    const target = await readlink(here).catch(() => null)
    return target === null ? here : realPlace(resolve(folder, target), hops + 1)
  }
}

/** For people: from the workspace or from the person's folder, where it lies in one of them. */
export function shownPath(path: string, { project, home }: World): string {
  const inProject = relative(project, path)
  if (!inProject.startsWith('..')) return inProject.split(sep).join('/')
  const inHome = home === null ? '..' : relative(home, path)
  return inHome.startsWith('..') ? path : `~/${inHome.split(sep).join('/')}`
}
