import { given } from '../given.js'
import type { Context } from '../operation.js'
import { snakeCased } from '../snake-case.js'

interface Input {
  file_path: string
  offset?: number | undefined
  limit?: number | undefined
  session?: string | undefined
}

export async function readSessionFile(context: Context, { file_path, offset, limit, session }: Input) {
  return snakeCased(await (await context.session(session)).read(file_path, given({ offset, limit })))
}
