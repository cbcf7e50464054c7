import * as z from 'zod'
import { renderGetActiveSession } from '../render/get-active-session.js'
import { renderListSessions } from '../render/list-sessions.js'
import { renderSwitchSession } from '../render/switch-session.js'
import { define } from './define.js'
import { limit, offset, session as sessionInput, since, until } from './inputs.js'
import { getActiveSession as runGetActiveSession } from './quick/get-active-session.js'
import { listSessions as runListSessions } from './quick/list-sessions.js'
import { snakeCased } from './snake-case.js'

export const listSessions = define('list_sessions', {
  group: 'session',
  title: 'List sessions',
  summary: 'Lists open sessions, newest first.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    status: z.string().min(1).optional(),
    agent_id: z.string().min(1).optional(),
    source: z.string().min(1).optional().describe('Such as codex'),
    all: z.boolean().default(false).describe('Ended ones too'),
    since,
    until,
    limit: limit.default(20),
    offset: offset.default(0),
  }),
  examples: [
    'cowrite session list',
    'cowrite session list --all --agent alice --limit 50',
    'cowrite session list --all --since "last tuesday" --until yesterday',
  ],
  run: runListSessions,
  render: renderListSessions,
})

export const getActiveSession = define('get_active_session', {
  group: 'session',
  title: 'Session status',
  summary: 'Shows what a session has changed, conflicts with newer live files, retries and folders.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({ session: sessionInput }),
  examples: ['cowrite session status', 'cowrite session status --session chapter-01 --json'],
  run: runGetActiveSession,
  render: (result, face) => renderGetActiveSession(result, face),
})

export const switchSession = define('switch_session', {
  group: 'session',
  title: 'Switch session',
  summary: 'Makes another session the active one; the other stays as it is.',
  kind: 'write',
  idempotent: true,
  input: z.strictObject({ name: z.string().min(1) }),
  examples: ['cowrite session switch chapter-01'],
  async run({ workspace }, { name }) {
    return snakeCased(await workspace.switch(name))
  },
  render: renderSwitchSession,
})
