/** What a session costs to open: whatever the workspace holds, and however many sessions there are. */
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openWorkspace } from '../shared/cowrite.mjs'
import { layWorkspace, settle } from '../shared/folders.mjs'
import { git } from '../shared/git.mjs'

const among = {
  few: 'start, 10 files',
  many: 'start, many files',
  sessions: 'start, many sessions',
  repository: 'start, in a git repository',
}
const worktree = 'git worktree add'

export const create = {
  name: 'create',
  title: 'Create a session',
  rounds: { quick: 1, full: 3 },
  fixtures: ['files', 'sessions', 'repository'],
  needs: { [worktree]: 'git' },
  measures: [
    { says: 'create, in process, warm', of: among.few, most: 2, unit: 'ms' },
    {
      says: 'a workspace of {files} files, against one of 10',
      of: among.many,
      against: among.few,
      most: 1.2,
    },
    {
      says: 'one with {sessions} sessions, against one with none',
      of: among.sessions,
      against: among.few,
      most: 1.5,
    },
    {
      says: 'against git worktree add, at {workspace} files',
      of: among.repository,
      against: worktree,
      most: 1 / 500,
    },
  ],

  async round({ folder, fixtures, round, scale, has }) {
    const few = join(folder, 'few')
    const warm = join(folder, 'warm')
    for (const each of [few, warm]) layWorkspace(each, { files: 10 })
    settle(folder)
    await startSome(warm, 30)

    const folders = {
      [among.few]: few,
      [among.many]: fixtures.files,
      [among.sessions]: fixtures.sessions,
      [among.repository]: fixtures.repository,
    }
    const workspaces = await Promise.all(Object.values(folders).map((each) => openWorkspace(each)))
    const starts = Object.keys(folders).map((name, at) => [
      name,
      async (block) => {
        let session
        const took = await timed(async () => {
          session = await workspaces[at].start(`round-${round}-${block}`)
        })
        await session.close()
        return took
      },
    ])
    // The first start in a workspace makes its state folder or opens what is kept open later; it is no block that counts.
    const samples = await interleave(Object.fromEntries(starts), { blocks: scale.creates, warmUp: 3 })
    await Promise.all(workspaces.map((workspace) => workspace.close()))
    if (has('git')) samples[worktree] = [await addWorktree(fixtures.repository, join(folder, 'tree'))]
    return samples
  },
}

async function startSome(folder, count) {
  const workspace = await openWorkspace(folder)
  for (let at = 0; at < count; at++) {
    const session = await workspace.start(`warm-${at}`)
    await session.close()
  }
  await workspace.close()
}

function addWorktree(repository, tree) {
  return timed(() => git(repository, ['worktree', 'add', '-q', '--detach', tree]))
}
