import type { SessionList } from '../../api.js'
import { given } from '../given.js'
import { nextPage } from '../next-page.js'
import type { Context } from '../operation.js'
import { spanFields } from '../span-fields.js'

interface Input {
  status?: string | undefined
  agent_id?: string | undefined
  source?: string | undefined
  since?: string | undefined
  until?: string | undefined
  all: boolean
  limit: number
  offset: number
}

export async function listSessions(
  { workspace }: Context,
  { status, agent_id, source, since, until, all, limit, offset }: Input,
) {
  const filter = given({ status, agent_id, source, since, until, all: all || undefined })
  const { sessions, count, active, ...told } =
    Object.keys(filter).length === 0
      ? pageOf(await workspace.list(), limit, offset)
      : await workspace.records.list({
          ...given({ status, agentId: agent_id, source, since, until, all }),
          limit,
          offset,
        })
  const ended = count > 0 || Object.keys(filter).length > 0 ? 0 : await countEnded(workspace)
  const missing = count > 0 ? null : workspace.folders.missing
  return {
    sessions: sessions.map((session) => ({
      ...{ name: 'sessionId' in session ? session.sessionId : session.name, status: session.status },
      ...{ created_at: session.createdAt, updated_at: session.updatedAt, description: session.description },
      ...{ agent_id: session.agentId, changes: session.changes, human_retries: session.humanRetries },
      source: session.source,
      ...('undone' in session ? { undone: true } : {}),
      ...(session.newerFormat ? { newer_format: true } : {}),
    })),
    count,
    active,
    ...spanFields('span' in told ? told.span : undefined),
    ...(ended === 0 ? {} : { ended }),
    ...(missing === null ? {} : { no_workspace: missing.folder }),
    ...given({ within: missing?.above ?? undefined }),
    ...((status ?? agent_id ?? source ?? since ?? until) ? { filtered: true } : {}),
    ...nextPage(filter, { limit, offset, shown: sessions.length, total: count }),
  }
}

/** Where none is open, all that are known have ended. */
async function countEnded(workspace: Context['workspace']): Promise<number> {
  return (await workspace.records.list({ all: true, limit: 0 })).count
}

function pageOf({ sessions, count, active }: SessionList, limit: number, offset: number) {
  return { sessions: sessions.slice(offset, offset + limit), count, active }
}
