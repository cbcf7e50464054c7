/** A command that was not understood, told in the manner of every other error. */
import type { Command, CommanderError } from 'commander'
import { CowriteError } from '../lib/errors.js'
import type { Failure } from './io.js'
import { examples, nameOf, rootOf, visible } from './tree.js'

export class UsageError extends CowriteError<'INVALID_INPUT'> {
  readonly nextSteps: string[]

  constructor(
    message: string,
    nextSteps: string[],
    data: { argument?: string; value?: unknown; suggestion?: string },
  ) {
    super('INVALID_INPUT', message, data)
    this.nextSteps = nextSteps
  }
}

export function describeUsage({ code, message, data, nextSteps }: UsageError): Failure & { text: string } {
  const steps = nextSteps.map((step) => `   - ${step}`)
  const text = [
    `❌ ERROR: ${message}`,
    '',
    '💡 Next steps:',
    ...steps,
    '',
    `🔖 Code: ${code} (mend your arguments)`,
  ].join('\n')
  return { code, message, data, next_steps: nextSteps, text }
}

/** Puts what commander found wrong in our words; `command` is the one it found it in. */
export function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const name = nameOf(command)
  const help = `See how it goes: ${name} --help`
  const quoted = /'(.*)'/s.exec(error.message.split('\n(Did you mean')[0] ?? '')?.[1] ?? ''
  const near = /\(Did you mean (?:one of )?([^\n]+)\?\)$/.exec(error.message)?.[1]?.split(', ') ?? []
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(quoted, near, command)
    case 'commander.unknownOption':
      return unknownOption(quoted, near, command)
    case 'commander.missingArgument':
      return new UsageError(`${name} needs ${quoted}`, exampleOf(command, help), { argument: quoted })
    case 'commander.optionMissingArgument':
      return new UsageError(`${quoted} needs a value`, [help], { argument: quoted })
    case 'commander.excessArguments':
      // A command that does something by itself takes a mistyped one of its own for an argument.
      if (command.commands.length > 0) return unknownCommand(command.args[0] ?? '', [], command)
      return excessArguments(command, help)
    default:
      return new UsageError(sentence(error.message), [help], {})
  }
}

function unknownCommand(word: string, near: string[], command: Command): UsageError {
  const name = nameOf(command)
  const suggestions = [...elsewhere(word, command), ...near.map((candidate) => `${name} ${candidate}`)]
  const steps = [...didYouMean(suggestions), `See what there is: ${name} --help`]
  return new UsageError(`${name} has no command '${shown(word)}'`, steps, {
    argument: 'command',
    value: word,
    ...(suggestions[0] ? { suggestion: suggestions[0] } : {}),
  })
}

/** Who types `cowrite commit` means the command of that name in its group. */
function elsewhere(word: string, command: Command): string[] {
  const top = visible(rootOf(command))
  return [...top.flatMap(visible), ...top].filter((candidate) => candidate.name() === word).map(nameOf)
}

function didYouMean(suggestions: string[]): string[] {
  return suggestions.length === 0 ? [] : [`Did you mean: ${suggestions.join(', or ')}`]
}

function unknownOption(option: string, near: string[], command: Command): UsageError {
  const name = nameOf(command)
  const isText = /\s/.test(option) || !/^--?[A-Za-z]/.test(option)
  const steps = [
    ...didYouMean(near),
    ...(isText ? [`Put -- before text that begins with a dash: ${name} … -- '${shown(option)}'`] : []),
    `See its options: ${name} --help`,
  ]
  return new UsageError(`${name} has no option '${shown(option)}'`, steps, {
    argument: option,
    ...(near[0] ? { suggestion: near[0] } : {}),
  })
}

function excessArguments(command: Command, help: string): UsageError {
  const name = nameOf(command)
  const places = command.registeredArguments
  const extra = command.args.slice(places.length)
  const takes = places.length === 0 ? 'nothing' : places.map((place) => place.name()).join(' ')
  const last = command.args.slice(places.length - 1).join(' ')
  const lastPlace = places.at(-1)
  const quotes =
    lastPlace && ['REASON', 'DESCRIPTION', 'QUERY'].includes(lastPlace.name())
      ? [`Put several words in quotes: ${name} … '${shown(last)}'`]
      : []
  return new UsageError(
    `${name} takes ${takes}; '${shown(extra[0] ?? '')}' is one too many`,
    [...quotes, help],
    { value: extra[0] },
  )
}

function exampleOf(command: Command, help: string): string[] {
  const example = examples.get(command)?.[0]
  return [...(example ? [`For example: ${example}`] : []), help]
}

function sentence(message: string): string {
  return message.replace(/^error: /, '').split('\n')[0] ?? message
}

/** What was typed, so that it cannot act on the terminal that shows it. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�').slice(0, 120)
}
