import type * as z from 'zod'
import { commands, type OperationName } from '../render/commands.js'
import { type ResultShape, resultOf } from '../render/results.js'
import { aboutFailure, aboutInput } from './about.js'
import { noteOrigin } from './failed-in.js'
import { type Context, type Operation, operation } from './operation.js'

type Definition<Input extends z.ZodObject, Output extends z.ZodObject> = Omit<
  Operation<Input, Output>,
  'name' | 'chat' | 'commandLine' | 'output'
> & { examples: string[] }

/**
 * Makes an operation of its definition and of its entries in the tables of commands and of results, and marks the
 * errors it throws.
 */
export function define<Input extends z.ZodObject, Name extends OperationName>(
  name: Name,
  { examples, run, ...definition }: Definition<Input, ResultShape<Name>>,
): Operation<Input, ResultShape<Name>> {
  const { chat, usage, ...rest } = commands[name as OperationName]
  return operation({
    ...definition,
    name,
    chat,
    get output() {
      return resultOf(name)
    },
    commandLine: { usage, ...('flags' in rest ? { flags: rest.flags } : {}), examples },
    async run(context, input) {
      try {
        return await run(definition.group === 'files' ? withToolCheck(context, name) : context, input)
      } catch (error) {
        const about = aboutInput(definition.input.shape, input)
        noteOrigin(error, name, { ...about, ...(await aboutFailure(name, context, input, error)) })
        throw error
      }
    },
  })
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
