/** What the operations on the chats of sessions answer. */
import * as z from 'zod'

const text = z.string()
const number = z.number()
const flag = z.boolean()

const commit = z.strictObject({
  hash: text,
  message: text,
  timestamp: text,
  source: z.enum(['git', 'cowrite']),
})
const retry = z.strictObject({ file_path: text, retry: number, reason: text, saved_to: text })

export const chatShapes = {
  get_session_messages: () =>
    z.strictObject({
      session_id: text,
      messages: z.array(
        z.strictObject({
          timestamp: text.nullable(),
          role: z.enum(['user', 'assistant']),
          content: text,
          tokens: number.nullable(),
          cost_usd: number.nullable(),
          tool_calls: z.array(text),
          chat: text.nullable(),
          truncated: flag.optional(),
        }),
      ),
      total_count: number,
      offset: number,
      transcripts: z.array(
        z.strictObject({
          path: text,
          client: text.nullable(),
          chat: text.nullable(),
          problem: z.enum(['gone', 'unreadable', 'foreign']).nullable(),
          skipped: z.strictObject({ torn: number, foreign: number }),
        }),
      ),
      next: z
        .strictObject({ session_id: text, role: text.optional(), limit: number, offset: number })
        .optional(),
    }),
  search_messages: () =>
    z.strictObject({
      query: text,
      results: z.array(
        z.strictObject({
          session_id: text,
          session_created_at: text,
          role: z.enum(['user', 'assistant']),
          timestamp: text.nullable(),
          excerpt: text,
          chat: text.nullable(),
        }),
      ),
      count: number,
      has_more: flag,
    }),
  create_handoff: () =>
    z.strictObject({
      success: flag,
      session_id: text,
      markdown_length: number,
      saved_to: text,
      created_at: text,
      compact_markdown: text,
      context: z.strictObject({
        goal: text.nullable(),
        notes: text.nullable(),
        status: text,
        undone: z.literal(true).optional(),
        files: z.array(
          z.strictObject({
            path: text,
            change: text,
            kind: z.literal('folder').optional(),
            moved_from: text.optional(),
            committed: z.literal(true).optional(),
            size_bytes: number.nullable(),
          }),
        ),
        open_retries: z.array(retry),
        todos: z.array(z.strictObject({ text, status: text })),
        commits: z.array(commit),
        git: z.strictObject({ branch: text.nullable(), changed: z.array(text) }).nullable(),
        messages: number.nullable(),
        tokens: number.nullable(),
        cost_usd: number.nullable(),
      }),
    }),
  get_handoff_context: () =>
    z.strictObject({
      session_id: text,
      compact_markdown: text.nullable(),
      has_context: flag,
      created_at: text.nullable(),
    }),
  get_session_commits: () =>
    z.strictObject({ session_id: text, commits: z.array(commit), count: number, has_git: flag }),
}
