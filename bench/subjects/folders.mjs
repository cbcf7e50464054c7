/** Ordinary folders to work in: the workspace itself, a copy of it, the kernel's overlay over it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { edited, run } from '../shared/folders.mjs'
import { mountOverlay } from '../shared/mounts.mjs'

const lacks = 'no session, no undo; a write is not atomic, nothing is synced'

export const promises = {
  name: 'plain fs/promises',
  lacks,
  open: async ({ lower }) => promisesIn(lower),
}

export const sync = {
  name: 'plain node:fs, synchronous',
  lacks: `${lacks}; holds the event loop`,
  open: async ({ lower }) => syncIn(lower),
}

export const copy = {
  name: 'cp -a',
  needs: 'cp',
  lacks: 'no commit, no conflict check, no record of changes; a write is not atomic, nothing is synced',
  async open({ lower, folder }) {
    const tree = join(folder, 'copy')
    return {
      create: () => run('cp', ['-a', lower, tree]),
      ...promisesIn(tree),
      // Ends with 1 where there are differences, which there are.
      diff: () => run('sh', ['-c', 'diff -rqN "$1" "$2" || test $? -eq 1', 'diff', lower, tree]),
      startAgain: () => {},
    }
  },
  discard: ({ folder }, timed) => timed(() => run('rm', ['-rf', join(folder, 'copy')])),
}

export const overlayfs = {
  name: 'kernel overlayfs',
  needs: 'overlayfs',
  mounts: true,
  lacks:
    'Linux, and the right to mount; no commit, no conflict check, no base; its diff is a list of names; nothing is synced',
  async open({ lower, folder }) {
    const at = join(folder, 'overlay')
    const files = promisesIn(join(at, 'merged'))
    return {
      create: () => mountOverlay(lower, at),
      ...files,
      diff: () => run('find', [join(at, 'upper'), '!', '-type', 'd']),
      startAgain: () => {},
    }
  },
  async discard({ folder }, timed) {
    const at = join(folder, 'overlay')
    if (!existsSync(at)) throw new Error('There is no overlay to discard.')
    return timed(() => run('rm', ['-rf', at]))
  },
}

/** What is done with files, by node:fs/promises, in place. */
export function promisesIn(folder) {
  const at = (path) => join(folder, path)
  return {
    read: (path) => readFile(at(path)),
    write: (path, text) => writeFile(at(path), text),
    edit: async (path) => writeFile(at(path), edited(await readFile(at(path), 'utf8'))),
    remove: (path) => rm(at(path)),
  }
}

/** By the synchronous calls of node:fs, in place. */
export function syncIn(folder) {
  const at = (path) => join(folder, path)
  return {
    read: (path) => void readFileSync(at(path)),
    write: (path, text) => writeFileSync(at(path), text),
    edit: (path) => writeFileSync(at(path), edited(readFileSync(at(path), 'utf8'))),
    remove: (path) => rmSync(at(path)),
  }
}
