/** The arguments that several operations share, each with what a model has to know of it. */
import * as z from 'zod'

export const sessionName = z.string().min(1).describe('Session; default: the active one')
export const name = sessionName.optional()
export const session = sessionName.optional()
export const filePath = z.string().min(1).describe('Path in the workspace')
export const limit = z.int().min(1)
export const offset = z.int().min(0)
export const paths = z.array(z.string().min(1)).min(1)
export const since = z.string().min(1).optional().describe('7d, tuesday, a local date')
export const until = z.string().min(1).optional().describe('As since; to the end of a day')
