import * as z from 'zod'
import { renderCancelSession } from '../render/cancel-session.js'
import { define } from './define.js'
import { name } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const cancelSession = define('cancel_session', {
  group: 'session',
  title: 'Cancel a session',
  summary:
    "Discards a session's changes, on the person's word; live files stay as they are. Cannot be undone.",
  kind: 'destructive',
  idempotent: false,
  input: z.strictObject({
    name,
    backup_retries: z.boolean().default(true).describe('Archive its retries'),
  }),
  examples: ['cowrite session cancel', 'cowrite session cancel experimental-v2 --no-backup-retries'],
  async run({ workspace }, { name, backup_retries }) {
    const { active } = await workspace.list()
    const result = await workspace.cancel(name, { backupRetries: backup_retries })
    return {
      ...snakeCased(result),
      lock_cleared: active === result.session,
      folders: [...workspace.layout],
    }
  },
  render: renderCancelSession,
})
