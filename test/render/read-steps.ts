/** Finds the commands and calls that an answer names, and says whether each can be given. */
import { z } from 'zod'
import { type Operation, operations } from '../../lib/operations/index.js'
import { programCommands } from '../../lib/render/commands.js'

const calls = operations.map(({ name }) => name).join('|')
const step = new RegExp(
  `cowrite [a-z][^\`\\n→]*|(?<![\\w/.])/(?:session|retry)\\b[^\`\\n→]*|\\b(?:${calls})\\(.*\\)`,
  'g',
)

export function grammarOf(operation: Operation) {
  return {
    output: z.toJSONSchema(operation.output, { unrepresentable: 'any' }),
    stepsIn: (text: string) => text.match(step) ?? [],
    exists,
  }
}

function exists(written: string): boolean {
  const call = new RegExp(`^(${calls})\\((.*)\\)$`).exec(written)
  if (call)
    return hasInputs(
      call[1],
      [...(call[2] ?? '').matchAll(/(?:^|, )(\w+)=/g)].map(([, input]) => input),
    )
  const words = written.replace(/^cowrite |^\//, '').trim()
  if (programCommands.some((command) => words.startsWith(command))) return true
  const operation = operations.find(({ commandLine }) => {
    const fixed = commandLine.usage
      .split(' ')
      .filter((word) => /^[a-z]/.test(word))
      .join(' ')
    return words === fixed || words.startsWith(`${fixed} `)
  })
  if (!operation) return false
  const flags = [...words.replace(/"[^"]*"|'[^']*'/g, '').matchAll(/ (--[a-z-]+)/g)].map(
    ([, flag]) => flag ?? '',
  )
  const known = Object.keys(operation.input.shape).flatMap(
    (input) => operation.commandLine.flags?.[input]?.split(' ') ?? [`--${input.replaceAll('_', '-')}`],
  )
  return flags.every((flag) => known.includes(flag))
}

function hasInputs(name: string | undefined, inputs: (string | undefined)[]): boolean {
  const operation = operations.find((one) => one.name === name)
  return (
    operation !== undefined && inputs.every((input) => input !== undefined && input in operation.input.shape)
  )
}
