import type { OperationName } from '../render/commands.js'

/** Which operation an error came out of, so that its next steps are those for whoever called it. */
const origins = new WeakMap<object, OperationName>()

export function noteOrigin(error: unknown, operation: OperationName): void {
  if (typeof error === 'object' && error !== null && !origins.has(error)) origins.set(error, operation)
}

export function originOf(error: unknown): OperationName | undefined {
  return typeof error === 'object' && error !== null ? origins.get(error) : undefined
}
