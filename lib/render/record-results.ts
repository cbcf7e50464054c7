/** What the operations on records answer, in snake_case: keys are those that other tools of this kind use. */
import * as z from 'zod'
import { changeCounts } from './change-shapes.js'
import { view } from './view-shapes.js'

const text = z.string()
const number = z.number()
const flag = z.boolean()
const texts = z.array(text)
const next = z.record(text, z.union([text, number, flag])).optional()

const totals = {
  total_messages: number.nullable(),
  total_tokens: number.nullable(),
  total_input_tokens: number.nullable(),
  total_output_tokens: number.nullable(),
  total_cost_usd: number.nullable(),
}

/** A session, open or ended. */
const summary = {
  session_id: text,
  name: text,
  status: text,
  description: text,
  agent_id: text,
  source: text.nullable(),
  parent_session_id: text.nullable(),
  created_at: text,
  updated_at: text,
  ended_at: text.nullable(),
  changes: number.nullable(),
  human_retries: number.nullable(),
  undone: z.literal(true).optional(),
}

/** What stays in git; the repository is a workspace path. */
const gitReferences = z.array(z.strictObject({ repository: text, reference: text })).optional()

const historyEntry = z.strictObject({
  timestamp: text,
  kind: z.enum(['operation', 'change', 'retry', 'kept', 'message']),
  who: text.nullable(),
  what: text,
  paths: texts,
  outcome: text,
  content: text.optional(),
  tool_calls: texts.optional(),
})

export const recordShapes = {
  get_session: () =>
    z.strictObject({
      ...summary,
      ...totals,
      is_fork: flag,
      template: text.nullable(),
      /** As a person counts: what was moved is one, and no creation and deletion besides. */
      change_counts: z.strictObject({ ...changeCounts, moved: number, new_folders: number }).nullable(),
      files: z.array(
        z.strictObject({
          path: text,
          change: text,
          kind: z.literal('folder').optional(),
          moved_from: text.optional(),
          committed: z.literal(true).optional(),
        }),
      ),
      retries: z.array(
        z.strictObject({
          file_path: text,
          retry: number,
          reason: text,
          auto_detected: flag,
          kept: z.literal(true).optional(),
          recorded_at: text,
          open_at: text,
        }),
      ),
      commits: z.array(
        z.strictObject({
          commit_id: text,
          committed_at: text,
          files: texts,
          moved: z.array(z.strictObject({ from: text, to: text })).optional(),
          undone: flag,
        }),
      ),
      tool_call_count: number,
      look_count: number,
      refused_count: number,
      missed_count: number,
      time_spent_seconds: number,
      files_touched: texts,
      archive: text.nullable(),
      history: z.array(historyEntry).nullable(),
    }),
  search_sessions: () =>
    z.strictObject({
      query: text,
      sessions: z.array(
        z.strictObject({
          ...summary,
          hits: z.array(
            z.strictObject({
              in: z.enum(['name', 'description', 'path', 'retry', 'message']),
              text,
              at: text.optional(),
              path: text.optional(),
              role: text.optional(),
            }),
          ),
          files: z.array(z.strictObject({ path: text, rejections: number })),
        }),
      ),
      count: number,
      from: text.optional(),
      until: text.optional(),
      next,
    }),
  session_stats: () =>
    z.strictObject({
      since: text,
      from: text.nullable(),
      total: number,
      open_sessions: number,
      by_status: z.record(text, number),
      by_source: z.record(text, number),
      changes: number,
      human_retries: number,
      tool_call_count: number,
      average_messages: number.nullable(),
      total_messages: number.nullable(),
      total_tokens: number.nullable(),
      total_cost_usd: number.nullable(),
      by_agent: z.array(
        z.strictObject({
          agent_id: text,
          sessions: number,
          average_messages: number.nullable(),
          total_tokens: number.nullable(),
          total_cost_usd: number.nullable(),
          operations: number,
        }),
      ),
      by_date: z.array(z.strictObject({ date: text, sessions: number, operations: number })),
    }),
  export_session: () => z.strictObject({ session_id: text, format: text, content: text }),
  /** What would go, or has gone. */
  delete_session: () =>
    z.strictObject({
      session_id: text,
      status: text,
      deleted: flag,
      changes: number.nullable(),
      human_retries: number.nullable(),
      commits: number,
      undos: number,
      undoable: number,
      restorable: number,
      git_references: gitReferences,
      freed_bytes: number.nullable(),
      left_out: number.optional(),
      git_commits: number.nullable().optional(),
      git_names: texts.optional(),
      view,
    }),
  prune_sessions: () =>
    z.strictObject({
      older_than: text,
      before: text,
      agent_id: text.nullable(),
      pruned: flag,
      sessions: z.array(z.strictObject({ ...summary, size_bytes: number })),
      archives: number,
      commits: number,
      undos: number,
      git_references: gitReferences,
      freed_bytes: number,
      idle: texts,
    }),
} satisfies Record<string, () => z.ZodObject>
