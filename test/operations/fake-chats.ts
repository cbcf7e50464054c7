/** The chats of a session, as fixed answers. */
import type { ChatsApi, SessionCommit } from '../../lib/chats-api.js'

const at = '2026-01-16T09:15:23.000Z'
const commits: SessionCommit[] = [
  {
    hash: '0e5c044350e044cd9ef69cb9d3a0169430df5165',
    message: 'Cut `it` short',
    timestamp: at,
    source: 'git',
  },
  { hash: '0001', message: '2 files of session draft', timestamp: at, source: 'cowrite' },
]

/** `verb` makes a function that notes what it was asked, and answers what it is given. */
export function fakeChats(
  verb: <Value>(name: string, value: Value) => (...given: never[]) => Promise<Value>,
): ChatsApi {
  return {
    messages: verb('chats.messages', {
      session: 'draft',
      messages: [
        {
          ...{ role: 'assistant' as const, content: 'Shorter *now*.\n\nSee.', timestamp: at, tokens: 40 },
          ...{ costUsd: 0.01, toolCalls: [{ name: 'Write', about: 'acts/one.md' }], chat: 'c-1' },
        },
      ],
      totalCount: 3,
      offset: 0,
      transcripts: [
        {
          path: '/home/ann/c-1.jsonl',
          client: 'claude',
          chat: 'c-1',
          problem: null,
          skipped: { torn: 1, foreign: 2 },
        },
      ],
    }),
    search: verb('chats.search', {
      results: [
        {
          ...{ session: 'draft', sessionCreatedAt: at, role: 'user' as const, timestamp: at },
          ...{ excerpt: 'keep the whale', chat: null },
        },
      ],
      hasMore: false,
    }),
    link: verb('chats.link', {
      session: 'draft',
      path: '/c-1.jsonl',
      isNew: true,
      client: 'claude',
      messages: 3,
    }),
    meet: verb('chats.meet', undefined) as unknown as ChatsApi['meet'],
    createHandoff: verb('chats.createHandoff', {
      session: 'draft',
      compactMarkdown: '# Handoff: draft\n',
      createdAt: at,
      savedTo: 'workspace/handoffs/draft.md',
      context: {
        ...{
          goal: 'Make it shorter',
          notes: null,
          status: 'ACTIVE',
          git: { branch: 'main', changed: ['M a.md'] },
        },
        files: [{ path: 'acts/one.md', change: 'modified', sizeBytes: 12 }],
        openRetries: [
          { filePath: 'acts/one.md', retry: 1, reason: 'Too long', savedTo: 'human-retries/one.md' },
        ],
        todos: [{ text: 'Cut it', status: 'pending' }],
        ...{ commits, messages: 3, tokens: null, costUsd: null },
      },
    }),
    handoff: verb('chats.handoff', { session: 'draft', compactMarkdown: null, createdAt: null }),
    offered: verb('chats.offered', null),
    query: () => Promise.reject(new Error('Nobody is asked here.')),
    commits: verb('chats.commits', { session: 'draft', commits, hasGit: true }),
  }
}
