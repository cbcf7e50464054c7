import type { Context } from '../operation.js'
import { snakeCased } from '../snake-case.js'

interface Input {
  file_path: string
  reason: string
  auto_detected: boolean
  session?: string | undefined
}

export async function recordHumanRetry(
  context: Context,
  { file_path, reason, auto_detected, session: name }: Input,
) {
  const session = await context.session(name)
  return snakeCased(await session.retry(file_path, reason, { autoDetected: auto_detected, once: true }))
}
