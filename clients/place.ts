/** Where a client's files lie. */
import { lstat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
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

/** For people: from the workspace or from the person's folder, where it lies in one of them. */
export function shownPath(path: string, { project, home }: World): string {
  const inProject = relative(project, path)
  if (!inProject.startsWith('..')) return inProject.split(sep).join('/')
  const inHome = home === null ? '..' : relative(home, path)
  return inHome.startsWith('..') ? path : `~/${inHome.split(sep).join('/')}`
}
