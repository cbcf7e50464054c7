import * as z from 'zod'
import { renderAdoptChanges } from '../render/adopt-changes.js'
import { define } from './define.js'
import { paths, name as sessionName } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const adoptChanges = define('adopt_changes', {
  group: 'records',
  title: 'Adopt changes',
  summary: 'Brings what was written to the live files around a session into it, and puts those files back.',
  kind: 'destructive',
  idempotent: true,
  input: z.strictObject({
    name: sessionName,
    files: paths.optional().describe('Default: all that the status lists'),
    leave: z.boolean().default(false).describe('Leave them as they are, and tell nobody of them again'),
  }),
  examples: [
    'cowrite session adopt',
    'cowrite session adopt --file notes.md',
    'cowrite session adopt --leave',
  ],
  async run(context, { name, files, leave }) {
    const session = await context.session(name)
    const nothing = { adopted: [], conflicts: [], unknown: [], settled: [], commit_id: null }
    // What changed since the last look is meant, too.
    await session.bypasses.list()
    if (leave) return { session: session.name, ...nothing, left: await session.bypasses.leave(files) }
    return { session: session.name, left: [], ...snakeCased(await session.bypasses.adopt(files)) }
  },
  render: renderAdoptChanges,
})
