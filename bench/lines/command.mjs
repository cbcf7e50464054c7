/** What a command takes from its start to its end, beside a Node process that does nothing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { interleave, timed } from '../shared/clock.mjs'
import { openSession, program } from '../shared/cowrite.mjs'
import { edited, layWorkspace, run, settle, spreadPaths, textOf } from '../shared/folders.mjs'

const names = {
  empty: 'an empty node process',
  status: 'cowrite session status',
  read: 'cowrite file read',
}

export const command = {
  name: 'command',
  title: 'A command',
  rounds: { quick: 1, full: 3 },
  measures: [
    {
      says: '`cowrite session status`, against an empty node process',
      of: names.status,
      against: names.empty,
      most: 1.6,
    },
    { says: '`cowrite file read`, against an empty node process', of: names.read, against: names.empty },
  ],

  async round({ folder, scale }) {
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files: scale.workspace })
    const { workspace, session } = await openSession(lower, 'command')
    const paths = spreadPaths(10, scale.workspace)
    for (const [at, path] of paths.entries()) await session.fs.writeFile(path, edited(textOf(at)))
    await workspace.close()
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    settle(folder)

    const start =
      (...args) =>
      () =>
        timed(() => void run(process.execPath, args, { cwd: lower }))
    return interleave(
      {
        [names.empty]: start(empty),
        [names.status]: start(program, 'session', 'status'),
        [names.read]: start(program, 'file', 'read', paths[0]),
      },
      { blocks: scale.commands, warmUp: 2 },
    )
  },
}
