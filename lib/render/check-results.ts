/** What a check of the workspace answers. */
import * as z from 'zod'

const text = z.string()
const number = z.number()
const flag = z.boolean()

export const checkShapes = {
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
}
