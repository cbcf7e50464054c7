/** A workspace and a session made of fixed answers, which note what they were asked. */

import type * as Api from '../../lib/api.js'
import type * as Between from '../../lib/between-api.js'
import type { DoctorReport, Finding } from '../../lib/doctor-api.js'
import type { Context } from '../../lib/operations/operation.js'
import type { SessionApi, WorkspaceApi } from '../../lib/workspace-api.js'
import { fakeChats } from './fake-chats.js'
import { fakeRecords } from './fake-records.js'

const at = '2026-01-16T09:15:23.000Z'
const path = 'workspace/sessions/draft/'

export const change = (name: string, kind: Api.ChangeKind, more: Partial<Api.Change> = {}): Api.Change => ({
  path: name,
  change: kind,
  kind: 'file',
  openAt: kind === 'deleted' ? null : path + name,
  ...more,
})

export const retry = (more: Partial<Api.Retry> = {}): Api.Retry => ({
  filePath: 'acts/one.md',
  retry: 1,
  reason: 'Too long',
  autoDetected: false,
  savedTo: 'human-retries/one.md-retry-1.md',
  recordedAt: at,
  session: 'draft',
  ...more,
})

const modified = [change('acts/one.md', 'modified')]
const created = [change('acts/new.md', 'created', { movedFrom: 'acts/old.md' })]
const deleted = [change('acts/old.md', 'deleted')]

const write: Api.WriteResult = {
  filePath: 'acts/one.md',
  change: 'modified',
  copiedUp: true,
  etag: 'e1',
  alsoChangedIn: ['other'],
}

const checkpoint: Between.Checkpoint = {
  label: 'good',
  createdAt: at,
  changes: { modified: 1, created: 1, deleted: 1 },
}

const merge: Between.MergePreview = {
  source: 'other',
  into: 'draft',
  modified: ['acts/one.md'],
  created: ['acts/new.md'],
  deleted: ['acts/old.md'],
  merged: ['acts/one.md'],
  marked: [],
  conflicts: [{ path: 'context/who.json', reason: 'changed in both, in the same place' }],
  dropped: [],
  digest: 'd2',
}

const preview: Api.CommitPreview = {
  session: 'draft',
  committed: false,
  modified,
  created,
  deleted,
  merged: ['acts/one.md'],
  conflicts: [{ path: 'context/who.json', reason: 'changed on both sides' }],
  ways: ['keep_session', 'keep_global', 'markers'],
  sensitive: [{ path: 'CLAUDE.md', reason: 'steers an agent' }],
  humanRetries: [retry()],
  ignored: 3,
  ignoredChanges: ['.env'],
  scratch: 2,
  alsoTaken: ['acts/old.md'],
  remaining: ['acts/later.md'],
  needsPerson: false,
  digest: 'd1',
}

export const finding: Finding = {
  kind: 'record_damaged',
  path: 'workspace/sessions/draft/.cowrite/record',
  session: 'draft',
  severity: 'error',
  detail: 'The record holds 1 damaged lines.',
  remedy: 'recover the session',
  mendedBy: 'recover',
  fixed: false,
}

export type Asked = [verb: string, ...given: unknown[]]

/** `replies` are answers instead of the usual ones, or errors to throw, by verb. */
export function fakeContext(replies: Record<string, unknown> = {}): Context & { asked: Asked[] } {
  const asked: Asked[] = []
  const verb =
    <Given extends unknown[], Answer>(name: string, usual: Answer) =>
    async (...given: Given): Promise<Answer> => {
      asked.push([name, ...given])
      const reply = name in replies ? replies[name] : usual
      if (reply instanceof Error) throw reply
      return reply as Answer
    }

  const session: SessionApi = {
    name: 'draft',
    path,
    description: 'A first draft',
    createdAt: at,
    parent: null,
    template: null,
    checkTool: () => {},
    opening: { resumed: false, recovered: true, staleEnded: ['old'], previousSession: 'before' },
    gitCommits: verb('gitCommits', 0),
    gitMade: verb('gitMade', { commits: 0, names: [] }),
    fs: {},
    bypasses: {
      list: async () => [],
      note: async () => {},
      adopt: async () => ({ adopted: [], commitId: null, conflicts: [], unknown: [], settled: [] }),
      leave: async () => [],
    },
    status: verb('status', {
      name: 'draft',
      status: 'ACTIVE',
      description: 'A first draft',
      createdAt: at,
      updatedAt: at,
      agentId: 'default',
      changes: { modified, created, deleted },
      ignored: 1,
      humanRetries: [retry()],
      conflicts: preview.conflicts,
      alsoChangedIn: [{ path: 'acts/one.md', sessions: ['other'] }],
      sizeBytes: 2048,
      paths: { session: path, myFolder: `${path}myFolder/` },
      recovered: true,
    }),
    diff: verb('diff', [
      {
        filePath: 'acts/one.md',
        change: 'modified',
        binary: false,
        additions: 1,
        deletions: 1,
        unit: 'words',
        patch: '[-a-]{+b+}\n',
      },
      { filePath: 'art.png', change: 'created', binary: true, additions: 0, deletions: 0, patch: '' },
    ] satisfies Api.FileDiff[]),
    preview: verb('preview', preview),
    commit: verb('commit', {
      session: 'draft',
      committed: true,
      commitId: 'c1',
      files: [...deleted, ...created, ...modified],
      merged: [],
      dropped: [],
      givenUp: [],
      archive: 'workspace/retries-archive/draft/',
      remaining: [],
      closed: true,
      scratchDropped: 1,
      ignoredChanges: ['.env'],
      ignoredKeptIn: 'workspace/retries-archive/draft/ignored/',
      ignoredDropped: 2,
      pendingCleanup: true,
      overtaken: [{ path: 'acts/one.md', savedTo: 'workspace/history/c1/one.md' }],
    } satisfies Api.CommitResult as Api.CommitResult | Api.MarkersResult),
    cancel: verb('session.cancel', {} as Api.CancelResult),
    retry: verb('retry', {
      filePath: 'acts/one.md',
      retry: 2,
      reason: 'Still too long',
      source: 'auto',
      savedTo: 'workspace/sessions/draft/human-retries/one.md-retry-2.md',
      reasonSavedTo: 'workspace/sessions/draft/human-retries/one.md-retry-2.md.reason.txt',
      previousReasons: ['Too long'],
    }),
    retries: verb('session.retries', [retry()]),
    readRetry: verb('readRetry', Buffer.from('The old text.\n')),
    restoreRetry: verb('restoreRetry', write),
    checkpoints: {
      create: verb('createCheckpoint', checkpoint),
      list: verb('listCheckpoints', [checkpoint]),
      restore: verb('restoreCheckpoint', {
        label: 'good',
        keptAs: 'before-good',
        paths: ['acts/one.md'],
        changes: checkpoint.changes,
      }),
    },
    read: verb('read', {
      filePath: 'acts/one.md',
      content: 'The new text.\n',
      encoding: 'utf-8',
      sizeBytes: 14,
      etag: 'e1',
      source: 'session',
      truncated: false,
    }),
    write: verb('write', write),
    edit: verb('edit', {
      filePath: 'acts/one.md',
      replacements: 1,
      etag: 'e2',
      patch: '-a\n+b\n',
      alsoChangedIn: [],
    }),
    remove: verb('remove', { filePath: 'acts/one.md', change: 'deleted' }),
    move: verb('move', { source: 'a.md', destination: 'b.md', change: 'moved' }),
    files: verb('files', {
      entries: [{ filePath: 'acts', kind: 'folder', sizeBytes: 0, source: 'global' }],
      total: 3,
    }),
    search: verb('search', { matches: [{ filePath: 'acts/one.md', line: 4, text: 'a `whale`' }], total: 1 }),
    place: () => Promise.reject(new Error('Nothing lies anywhere here.')),
    run: () => Promise.reject(new Error('Nothing is run here.')),
    view: () => Promise.reject(new Error('Nothing is shown here.')),
    close: async () => {},
  }
  const workspace: WorkspaceApi = {
    root: '/book',
    stateFolder: 'workspace',
    folders: { missing: null, within: null },
    layout: ['context', 'acts'],
    records: fakeRecords(verb),
    chats: fakeChats(verb),
    between: {
      merge: verb('merge', { ...merge, keptAs: 'before-other', paths: ['acts/one.md'] }),
      preview: verb('previewMerge', merge),
      mergeable: verb('mergeable', ['other']),
      compare: verb('compare', [
        { filePath: 'acts/one.md', change: 'modified', binary: false, additions: 1, deletions: 1, patch: '' },
      ]),
    },
    readArchivedRetry: async () => Buffer.from('an old version\n'),
    initialize: verb('initialize', undefined) as unknown as WorkspaceApi['initialize'],
    runObstacles: async () => ({ refused: null, unwritable: null }),
    views: async () => [],
    view: async () => null,
    start: verb('start', session),
    session: verb('session', session),
    active: verb('active', session),
    list: verb('list', {
      sessions: [
        {
          name: 'draft',
          status: 'ACTIVE',
          createdAt: at,
          updatedAt: at,
          description: '',
          agentId: 'default',
          source: 'cli',
          parent: null,
          changes: 2,
          humanRetries: 1,
        },
      ],
      count: 1,
      active: 'draft',
    }),
    switch: verb('switch', {
      from: null,
      to: 'draft',
      path,
      changes: { modified: 1, created: 1, deleted: 1, moved: 1, newFolders: 1 },
      ignored: 1,
      sizeBytes: 10,
      humanRetries: 1,
      recovered: false,
    }),
    cancel: verb('cancel', {
      session: 'draft',
      cancelled: true,
      discarded: {
        ...{ modified: null, created: null, deleted: null, moved: null, newFolders: null, ignored: null },
        humanRetries: 1,
      },
      archive: null,
      scratchDropped: 2,
    }),
    beginChat: async () => ({ session: null, staleEnded: [] }),
    commits: verb('commits', [
      {
        commitId: 'c2',
        kind: 'undo',
        session: 'draft',
        committedAt: at,
        files: ['a.md'],
        undone: false,
        undoes: 'c1',
      },
      { commitId: 'c1', kind: 'commit', session: 'draft', committedAt: at, files: ['a.md'], undone: true },
    ] satisfies Api.CommitSummary[]),
    undo: verb('undo', {
      undone: true,
      commitId: 'c1',
      undoId: 'c2',
      restored: ['a.md'],
      removed: ['b.md'],
      inPart: false,
      skipped: [],
      overtaken: [],
    }),
    recover: verb('recover', {
      session: 'draft',
      status: 'ACTIVE',
      finished: ['c1'],
      withdrawn: [],
      findings: ['a torn line'],
    }),
    doctor: verb('doctor', {
      stateFolder: 'workspace',
      sound: false,
      checked: { sessions: 1, commits: 2, archives: 1 },
      findings: [finding],
      space: {
        sessions: [{ name: 'draft', bytes: 2048 }],
        sessionsBytes: 2048,
        basesBytes: 1024,
        historyBytes: 10,
        archivesBytes: 20,
        trashBytes: 30,
        otherBytes: 40,
        totalBytes: 3172,
      },
    } satisfies DoctorReport as DoctorReport),
    retries: verb('retries', [
      retry(),
      retry({ retry: 2, archivedIn: 'older-cancelled-20260101-000000', session: 'older' }),
    ]),
    watch: async () => ({ close: async () => {} }),
    close: async () => {},
  }
  return { asked, workspace, session: workspace.session }
}
