/** A repository whose data lies elsewhere, as that of a linked worktree or a submodule does: no view shows one of its own. */
import { lstatSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Asks later whether git has moved anything in there; null where the workspace's repository lies in it, or it has none. */
export function watchRealGit(root: string): (() => boolean) | null {
  const git = join(root, '.git')
  if (lstatSync(git, { throwIfNoEntry: false })?.isFile() !== true) return null
  const [, named] = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8')) ?? []
  if (named === undefined) return null
  const data = resolve(root, named)
  const common = resolve(data, textOf(join(data, 'commondir')).trim())
  const before = stateOf(data, common)
  return () => stateOf(data, common) !== before
}

/** What a commit, a switch, a reset or a stash changes, and a look does not. */
function stateOf(data: string, common: string): string {
  const logs = [join(data, 'logs', 'HEAD'), join(common, 'logs', 'refs', 'stash')]
  const sizes = logs.map((log) => statSync(log, { throwIfNoEntry: false })?.size ?? 0)
  return JSON.stringify([textOf(join(data, 'HEAD')), ...sizes])
}

function textOf(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : ''
}
