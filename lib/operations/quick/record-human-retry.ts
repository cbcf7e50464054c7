import type { RetryResult } from '../../api.js'
import { isCowriteError } from '../../errors.js'
import type { SessionApi } from '../../workspace-api.js'
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
  const result =
    (await sameRejection(session, file_path, reason)) ??
    (await session.retry(file_path, reason, { autoDetected: auto_detected }))
  return {
    ...snakeCased(result),
    saved_to: inWorkspace(result.savedTo, session),
    reason_saved_to: inWorkspace(result.reasonSavedTo, session),
  }
}

/**
 * The retry that says so already: a rejection may be told twice, by a hook that saw what was typed and by the model that
 * was told of it. Null where the file, or the reason, is another by now.
 */
async function sameRejection(session: SessionApi, path: string, reason: string): Promise<RetryResult | null> {
  const all = await session.retries(path).catch((error: unknown) => {
    if (isCowriteError(error)) return []
    throw error
  })
  const last = all.at(-1)
  if (last === undefined || last.reason !== reason.trim()) return null
  const { filePath, retry, savedTo, autoDetected } = last
  const [rejected, present] = [await session.readRetry(filePath, retry), await bytesOf(session, filePath)]
  if (present === null || !rejected.equals(present)) return null
  const source = autoDetected ? ('auto' as const) : ('user' as const)
  const previousReasons = all.slice(0, -1).map((one) => one.reason)
  return {
    filePath,
    retry,
    reason: last.reason,
    source,
    savedTo,
    reasonSavedTo: `${savedTo}.reason.txt`,
    previousReasons,
  }
}

async function bytesOf(session: SessionApi, path: string): Promise<Buffer | null> {
  try {
    const { content, encoding, truncated } = await session.read(path)
    return truncated ? null : Buffer.from(content, encoding)
  } catch (error) {
    if (isCowriteError(error)) return null
    throw error
  }
}

function inWorkspace(path: string, session: SessionApi): string {
  return path.startsWith(session.path) ? path : session.path + path
}
