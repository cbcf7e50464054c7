/** What several answers tell of a session's view, and of what a session may do. */
import * as z from 'zod'

const text = z.string()
const number = z.number()
/** A list of tools leaves it out: each chat pays for that, and results may always have more than it tells. */
const seldom = { isSeldom: true }

/** The view that is, or was, open; `became` and what follows it where its session has ended. */
export const view = z
  .strictObject({
    folder: text.nullable(),
    provider: z.enum(['kernel-overlay', 'fuse-overlay', 'copy']),
    left_out: z.array(
      z.strictObject({
        path: text,
        reason: text,
        code: z.enum(['PATH_PROTECTED', 'WRONG_KIND', 'INVALID_INPUT']),
      }),
    ),
    waiting: text.optional(),
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

/** What the session may do, where that is limited. */
export const limits = z
  .strictObject({
    allowed_paths: z.array(text),
    read_only_paths: z.array(text),
    allowed_tools: z.array(text),
  })
  .optional()
