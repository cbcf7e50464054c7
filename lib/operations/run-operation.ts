import type * as z from 'zod'
import type { Context, Operation } from './operation.js'
import { parseInput } from './parse-input.js'

/** Checks the input, then runs the operation. Throws INVALID_INPUT before anything is touched. */
export async function runOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  operation: Operation<Input, Output>,
  context: Context,
  raw: unknown,
): Promise<z.output<Output>> {
  return operation.run(context, parseInput(operation, raw))
}
