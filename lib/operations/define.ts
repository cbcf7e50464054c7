import type * as z from 'zod'
import { commands, type OperationName } from '../render/commands.js'
import { aboutFailure, aboutInput } from './about.js'
import { noteOrigin } from './failed-in.js'
import { type Operation, operation } from './operation.js'

type Definition<Input extends z.ZodObject, Output extends z.ZodObject> = Omit<
  Operation<Input, Output>,
  'name' | 'chat' | 'commandLine'
> & { examples: string[] }

/** Makes an operation of its definition and of its entry in the table of commands, and marks the errors it throws. */
export function define<Input extends z.ZodObject, Output extends z.ZodObject>(
  name: OperationName,
  { examples, run, ...definition }: Definition<Input, Output>,
): Operation<Input, Output> {
  const { chat, usage, ...rest } = commands[name]
  return operation({
    ...definition,
    name,
    chat,
    commandLine: { usage, ...('flags' in rest ? { flags: rest.flags } : {}), examples },
    async run(context, input) {
      try {
        return await run(context, input)
      } catch (error) {
        const about = aboutInput(definition.input.shape, input)
        noteOrigin(error, name, { ...about, ...(await aboutFailure(name, context, input, error)) })
        throw error
      }
    },
  })
}
