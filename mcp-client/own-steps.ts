/** What to do about an error of cowrite's own server, as it is typed here: the server spells it for a chat. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { CowriteError, type ErrorCode, type ErrorData, exitStatus } from '../lib/errors.js'
import { commands, type OperationName } from '../lib/render/commands.js'
import { nextSteps } from '../lib/render/next-steps.js'

/** None where it is not known to be ours. */
export function ownSteps(
  serverName: string,
  tool: string,
  given: Record<string, unknown>,
  { structuredContent }: CallToolResult,
): string[] {
  const error = structuredContent?.error as { code?: unknown; data?: unknown } | undefined
  const code = error?.code
  if (serverName !== 'cowrite' || !Object.hasOwn(commands, tool)) return []
  if (typeof code !== 'string' || !Object.hasOwn(exitStatus, code)) return []
  const told = new CowriteError(code as ErrorCode, '', (error?.data ?? {}) as ErrorData[ErrorCode])
  try {
    const about = { given, inputs: Object.keys(given) }
    return nextSteps(told, tool as OperationName, about).map(
      (step) => `${step.label}: ${step.plain('shell')}`,
    )
  } catch (trouble) {
    // Another server that bears our name has other data, in which nothing is to be found.
    if (trouble instanceof TypeError) return []
    throw trouble
  }
}
