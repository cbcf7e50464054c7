import type { OperationName } from '../render/commands.js'
import type { About } from '../render/next-steps.js'

/** Which operation an error came out of, and what is known about the call. */
export interface Origin {
  operation: OperationName
  about: About
}

/** So that an error's next steps are those for whoever called it, with what they gave. */
const origins = new WeakMap<object, Origin>()

export function noteOrigin(error: unknown, operation: OperationName, about: About = {}): void {
  if (typeof error === 'object' && error !== null && !origins.has(error)) {
    origins.set(error, { operation, about })
  }
}

export function originOf(error: unknown): Origin | undefined {
  return typeof error === 'object' && error !== null ? origins.get(error) : undefined
}
