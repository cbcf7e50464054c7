/** What each operation answers, in snake_case: the shapes that are rendered, and that tools give as structured results. */
import * as z from 'zod'
import { chatShapes } from './chat-results.js'
import type { OperationName } from './commands.js'
import { emptyList, newWorkspace } from './folder-shapes.js'
import { recordShapes } from './record-results.js'
import { retry } from './retry-shape.js'
import * as shared from './view-shapes.js'

const { barred, discarded, ignored, leftOutKept, limits, progress, remainingMoved, view } = shared

const text = z.string()
const number = z.number()
const flag = z.boolean()
const texts = z.array(text)
const changeKind = z.enum(['modified', 'created', 'deleted'])
const changeOrNone = z.enum(['modified', 'created', 'deleted', 'unchanged'])
const conflicts = z.array(z.strictObject({ path: text, reason: text }))
const overtaken = z.array(z.strictObject({ path: text, saved_to: text }))
const waiting = z.strictObject({ paths: texts, reason: text }).meta({ isSeldom: true }).optional()
const gitReferences = z
  .array(z.strictObject({ repository: text, reference: text }))
  .meta({ isSeldom: true })
  .optional()
const source = z.enum(['session', 'global'])

const around = z.array(
  z.strictObject({ path: text, tool: text.nullable(), seen_at: text, can_put_back: flag }),
)

/** Where each changed path can be opened, relative to the workspace. */
const open = z.array(z.strictObject({ path: text, open_at: text }))
const moved = z.array(z.strictObject({ from: text, to: text }))
/** Folders that went whole, as they were called: what was in them stands in `moved`. */
const movedFolders = texts.optional()

/** The arguments that go on where a list was cut; left out at its end. */
const page = { glob: text.optional(), limit: number, offset: number, session: text.optional() }
const nextFiles = z.strictObject({ folder: text.optional(), recursive: flag.optional(), ...page }).optional()
const nextMatches = z.strictObject({ query: text, regex: flag.optional(), ...page }).optional()

/** Made when they are asked for: a command needs one of them, if any. */
const shapes = {
  ...chatShapes,
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
      lock_cleared: flag,
      /** The layout's folders, which stay as they are. */
      folders: texts,
      view,
      left_out_kept: leftOutKept,
    }),
  record_human_retry: () =>
    z.strictObject({
      file_path: text,
      retry: number,
      reason: text,
      source: z.enum(['user', 'auto']),
      saved_to: text,
      reason_saved_to: text,
      previous_reasons: texts,
      already: z.literal(true).meta({ isSeldom: true }).optional(),
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
          ...{ moved_to: text.optional(), ignored: shared.ignoredFile },
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
  list_retries: () =>
    z.strictObject({
      retries: z.array(
        retry.extend({
          kept: flag.optional(),
          open_at: text,
          rejected: text.optional(),
          changed_since: text.optional(),
        }),
      ),
    }),
  restore_retry: () => z.strictObject({ file_path: text, retry: number, change: changeOrNone, etag: text }),
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
  read_session_file: () =>
    z.strictObject({
      file_path: text,
      content: text,
      encoding: z.enum(['utf-8', 'base64']),
      size_bytes: number,
      etag: text,
      source,
      truncated: flag,
    }),
  write_session_file: () =>
    z.strictObject({
      file_path: text,
      change: changeOrNone,
      copied_up: flag,
      etag: text,
      also_changed_in: texts,
    }),
  edit_session_file: () =>
    z.strictObject({
      file_path: text,
      replacements: number,
      etag: text,
      patch: text,
      also_changed_in: texts,
    }),
  /** `files` is how many a folder held. */
  delete_session_file: () =>
    z.strictObject({ file_path: text, change: changeOrNone, files: number.optional() }),
  move_session_file: () => z.strictObject({ source: text, destination: text, change: text }),
  list_session_files: () =>
    z.strictObject({
      entries: z.array(
        z.strictObject({
          file_path: text,
          kind: z.enum(['file', 'folder', 'symlink', 'other']),
          size_bytes: number,
          source,
        }),
      ),
      total: number,
      next: nextFiles,
    }),
  search_session_text: () =>
    z.strictObject({
      matches: z.array(z.strictObject({ file_path: text, line: number, text })),
      total: number,
      next: nextMatches,
    }),
  merge_sessions: () =>
    z.strictObject({
      source: text,
      into: text,
      applied: flag,
      modified: texts,
      created: texts,
      deleted: texts,
      merged: texts,
      marked: texts,
      conflicts,
      dropped: texts,
      digest: text,
      kept_as: text.nullable(),
      options: z.strictObject({ files: texts.optional(), on_conflict: text.optional() }),
    }),
  create_checkpoint: () =>
    z.strictObject({ session: text, label: text, created_at: text, changes: progress }),
  restore_checkpoint: () => z.strictObject({ session: text, label: text, kept_as: text, changes: progress }),
  list_checkpoints: () =>
    z.strictObject({
      session: text,
      checkpoints: z.array(z.strictObject({ label: text, created_at: text, changes: progress })),
    }),
  check_workspace: () =>
    z.strictObject({
      state_folder: text.nullable(),
      sound: flag,
      checked: z.strictObject({ sessions: number, commits: number, archives: number }),
      findings: z.array(
        z.strictObject({
          kind: text,
          path: text,
          session: text.optional(),
          severity: z.enum(['info', 'warning', 'error']),
          detail: text,
          remedy: text,
          mended_by: z.enum(['fix', 'recover', 'hand']),
          bytes: number.optional(),
          fixed: flag,
          failure: text.optional(),
        }),
      ),
      space: z.strictObject({
        sessions: z.array(z.strictObject({ name: text, bytes: number })),
        sessions_bytes: number,
        bases_bytes: number,
        history_bytes: number,
        archives_bytes: number,
        trash_bytes: number,
        other_bytes: number,
        total_bytes: number,
      }),
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
