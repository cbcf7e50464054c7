import * as z from 'zod'
import { renderCheckWorkspace } from '../render/check-workspace.js'
import { define } from './define.js'
import { snakeCased } from './snake-case.js'

export const checkWorkspace = define('check_workspace', {
  group: 'records',
  title: 'Check the workspace',
  summary:
    'Checks the workspace and every session of it: what crashes left, what is damaged, and what room it all takes. With fix=true, mends what needs no person; it deletes nothing that could hold text of yours.',
  kind: 'write',
  idempotent: true,
  opensAsItLies: true,
  input: z.strictObject({
    fix: z.boolean().default(false).describe('Mend what can be mended; without it nothing is written'),
  }),
  examples: ['cowrite doctor', 'cowrite doctor --fix'],
  async run({ workspace }, { fix }) {
    return snakeCased(await workspace.doctor({ fix }))
  },
  render: renderCheckWorkspace,
  exitCode: ({ findings }) =>
    findings.some(({ severity, fixed }) => severity === 'error' && !fixed) ? 'CORRUPT' : null,
})
