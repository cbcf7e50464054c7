/** What merges and checkpoints answer. */
import * as z from 'zod'
import { conflicts, progress } from './change-shapes.js'

const text = z.string()
const flag = z.boolean()
const texts = z.array(text)

export const betweenShapes = {
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
}
