/** What several answers tell of changes: how many they are, of which kind, and which cannot be committed. */
import * as z from 'zod'

const text = z.string()
const number = z.number()
/** A list of tools leaves it out: each chat pays for that, and results may always have more than it tells. */
const seldom = { isSeldom: true }

export const changeKind = z.enum(['modified', 'created', 'deleted'])
export const changeOrNone = z.enum(['modified', 'created', 'deleted', 'unchanged'])
/** Whose version it is. */
export const source = z.enum(['session', 'global'])
export const conflicts = z.array(z.strictObject({ path: text, reason: text }))

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

/** Changes that no commit takes. */
export const barred = z
  .array(z.strictObject({ path: text, reason: text }))
  .meta(seldom)
  .optional()
