/** What agents' chats tell of sessions, and handing sessions over. */
import * as z from 'zod'
import {
  renderCreateHandoff,
  renderGetHandoffContext,
  renderGetSessionCommits,
  renderGetSessionMessages,
  renderSearchMessages,
} from '../render/chats.js'
import { define } from './define.js'
import { given } from './given.js'
import { limit, offset } from './inputs.js'
import { snakeCased } from './snake-case.js'

const sessionId = z.string().min(1).optional().describe('Session, open or ended; default: the active one')
/** Of one message, in an answer: a pasted book is exported, not told. */
const longestContent = 10_000

export const getSessionMessages = define('get_session_messages', {
  group: 'records',
  title: 'Messages of a session',
  summary: 'Shows what was said in the agent chats that worked in a session, oldest first.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    session_id: sessionId,
    role: z.enum(['user', 'assistant']).optional().describe('Only messages of this one'),
    limit: limit.max(1_000).default(20),
    offset: offset.default(0),
  }),
  examples: ['cowrite session messages', 'cowrite session messages chapter-01 --role user --limit 50'],
  async run({ workspace }, { session_id, role, limit, offset }) {
    const page = await workspace.chats.messages(session_id, given({ role, limit, offset }))
    const end = offset + page.messages.length
    return {
      session_id: page.session,
      messages: page.messages.map(({ content, toolCalls, ...message }) => ({
        ...snakeCased(message),
        content: content.slice(0, longestContent),
        ...(content.length > longestContent ? { truncated: true } : {}),
        tool_calls: toolCalls.map(({ name, about }) => (about === null ? name : `${name} ${about}`)),
      })),
      total_count: page.totalCount,
      offset,
      transcripts: page.transcripts,
      ...(end < page.totalCount && end > offset
        ? { next: { session_id: page.session, ...given({ role }), limit, offset: end } }
        : {}),
    }
  },
  render: renderGetSessionMessages,
})

export const searchMessages = define('search_messages', {
  group: 'records',
  title: 'Search messages',
  summary: 'Searches what was said in the agent chats of sessions, open or ended, for all the words.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    query: z.string().min(1).max(1_000),
    session_id: z.string().min(1).optional().describe('Default: all sessions'),
    limit: limit.max(1_000).default(20),
  }),
  examples: ['cowrite session search-messages "too much exposition"'],
  async run({ workspace }, { query, session_id, limit }) {
    const { results, hasMore } = await workspace.chats.search(query, given({ session: session_id, limit }))
    return {
      query,
      results: results.map(({ session, sessionCreatedAt, ...found }) => ({
        session_id: session,
        session_created_at: sessionCreatedAt,
        ...found,
      })),
      count: results.length,
      has_more: hasMore,
    }
  },
  render: (result, face) => renderSearchMessages(result, face),
})

export const createHandoff = define('create_handoff', {
  group: 'records',
  title: 'Hand over',
  summary:
    'Writes a page for whoever goes on with a session: goal, changes, open retries, to-dos, recent activity, commits.',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({
    session_id: sessionId,
    notes: z.string().max(20_000).optional().describe('What the next one should know besides'),
  }),
  examples: [
    'cowrite session handoff',
    'cowrite session handoff chapter-01 --notes "The ending is still open"',
  ],
  async run({ workspace }, { session_id, notes }) {
    const handoff = await workspace.chats.createHandoff(session_id, given({ notes }))
    const { session, compactMarkdown, savedTo, createdAt, context } = handoff
    return {
      success: true,
      session_id: session,
      markdown_length: compactMarkdown.length,
      saved_to: savedTo,
      created_at: createdAt,
      compact_markdown: compactMarkdown,
      context: snakeCased(context),
    }
  },
  render: renderCreateHandoff,
})

export const getHandoffContext = define('get_handoff_context', {
  group: 'records',
  title: 'Take over',
  summary: 'Gives the page by which a session was handed over, as Markdown.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({ session_id: sessionId }),
  examples: ['cowrite session context chapter-01'],
  async run({ workspace }, { session_id }) {
    const { session, compactMarkdown, createdAt } = await workspace.chats.handoff(session_id)
    return {
      session_id: session,
      compact_markdown: compactMarkdown,
      has_context: compactMarkdown !== null,
      created_at: createdAt,
    }
  },
  render: renderGetHandoffContext,
})

export const getSessionCommits = define('get_session_commits', {
  group: 'records',
  title: 'Commits of a session',
  summary: "Lists cowrite's commits of a session, and git's from its time, newest first.",
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    session_id: sessionId,
    max_commits: limit.max(1_000).default(20).describe('At most this many'),
  }),
  examples: ['cowrite session commit-log chapter-01'],
  async run({ workspace }, { session_id, max_commits }) {
    const { session, commits, hasGit } = await workspace.chats.commits(session_id, {
      maxCommits: max_commits,
    })
    return { session_id: session, commits, count: commits.length, has_git: hasGit }
  },
  render: (result, face) => renderGetSessionCommits(result, face),
})
