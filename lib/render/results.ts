/** What each operation answers, in snake_case: the shapes that are rendered, and that tools give as structured results. */
import * as z from 'zod'
import { betweenShapes } from './between-results.js'
import * as change from './change-shapes.js'
import { chatShapes } from './chat-results.js'
import { checkShapes } from './check-results.js'
import type { OperationName } from './commands.js'
import { fileShapes } from './file-results.js'
import { emptyList, newWorkspace } from './folder-shapes.js'
import { recordShapes } from './record-results.js'
import { retryShapes } from './retry-results.js'
import { retry } from './retry-shape.js'
import { leftOutKept, limits, view } from './view-shapes.js'

const { barred, changeKind, conflicts, discarded, ignored, progress, remainingMoved, source } = change

const text = z.string()
const number = z.number()
const flag = z.boolean()
const texts = z.array(text)
const overtaken = z.array(z.strictObject({ path: text, saved_to: text }))
const waiting = z.strictObject({ paths: texts, reason: text }).meta({ isSeldom: true }).optional()
const gitReferences = z
  .array(z.strictObject({ repository: text, reference: text }))
  .meta({ isSeldom: true })
  .optional()

const around = z.array(
  z.strictObject({ path: text, tool: text.nullable(), seen_at: text, can_put_back: flag }),
)

/** Where each changed path can be opened, relative to the workspace. */
const open = z.array(z.strictObject({ path: text, open_at: text }))
const moved = z.array(z.strictObject({ from: text, to: text }))
/** Folders that went whole, as they were called: what was in them stands in `moved`. */
const movedFolders = texts.optional()

/** Made when they are asked for: a command needs one of them, if any. */
const shapes = {
  ...chatShapes,
  ...retryShapes,
  ...fileShapes,
  ...betweenShapes,
  ...checkShapes,
  create_session: () =>
    z.strictObject({
      session_id: text,
      path: text,
      description: text,
      created_at: text,
      previous_session: text.nullable(),
      resumed: flag,
      stale_ended: texts,
      recovered: flag,
      parent: text.optional(),
      template: text.optional(),
      ...newWorkspace(),
      handoff: z.strictObject({ session_id: text, created_at: text, path: text }).optional(),
    }),
  list_sessions: () =>
    z.strictObject({
      sessions: z.array(
        z.strictObject({
          name: text,
          status: text,
          created_at: text,
          updated_at: text,
          description: text,
          agent_id: text,
          changes: number.nullable(),
          human_retries: number.nullable(),
          source: text.nullable(),
          undone: flag.optional(),
          newer_format: flag.optional(),
        }),
      ),
      count: number,
      active: text.nullable(),
      ...emptyList(),
      next: z.record(text, z.union([text, number, flag])).optional(),
    }),
  get_active_session: () =>
    z.strictObject({
      name: text,
      status: text,
      description: text,
      created_at: text,
      updated_at: text,
      agent_id: text,
      changes: z.strictObject({ modified: texts, created: texts, deleted: texts }),
      open,
      moved,
      moved_folders: movedFolders,
      ignored: number,
      human_retries: z.array(retry),
      conflicts,
      barred,
      also_changed_in: z.array(z.strictObject({ path: text, sessions: texts })),
      size_bytes: number,
      paths: z.record(text, text),
      recovered: flag,
      limits,
      /** Live files that were written around the session; left out where there are none. */
      around: around.optional(),
      view,
      git_commits: number.meta({ isSeldom: true }).optional(),
      git_names: texts.meta({ isSeldom: true }).optional(),
      left_out_kept: leftOutKept,
    }),
  switch_session: () =>
    z.strictObject({
      from: text.nullable(),
      to: text,
      path: text,
      changes: progress,
      ignored,
      size_bytes: number,
      human_retries: number,
      recovered: flag,
    }),
  /** A preview, a commit, or markers that were put: `committed` and which fields are there tell them apart. */
  commit_session: () =>
    z.strictObject({
      session: text,
      committed: flag,
      modified: texts.optional(),
      created: texts.optional(),
      deleted: texts.optional(),
      moved: moved.optional(),
      moved_folders: movedFolders,
      open: open.optional(),
      merged: texts.optional(),
      dropped: texts.optional(),
      given_up: texts.optional(),
      conflicts: conflicts.optional(),
      ways: texts.optional(),
      barred,
      decided: z.array(z.strictObject({ path: text, reason: text, keeps: source })).optional(),
      sensitive: conflicts.optional(),
      human_retries: z.array(retry).optional(),
      ignored: number.optional(),
      ignored_changes: texts.optional(),
      ignored_kept_in: text.nullable().optional(),
      ignored_dropped: number.optional(),
      scratch: number.optional(),
      also_taken: texts.optional(),
      remaining: texts.optional(),
      remaining_moved: remainingMoved,
      needs_person: flag.optional(),
      digest: text.optional(),
      /** What the preview was asked for, so that the commit can ask for the same. */
      options: z
        .strictObject({
          files: texts.optional(),
          on_conflict: text.optional(),
          include_ignored: flag.optional(),
        })
        .optional(),
      commit_id: text.nullable().optional(),
      files: texts.optional(),
      archive: text.nullable().optional(),
      closed: flag.optional(),
      lock_cleared: flag.optional(),
      scratch_dropped: number.optional(),
      pending_cleanup: flag.optional(),
      overtaken: overtaken.optional(),
      waiting,
      marked: texts.optional(),
      git_commits: number.meta({ isSeldom: true }).optional(),
      git_names: texts.meta({ isSeldom: true }).optional(),
      git_references: gitReferences,
      view,
      left_out_kept: leftOutKept,
    }),
  cancel_session: () =>
    z.strictObject({
      session: text,
      cancelled: flag,
      discarded,
      archive: text.nullable(),
      scratch_dropped: number,
      git_commits: number.optional(),
      git_names: texts.meta({ isSeldom: true }).optional(),
      lock_cleared: flag,
      /** The layout's folders, which stay as they are. */
      folders: texts,
      view,
      left_out_kept: leftOutKept,
    }),
  diff_session: () =>
    z.strictObject({
      session: text,
      other: text.optional(),
      /** Which of the two has something that can be merged into the other. */
      mergeable: texts.optional(),
      files: z.array(
        z.strictObject({
          file_path: text,
          change: changeKind,
          binary: flag,
          additions: number,
          deletions: number,
          unit: z.enum(['lines', 'words']),
          patch: text,
          moved_from: text.optional(),
          ...{ moved_to: text.optional(), ignored: change.ignoredFile },
          /** In conflict with the live file: why, and what was done to that since. */
          conflict: text.optional(),
          global_patch: text.optional(),
        }),
      ),
    }),
  undo_commit: () =>
    z.strictObject({
      undone: flag,
      commit_id: text,
      undo_id: text,
      restored: texts,
      removed: texts,
      in_part: flag,
      skipped: conflicts,
      overtaken,
      waiting,
      gone_from_session: z.strictObject({ session: text, files: texts }).meta({ isSeldom: true }).optional(),
    }),
  recover_session: () =>
    z.strictObject({
      session: text.nullable(),
      status: text,
      finished: texts,
      withdrawn: texts,
      findings: texts,
    }),
  list_commits: () =>
    z.strictObject({
      commits: z.array(
        z.strictObject({
          commit_id: text,
          kind: text,
          session: text,
          committed_at: text,
          files: texts,
          /** How many of the files are moves, each of two paths. */
          moved: number.optional(),
          undone: flag,
          undone_in_part: flag.optional(),
          undoes: text.optional(),
        }),
      ),
    }),
  ...recordShapes,
  /** With `leave`, `left` are those that nobody is told of any more, and nothing else was done. */
  adopt_changes: () =>
    z.strictObject({
      session: text,
      adopted: texts,
      left: texts,
      conflicts,
      unknown: texts,
      settled: texts,
      commit_id: text.nullable(),
    }),
} satisfies Record<OperationName, () => z.ZodObject>

type Shapes = { [Name in OperationName]: ReturnType<(typeof shapes)[Name]> }

export type Results = { [Name in OperationName]: z.output<Shapes[Name]> }
export type ResultShape<Name extends OperationName> = Shapes[Name]
export type RetryResult = z.output<typeof retry>

const made = new Map<OperationName, z.ZodObject>()

/** The shape of an operation's answer. */
export function resultOf<Name extends OperationName>(name: Name): ResultShape<Name> {
  const shape = made.get(name) ?? shapes[name]()
  made.set(name, shape)
  return shape as ResultShape<Name>
}
