import type * as z from 'zod'
import { commands, type OperationName } from '../render/commands.js'
import { type ResultShape, resultOf } from '../render/results.js'
import { aboutInput } from './about.js'
import { type Operation, operation } from './operation.js'
import { marked } from './runnable.js'

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
  const { group, input } = definition
  return operation({
    ...definition,
    name,
    chat,
    get output() {
      return resultOf(name)
    },
    commandLine: { usage, ...('flags' in rest ? { flags: rest.flags } : {}), examples },
    run: marked({ name, group, about: (given) => aboutInput(input.shape, given) }, run),
  })
}
