/** What is kept of sessions, open or ended. */
import * as z from 'zod'
import type { RecordSummary, TranscriptTotals } from '../records-api.js'
import { renderExportSession, renderGetSession, renderSearchSessions } from '../render/records.js'
import { renderSessionStats } from '../render/session-stats.js'
import { renderDeleteSession, renderPruneSessions } from '../render/taken-away.js'
import { define } from './define.js'
import { given } from './given.js'
import { limit, offset, since, until } from './inputs.js'
import { nextPage } from './next-page.js'
import { snakeCased } from './snake-case.js'
import { spanFields } from './span-fields.js'

const sessionId = z.string().min(1).describe('Session, open or ended; default: the active one')
const agentId = z.string().min(1).optional().describe("Only this agent's")

export const getSession = define('get_session', {
  group: 'records',
  title: 'Show a session',
  summary: 'Shows all that is kept of a session, open or ended: who, when, files, retries, commits, figures.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    session_id: sessionId.optional(),
    with_history: z.boolean().default(false).describe('All that happened in it, in the order of time'),
  }),
  examples: ['cowrite session show chapter-01', 'cowrite session show chapter-01 --with-history'],
  async run({ workspace }, { session_id, with_history }) {
    const { files, retries, commits, history, template, ...details } = await workspace.records.show(
      session_id,
      {
        withHistory: with_history,
      },
    )
    const { toolCallCount, lookCount, refusedCount, missedCount, timeSpentSeconds } = details
    const { filesTouched, archive } = details
    return {
      ...summaryFields(details),
      ...totalFields(details),
      is_fork: details.parent !== null,
      template,
      change_counts: snakeCased(details.changeCounts),
      files: files.map(({ path, change, kind, movedFrom, committed }) => ({
        path,
        change,
        ...given({ kind, moved_from: movedFrom, committed }),
      })),
      retries: retries.map(({ filePath, retry, reason, autoDetected, recordedAt, openAt, kept }) => ({
        ...{ file_path: filePath, retry, reason, auto_detected: autoDetected, ...given({ kept }) },
        ...{ recorded_at: recordedAt, open_at: openAt },
      })),
      commits: commits.map(({ commitId, committedAt, files, moved, undone }) => ({
        ...{ commit_id: commitId, committed_at: committedAt, files, ...given({ moved }), undone },
      })),
      tool_call_count: toolCallCount,
      look_count: lookCount,
      refused_count: refusedCount,
      missed_count: missedCount,
      time_spent_seconds: timeSpentSeconds,
      files_touched: filesTouched,
      archive,
      history:
        history?.map(({ at, kind, who, what, paths, outcome, content, toolCalls }) => ({
          ...{ timestamp: at, kind, who, what, paths, outcome },
          ...given({ content, tool_calls: toolCalls }),
        })) ?? null,
    }
  },
  render: renderGetSession,
})

export const searchSessions = define('search_sessions', {
  group: 'records',
  title: 'Search sessions',
  summary:
    'Finds sessions, open or ended, by words in names, descriptions, changed paths, reasons of retries and messages.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1).describe('Words; all of them must be found'),
    agent_id: agentId,
    source: z.string().min(1).optional().describe('Only from this client'),
    status: z.string().min(1).optional(),
    since,
    until,
    limit: limit.default(20),
    offset: offset.default(0),
  }),
  examples: [
    'cowrite session search "chapter-03"',
    'cowrite session search "too dark" --status committed',
    "cowrite session search dark --since 'last tuesday' --until tuesday",
  ],
  async run({ workspace }, { query, agent_id, source, status, since, until, limit, offset }) {
    const filter = given({ agentId: agent_id, source, status, since, until })
    const { sessions, count, span } = await workspace.records.search(query, { ...filter, limit, offset })
    return {
      query,
      sessions: sessions.map((session) => ({
        ...summaryFields(session),
        ...{ hits: session.hits, files: session.files },
      })),
      count,
      ...spanFields(span),
      ...nextPage(given({ query, agent_id, source, status, since, until }), {
        ...{ limit, offset, shown: sessions.length, total: count },
      }),
    }
  },
  render: renderSearchSessions,
})

export const sessionStats = define('session_stats', {
  group: 'records',
  title: 'Session statistics',
  summary: 'Counts sessions, changes, operations, messages, tokens and cost in a span of time.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    since: z
      .string()
      .min(1)
      .default('7d')
      .describe(
        'A time such as 24h or 30d, a date such as 2026-01-16, a day such as tuesday, or all (default: 7d); days begin at local midnight',
      ),
    by_agent: z.boolean().default(false).describe('A line for each agent'),
    by_date: z.boolean().default(false).describe('A line for each day of the local calendar'),
  }),
  examples: ['cowrite session stats --since 30d --by-agent', 'cowrite session stats --format csv --by-date'],
  async run({ workspace }, { since, by_agent, by_date }) {
    const figures = await workspace.records.stats({ since, byAgent: by_agent, byDate: by_date })
    const { byStatus, bySource, ...rest } = figures
    return { ...snakeCased(rest), by_status: byStatus, by_source: bySource }
  },
  render: renderSessionStats,
})

export const exportSession = define('export_session', {
  group: 'records',
  title: 'Export a session',
  summary:
    'Gives the record of a session, open or ended, as one document, with the texts that were rejected (64 KB of each, 1 MB in all, the newest first; CSV: where they lie); Markdown also with what changed in the texts (16 KB of each, 256 KB in all).',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    session_id: sessionId.optional(),
    format: z.enum(['json', 'csv', 'markdown']).default('json'),
  }),
  examples: ['cowrite session export chapter-01 --format markdown', 'cowrite session export --format csv'],
  async run({ workspace }, { session_id, format }) {
    return snakeCased(await workspace.records.export(session_id, format))
  },
  render: renderExportSession,
})

export const deleteSession = define('delete_session', {
  group: 'records',
  title: 'Delete a session',
  summary:
    'Takes a session away for good, open or ended: its changes, retries, record and history, undone commits included; no list knows it any more. What its commits left in git stays, and is told. Without force=true it only says what would go.',
  kind: 'destructive',
  idempotent: false,
  input: z.strictObject({
    session_id: z.string().min(1).describe('Session, open or ended'),
    force: z.boolean().default(false),
  }),
  examples: ['cowrite session delete old-idea --force'],
  async run({ workspace }, { session_id, force }) {
    return snakeCased(await workspace.records.remove(session_id, { force }))
  },
  render: renderDeleteSession,
})

export const pruneSessions = define('prune_sessions', {
  group: 'records',
  title: 'Prune old sessions',
  summary:
    'Takes away for good what is kept of sessions that ended long ago: archives, commit history, logs; what is left in git is told. Without force=true it only says what would go.',
  kind: 'destructive',
  idempotent: true,
  input: z.strictObject({
    older_than: z.string().min(1).default('30d').describe('A time such as 30d or 24h'),
    agent_id: agentId,
    dry_run: z.boolean().default(false).describe('Only say what would go'),
    force: z.boolean().default(false),
  }),
  examples: [
    'cowrite session prune --older-than 30d --dry-run',
    'cowrite session prune --older-than 90d --force',
  ],
  async run({ workspace }, { older_than, agent_id, dry_run, force }) {
    const options = { olderThan: older_than, force: force && !dry_run, ...given({ agentId: agent_id }) }
    const { olderThan, before, agentId, pruned, sessions, ...stock } = await workspace.records.prune(options)
    const { archives, commits, undos, gitReferences, freedBytes, idle } = stock
    return {
      ...{ older_than: olderThan, before, agent_id: agentId, pruned },
      sessions: sessions.map((session) => ({ ...summaryFields(session), size_bytes: session.sizeBytes })),
      ...{ archives, commits, undos, freed_bytes: freedBytes, idle },
      ...given({ git_references: gitReferences?.map((one) => snakeCased(one)) }),
    }
  },
  render: renderPruneSessions,
})

function summaryFields(session: RecordSummary) {
  const { sessionId, name, status, description, agentId, source, parent, createdAt, updatedAt, endedAt } =
    session
  return {
    ...{ session_id: sessionId, name, status, description, agent_id: agentId, source },
    ...{ parent_session_id: parent, created_at: createdAt, updated_at: updatedAt, ended_at: endedAt },
    ...{ changes: session.changes, human_retries: session.humanRetries },
    ...given({ undone: session.undone }),
  }
}

function totalFields({
  totalMessages,
  totalTokens,
  inputTokens,
  outputTokens,
  totalCostUsd,
}: TranscriptTotals) {
  return {
    ...{ total_messages: totalMessages, total_tokens: totalTokens, total_input_tokens: inputTokens },
    ...{ total_output_tokens: outputTokens, total_cost_usd: totalCostUsd },
  }
}
