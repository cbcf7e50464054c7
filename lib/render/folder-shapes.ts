/** What answers tell of folders, and of a list that is empty. */
import * as z from 'zod'

const text = z.string()

/** Of a start where there was no workspace before: its absolute folder, and the workspace or repository around that. */
export const newWorkspace = () => ({
  new_workspace: text.optional(),
  within: text.optional(),
})

/** Why a list is empty: how many have ended, whether it was filtered, and that the folder is no workspace, but lies in one. */
export const emptyList = () => ({
  ended: z.number().optional(),
  filtered: z.boolean().optional(),
  from: text.optional(),
  until: text.optional(),
  no_workspace: text.optional(),
  within: text.optional(),
})
