/** Why an MCP server, or one of its tools, was of no use, told in the manner of every other error. */
import { CowriteError, type ErrorCode } from '../lib/errors.js'
import { linesForTerminal } from '../lib/render/at-terminal.js'
import type { Failure } from './io.js'

export interface ServerFault {
  code: 'INVALID_INPUT' | 'NOT_FOUND' | 'SERVER_FAILED' | 'TOOL_FAILED'
  data: object
  /** What to do, the likeliest first. */
  steps: string[]
  /** What belongs to it, as lines. */
  details?: string[]
}

export class ServerError extends CowriteError {
  readonly fault: ServerFault

  constructor(message: string, fault: ServerFault) {
    super(fault.code, message, fault.data as never)
    this.fault = fault
  }
}

const kinds: Partial<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'mend your arguments',
  NOT_FOUND: 'not found',
}

export function describeServer({ code, message, data, fault }: ServerError): Failure & { text: string } {
  const { steps, details = [] } = fault
  const heading = code === 'SERVER_FAILED' ? 'Troubleshooting:' : '💡 Next steps:'
  const text = [
    `❌ ERROR: ${message}`,
    '',
    ...(details.length === 0 ? [] : [...details, '']),
    heading,
    ...steps.map((step, at) => (code === 'SERVER_FAILED' ? `  ${at + 1}. ${step}` : `   - ${step}`)),
    '',
    `🔖 Code: ${code} (${kinds[code] ?? 'it broke'})`,
  ]
  return { code, message, data, next_steps: steps, text: linesForTerminal(text.join('\n')) }
}
