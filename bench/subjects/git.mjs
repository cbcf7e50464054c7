/** git, in both ways that it serves for sessions. */
import { join } from 'node:path'
import { git, makeRepository } from '../shared/git.mjs'
import { promisesIn } from './folders.mjs'

export const worktree = {
  name: 'git worktree',
  needs: 'git',
  lacks:
    'a merge writes files in place, not atomically; loose objects are not synced; ignored files are left out',
  setUp: ({ lower }) => makeRepository(lower),
  async open({ lower, folder }) {
    const tree = join(folder, 'tree')
    let count = 0
    return {
      create: () => git(lower, ['worktree', 'add', '-q', '-b', 'bench', tree]),
      ...promisesIn(tree),
      diff: () => {
        git(tree, ['add', '-AN'])
        git(tree, ['diff'])
      },
      commit: () => {
        git(tree, ['add', '-A'])
        git(tree, ['commit', '-q', '-m', `bench ${++count}`])
        git(lower, ['merge', '-q', 'bench'])
      },
      startAgain: () => {},
    }
  },
  discard: ({ lower, folder }, timed) =>
    timed(() => git(lower, ['worktree', 'remove', '--force', join(folder, 'tree')])),
}

/** As the checkpoints of editors: a repository of their own over the live folder. */
export const shadow = {
  name: 'shadow git',
  needs: 'git',
  lacks:
    'no session: the live files change at once; create is the first checkpoint, commit another; nothing is synced',
  async open({ lower, folder }) {
    const inShadow = shadowOf({ lower, folder })
    return {
      create: () => {
        inShadow('init', '-q')
        inShadow('add', '-A')
        inShadow('commit', '-q', '-m', 'checkpoint')
      },
      ...promisesIn(lower),
      diff: () => {
        inShadow('add', '-AN')
        inShadow('diff')
      },
      commit: () => {
        inShadow('add', '-A')
        inShadow('commit', '-q', '-m', 'checkpoint')
      },
      startAgain: () => {},
    }
  },
  async discard({ lower, folder }, timed) {
    const inShadow = shadowOf({ lower, folder })
    return timed(() => {
      inShadow('reset', '-q', '--hard')
      inShadow('clean', '-fdq')
    })
  },
}

function shadowOf({ lower, folder }) {
  const environment = { GIT_DIR: join(folder, 'shadow.git'), GIT_WORK_TREE: lower }
  return (...args) => git(lower, args, environment)
}
