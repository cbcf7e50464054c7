import * as z from 'zod'
import { renderGetActiveSession } from '../render/get-active-session.js'
import { renderListSessions } from '../render/list-sessions.js'
import { renderSwitchSession } from '../render/switch-session.js'
import { movesOf, pathsOf, placesToOpen } from './changes.js'
import { define } from './define.js'
import { session as sessionInput } from './inputs.js'
import { snakeCased } from './snake-case.js'

export const listSessions = define('list_sessions', {
  group: 'session',
  title: 'List sessions',
  summary: 'Lists all open sessions with their status (ACTIVE, INACTIVE, CRASHED) and number of changes.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({}),
  examples: ['cowrite session list'],
  async run({ workspace }) {
    return snakeCased(await workspace.list())
  },
  render: renderListSessions,
})

export const getActiveSession = define('get_active_session', {
  group: 'session',
  title: 'Session status',
  summary: 'Shows what a session has changed, its conflicts with newer live files, retries and folders.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({ session: sessionInput }),
  examples: ['cowrite session status', 'cowrite session status --session chapter-01 --json'],
  async run(context, input) {
    const session = await context.session(input.session)
    const { changes, ...facts } = await session.status()
    const all = [...changes.modified, ...changes.created, ...changes.deleted]
    return {
      ...snakeCased(facts),
      changes: {
        modified: pathsOf(changes.modified),
        created: pathsOf(changes.created),
        deleted: pathsOf(changes.deleted),
      },
      open: placesToOpen(all),
      moved: movesOf(all),
    }
  },
  render: (result, face) => renderGetActiveSession(result, face),
})

export const switchSession = define('switch_session', {
  group: 'session',
  title: 'Switch session',
  summary: 'Makes another session the active one; the one before stays as it is.',
  kind: 'write',
  idempotent: true,
  input: z.strictObject({ name: z.string().min(1) }),
  examples: ['cowrite session switch chapter-01'],
  async run({ workspace }, { name }) {
    return snakeCased(await workspace.switch(name))
  },
  render: renderSwitchSession,
})
