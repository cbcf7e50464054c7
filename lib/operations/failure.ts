import { CowriteError, type ErrorCode, isCowriteError } from '../errors.js'
import { asOwnError } from '../foreign-errors.js'
import type { OperationName } from '../render/commands.js'
import { renderFailure } from '../render/failure.js'
import { nextSteps } from '../render/next-steps.js'
import { originOf } from './failed-in.js'
import type { Face } from './operation.js'

export type FailureKind = 'mend your arguments' | 'not found' | 'someone must decide' | 'it broke'

const kinds: Record<ErrorCode, FailureKind> = {
  INVALID_INPUT: 'mend your arguments',
  PATH_ESCAPE: 'mend your arguments',
  PATH_PROTECTED: 'mend your arguments',
  WRONG_KIND: 'mend your arguments',
  ALREADY_EXISTS: 'mend your arguments',
  UNSUPPORTED: 'mend your arguments',
  NOT_FOUND: 'not found',
  SESSION_NOT_FOUND: 'not found',
  NO_ACTIVE_SESSION: 'not found',
  CANCELLED: 'someone must decide',
  CONFLICT: 'someone must decide',
  SESSION_CRASHED: 'someone must decide',
  LOCKED: 'someone must decide',
  WORKSPACE_UNAVAILABLE: 'it broke',
  SERVER_FAILED: 'it broke',
  CANNOT_WRITE: 'it broke',
  TOOL_FAILED: 'it broke',
  CORRUPT: 'it broke',
  IO: 'it broke',
}

/** Whose turn it is after an error, for a model that cannot tell it from the message. */
export function kindOfFailure(code: ErrorCode): FailureKind {
  return kinds[code]
}

export interface Failure {
  code: ErrorCode
  message: string
  data: unknown
  /** Commands or calls as they are typed, nothing escaped. */
  next_steps: string[]
  /** What a person reads. */
  text: string
}

/** Any error as the adapters tell it. `operation` is known by itself for what an operation or `parseInput` threw. */
export function describeFailure(
  thrown: unknown,
  face: Face,
  operation: OperationName | undefined = originOf(thrown)?.operation,
): Failure {
  const error = inShort(ours(thrown))
  const about = originOf(thrown)?.about ?? {}
  const steps = nextSteps(error, operation, about)
  return {
    code: error.code,
    message: error.message,
    data: error.data,
    next_steps: steps.map((step) => step.plain(face)),
    text: renderFailure(error, face, { operation, about, kind: kindOfFailure(error.code) }),
  }
}

/** The longest path there is; whatever else is longer was somebody's attempt, and is told back in part. */
const longestText = 4_100

function inShort(error: CowriteError): CowriteError {
  const data = shortened(error.data)
  if (error.message.length <= longestText && data === error.data) return error
  return new CowriteError(error.code, clip(error.message), data as never, { cause: error })
}

/** The same value where nothing in it is too long. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return clip(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, shortened(inner)] as const)
  if (entries.every(([key, inner]) => inner === (value as Record<string, unknown>)[key])) return value
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

function clip(text: string): string {
  return text.length > longestText ? `${text.slice(0, 200)}…` : text
}

/** The error itself, or what it was caused by, or a code and a sentence for a foreign one. */
function ours(thrown: unknown): CowriteError {
  const error = asOwnError(thrown)
  if (isCowriteError(error)) return error
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new CowriteError('IO', `Something unexpected went wrong: ${message}`, {}, { cause: thrown })
}
