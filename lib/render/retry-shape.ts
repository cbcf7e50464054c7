/** A retry as answers have it, in snake_case. */
import * as z from 'zod'

export const retry = z.strictObject({
  file_path: z.string(),
  retry: z.number(),
  reason: z.string(),
  auto_detected: z.boolean(),
  saved_to: z.string(),
  recorded_at: z.string(),
  session: z.string(),
  archived_in: z.string().optional(),
})
