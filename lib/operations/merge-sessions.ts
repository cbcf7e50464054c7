import * as z from 'zod'
import { renderMergeSessions } from '../render/merge-sessions.js'
import { define } from './define.js'
import { given } from './given.js'
import { paths } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const mergeSessions = define('merge_sessions', {
  group: 'records',
  title: 'Merge a session into another',
  summary:
    "Brings one session's changes into another, three-way; the live files and the source stay as they are. Without force: a preview, with conflicts and a digest. With force=true: all or nothing; what the other session held is kept as a checkpoint.",
  kind: 'write',
  idempotent: false,
  input: z.strictObject({
    source: z.string().min(1).describe('The session whose changes are brought'),
    into: z.string().min(1).optional().describe('The session that gets them; default: the active one'),
    force: z.boolean().default(false),
    files: paths.optional().describe('Bring these alone'),
    on_conflict: z
      .enum(['keep_source', 'keep_target', 'markers'])
      .optional()
      .describe("Whose version stays; markers puts both into the other session's copies"),
    expect: z.string().min(1).optional().describe("A preview's digest: refuses if anything changed since"),
  }),
  examples: [
    'cowrite session merge experimental-v2 --into main-work',
    'cowrite session merge experimental-v2 --into main-work --files acts/one.md --force',
  ],
  async run({ workspace, session }, { source, into, force, files, on_conflict, expect }) {
    const target = into ?? (await session()).name
    const chosen = given({ files, onConflict: on_conflict })
    const options = given({ files, on_conflict })
    if (!force) {
      const preview = await workspace.between.preview(source, target, chosen)
      return { ...snakeCased(preview), applied: false, kept_as: null, options }
    }
    const { paths: _, ...result } = await workspace.between.merge(source, target, {
      ...chosen,
      ...given({ expect }),
    })
    return { ...snakeCased(result), applied: true, options }
  },
  render: renderMergeSessions,
})
