import type * as Records from '../../lib/records-api.js'

const at = '2026-01-16T09:15:23.000Z'

const summary: Records.RecordSummary = {
  sessionId: 'draft',
  name: 'draft',
  status: 'COMMITTED',
  description: 'a `draft`',
  createdAt: at,
  updatedAt: at,
  endedAt: at,
  agentId: 'default',
  source: 'claude-code',
  parent: null,
  changes: 2,
  humanRetries: 1,
}

const totals: Records.TranscriptTotals = {
  totalMessages: 15,
  totalTokens: 12_345,
  inputTokens: 2_345,
  outputTokens: 10_000,
  totalCostUsd: 0.123456,
}

export const fakeDetails: Records.RecordDetails = {
  ...summary,
  ...totals,
  template: null,
  files: [
    { path: 'acts/one.md', change: 'modified' },
    { path: 'acts/two.md', change: 'deleted' },
  ],
  changeCounts: { modified: 1, created: 0, deleted: 1, moved: 0, newFolders: 0 },
  retries: [
    {
      filePath: 'acts/one.md',
      retry: 1,
      reason: 'Too long',
      autoDetected: false,
      savedTo: 'one.md-retry-1.md',
      openAt: 'workspace/retries-archive/draft/one.md-retry-1.md',
      recordedAt: at,
      archivedIn: 'draft',
      session: 'draft',
    },
  ],
  commits: [
    {
      commitId: '0001',
      kind: 'commit',
      session: 'draft',
      committedAt: at,
      files: ['acts/one.md'],
      undone: false,
    },
  ],
  toolCallCount: 34,
  lookCount: 3,
  refusedCount: 2,
  missedCount: 0,
  timeSpentSeconds: 720,
  filesTouched: ['acts/one.md'],
  archive: 'workspace/retries-archive/draft/',
  history: [
    { at, kind: 'operation', who: 'cli', what: 'create_session', paths: [], outcome: 'ok' },
    {
      at,
      kind: 'operation',
      who: 'cli',
      what: 'write_session_file',
      paths: ['.git/config'],
      outcome: 'PATH_PROTECTED',
    },
    { at, kind: 'change', who: null, what: 'modified', paths: ['acts/one.md'], outcome: 'ok' },
    { at, kind: 'retry', who: 'user', what: 'Retry 1: Too long', paths: ['acts/one.md'], outcome: 'ok' },
    {
      ...{ at, kind: 'message', who: 'assistant', what: 'message', paths: [], outcome: 'ok' },
      ...{ content: "I'll query\n`it`", tokens: 234, costUsd: 0.00234, toolCalls: ['get_schema'] },
    },
  ],
}

type Verb = <Given extends unknown[], Answer>(
  name: string,
  usual: Answer,
) => (...given: Given) => Promise<Answer>

/** `workspace.records` that answers what it always does. */
export function fakeRecords(verb: Verb): Records.RecordsApi {
  const page = { count: 45, limit: 20, offset: 0 }
  return {
    operations: verb('records.operations', []),
    list: verb('records.list', { sessions: [summary], ...page, active: null }),
    show: verb('records.show', fakeDetails),
    search: verb('records.search', {
      query: 'long',
      sessions: [
        {
          ...summary,
          hits: [{ in: 'retry' as const, text: 'Too long', path: 'acts/one.md', at }],
          files: [{ path: 'acts/one.md', rejections: 1 }],
        },
      ],
      ...page,
    }),
    stats: verb('records.stats', {
      ...{ since: '30d', from: at, total: 342, openSessions: 45 },
      ...{ byStatus: { COMMITTED: 297, INACTIVE: 45 }, bySource: { 'claude-code': 342 } },
      ...{ changes: 900, humanRetries: 12, toolCallCount: 5_000 },
      ...{ averageMessages: 12.3, totalMessages: 4_207, totalTokens: 1_234_567, totalCostUsd: 123.45 },
      byAgent: [
        {
          agentId: 'writer',
          sessions: 342,
          averageMessages: 12.3,
          totalTokens: 1_234_567,
          totalCostUsd: 123.45,
          operations: 1_024,
        },
      ],
      byDate: [{ date: '2026-01-15', sessions: 23, operations: 400 }],
    }),
    export: verb('records.export', {
      sessionId: 'draft',
      format: 'markdown' as const,
      content: '# Session: draft\n',
    }),
    noteRefusal: verb('records.noteRefusal', undefined),
    remove: verb('records.remove', {
      ...{ sessionId: 'draft', status: 'COMMITTED' as const, deleted: false, changes: 2, humanRetries: 1 },
      ...{ commits: 1, undos: 0, undoable: 1, restorable: 0, freedBytes: 2_048 },
    }),
    prune: verb('records.prune', {
      ...{
        olderThan: '30d',
        before: at,
        agentId: null,
        pruned: false,
        sessions: [{ ...summary, sizeBytes: 47_185_920 }],
      },
      ...{ archives: 1, commits: 1, undos: 0, freedBytes: 47_185_920, idle: ['old-idea'] },
    }),
  }
}
