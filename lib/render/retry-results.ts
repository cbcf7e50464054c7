/** What the operations on rejected versions answer. */
import * as z from 'zod'
import { changeOrNone } from './change-shapes.js'
import { retry } from './retry-shape.js'

const text = z.string()
const number = z.number()
const flag = z.boolean()
const texts = z.array(text)

export const retryShapes = {
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
}
