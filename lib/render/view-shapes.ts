/** Shapes that several answers share: what they tell of a session's view, of its limits and what is barred by them. */
import * as z from 'zod'

const text = z.string()
const number = z.number()
/** A list of tools leaves it out: each chat pays for that, and results may always have more than it tells. */
const seldom = { isSeldom: true }

/** How much a session has changed. */
export const changeCounts = { modified: number, created: number, deleted: number }
const seldomNumber = number.meta(seldom).optional()
const seldomCount = number.nullable().meta(seldom).optional()
/** What was moved is neither created nor deleted besides. */
export const progress = z.strictObject({ ...changeCounts, moved: seldomNumber, new_folders: seldomNumber })
/** The same of what was thrown away; null where nobody could count. */
export const discarded = z.strictObject({
  modified: number.nullable(),
  created: number.nullable(),
  deleted: number.nullable(),
  ...{ moved: seldomCount, new_folders: seldomCount, ignored: seldomCount },
  human_retries: number.nullable(),
})
export const ignored = seldomNumber
export const ignoredFile = z.boolean().meta(seldom).optional()
const move = z.strictObject({ from: text, to: text })
export const remainingMoved = z.array(move).meta(seldom).optional()

/** The view that is, or was, open; `became` and what follows it where its session has ended. */
export const view = z
  .strictObject({
    folder: text.nullable(),
    provider: z.enum(['kernel-overlay', 'fuse-overlay', 'copy']),
    left_out: z.array(
      z.strictObject({
        path: text,
        reason: text,
        code: z.enum(['PATH_PROTECTED', 'WRONG_KIND']),
      }),
    ),
    became: z.enum(['closed', 'open', 'in_use', 'stuck']).optional(),
    processes: z.array(number).optional(),
    reason: text.optional(),
    uncounted: text.optional(),
  })
  .meta(seldom)
  .optional()
/** What did not come in from views that have ended, and is kept; no folder where it went with the session. */
export const leftOutKept = z.strictObject({ folder: text.nullable(), files: number }).meta(seldom).optional()

export type ViewTold = NonNullable<z.output<typeof view>>
export type KeptTold = z.output<typeof leftOutKept>

/** Changes that no commit takes. */
export const barred = z
  .array(z.strictObject({ path: text, reason: text }))
  .meta(seldom)
  .optional()

/** What the session may do, where that is limited. */
export const limits = z
  .strictObject({
    allowed_paths: z.array(text),
    read_only_paths: z.array(text),
    allowed_tools: z.array(text),
  })
  .optional()
