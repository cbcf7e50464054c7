import type { ErrorCode } from '../errors.js'
import type { OperationName } from '../render/commands.js'
import type { About } from '../render/next-steps.js'
import { aboutFailure } from './about.js'
import { noteOrigin } from './failed-in.js'
import type { Context, Face, Group, Operation } from './operation.js'

type Values = Record<string, unknown>

/** What of an operation it takes to run it on input that is known to be right. */
export interface Runnable {
  name: string
  kind: Operation['kind']
  /** The names of its inputs. */
  input: { shape: object }
  opensAsItLies?: true
  run(context: Context, input: Values): Promise<Values>
  render(result: Values, face: Face, columns?: number): string
  exitCode?(result: Values): ErrorCode | null
}

/** Marks the errors that `run` throws with where they came from, and holds what a session allows. */
export function marked<Input extends Values, Result>(
  { name, group, about }: { name: OperationName; group: Group; about(input: Input): About },
  run: (context: Context, input: Input) => Promise<Result>,
): (context: Context, input: Input) => Promise<Result> {
  return async (context, input) => {
    try {
      return await run(group === 'files' ? withToolCheck(context, name) : context, input)
    } catch (error) {
      noteOrigin(error, name, { ...about(input), ...(await aboutFailure(name, context, input, error)) })
      throw error
    }
  }
}

/** A session may allow some tools for files only; what looks after sessions is always there. */
function withToolCheck(context: Context, tool: string): Context {
  return {
    ...context,
    async session(name) {
      const session = await context.session(name)
      session.checkTool(tool)
      return session
    },
  }
}
