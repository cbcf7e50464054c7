import * as z from 'zod'
import type { SessionList } from '../api.js'
import { renderGetActiveSession } from '../render/get-active-session.js'
import { renderListSessions } from '../render/list-sessions.js'
import { renderSwitchSession } from '../render/switch-session.js'
import { movesOf, namesOf, pathsOf, placesToOpen } from './changes.js'
import { define } from './define.js'
import { given } from './given.js'
import { limit, offset, session as sessionInput } from './inputs.js'
import { nextPage } from './next-page.js'
import { snakeCased } from './snake-case.js'

export const listSessions = define('list_sessions', {
  group: 'session',
  title: 'List sessions',
  summary:
    'Lists open sessions, newest first, with their status (ACTIVE, INACTIVE, CRASHED) and number of changes.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    status: z.string().min(1).optional(),
    agent_id: z.string().min(1).optional(),
    source: z.string().min(1).optional().describe('Client, such as codex'),
    all: z.boolean().default(false).describe('COMMITTED and CANCELLED ones too'),
    limit: limit.default(20),
    offset: offset.default(0),
  }),
  examples: ['cowrite session list', 'cowrite session list --all --agent alice --limit 50'],
  async run({ workspace }, { status, agent_id, source, all, limit, offset }) {
    const filter = given({ status, agent_id, source, all: all || undefined })
    const { sessions, count, active } =
      Object.keys(filter).length === 0
        ? pageOf(await workspace.list(), limit, offset)
        : await workspace.records.list({
            ...given({ status, agentId: agent_id, source, all }),
            limit,
            offset,
          })
    return {
      sessions: sessions.map((session) => ({
        ...{ name: 'sessionId' in session ? session.sessionId : session.name, status: session.status },
        ...{ created_at: session.createdAt, updated_at: session.updatedAt, description: session.description },
        ...{ agent_id: session.agentId, changes: session.changes, human_retries: session.humanRetries },
        source: session.source,
        ...(session.newerFormat ? { newer_format: true } : {}),
      })),
      count,
      active,
      ...nextPage(filter, { limit, offset, shown: sessions.length, total: count }),
    }
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
    const bypasses = await session.bypasses.list({ ofChats: true })
    const around = bypasses.map(({ isNew: _isNew, ...one }) => snakeCased(one))
    return {
      ...snakeCased(facts),
      changes: {
        modified: pathsOf(changes.modified),
        created: pathsOf(changes.created),
        deleted: pathsOf(changes.deleted),
      },
      open: placesToOpen(all),
      moved: movesOf(all),
      ...given({ moved_folders: namesOf(changes.movedFolders) }),
      ...(around.length === 0 ? {} : { around }),
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

function pageOf({ sessions, count, active }: SessionList, limit: number, offset: number) {
  return { sessions: sessions.slice(offset, offset + limit), count, active }
}
