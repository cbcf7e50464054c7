/** A command that was not understood, told in the manner of every other error. */
import type { Command, CommanderError } from 'commander'
import { CowriteError } from '../lib/errors.js'
import { forTerminal } from '../lib/render/at-terminal.js'
import { quoteForShell } from '../lib/render/spell.js'
import type { Failure } from './io.js'
import { othersCall, othersOption } from './synonyms.js'
import { examples, nameOf, rootOf, visible } from './tree.js'

/** A word on why, and the command as it is typed, where there is one. */
export interface UsageStep {
  label: string
  command?: string
}

export class UsageError extends CowriteError<'INVALID_INPUT'> {
  readonly steps: readonly UsageStep[]

  constructor(
    message: string,
    steps: readonly UsageStep[],
    data: { argument?: string; value?: unknown; suggestion?: string },
  ) {
    super('INVALID_INPUT', message, data)
    this.steps = steps
  }
}

export function describeUsage({ code, message, data, steps }: UsageError): Failure & { text: string } {
  const lines = steps.map(({ label, command }) =>
    forTerminal(command === undefined ? `   - ${label}` : `   - ${label}: ${command}`),
  )
  const text = [
    `❌ ERROR: ${message}`,
    '',
    '💡 Next steps:',
    ...lines,
    '',
    `🔖 Code: ${code} (mend your arguments)`,
  ].join('\n')
  return { code, message, data, next_steps: steps.map(({ label, command }) => command ?? label), text }
}

/** What was typed, and whether other words would be understood. */
export interface Typed {
  words: readonly string[]
  parses(words: readonly string[]): boolean
}

/** Puts what commander found wrong in our words; `command` is the one it found it in. */
export function usageErrorOf(error: CommanderError, command: Command, typed: Typed): UsageError {
  const name = nameOf(command)
  const help = { label: 'See how it goes', command: `${name} --help` }
  const quoted = /'(.*)'/s.exec(error.message.split('\n(Did you mean')[0] ?? '')?.[1] ?? ''
  const near = /\(Did you mean (?:one of )?([^\n]+)\?\)$/.exec(error.message)?.[1]?.split(', ') ?? []
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(quoted, near, command, typed)
    case 'commander.unknownOption':
      return unknownOption(quoted, near.length > 0 ? near : othersOption(quoted, command), command, typed)
    case 'commander.missingArgument':
      return new UsageError(`${name} needs ${quoted}`, [...exampleOf(command), help], { argument: quoted })
    case 'commander.optionMissingArgument':
      return new UsageError(`${quoted} needs a value`, [help], { argument: quoted })
    case 'commander.excessArguments':
      // A command that does something by itself takes a mistyped one of its own for an argument.
      if (command.commands.length > 0) return unknownCommand(command.args[0] ?? '', [], command, typed)
      return excessArguments(command, typed, help)
    default:
      return new UsageError(sentence(error.message), [help], {})
  }
}

function unknownCommand(word: string, near: string[], command: Command, typed: Typed): UsageError {
  const name = nameOf(command)
  const called = othersCall(name, word)
  const suggestions =
    called === undefined
      ? [...elsewhere(word, command), ...near.map((candidate) => `${name} ${candidate}`)]
      : [`${name} ${called}`]
  const rest = typed.words.slice(typed.words.indexOf(word) + 1)
  const meant = suggestions.map((suggestion) => meantBy(suggestion.split(' ').slice(1), rest, typed))
  const steps = [...didYouMean(meant), { label: 'See what there is', command: `${name} --help` }]
  return new UsageError(`${name} has no command '${shown(word)}'`, steps, {
    argument: 'command',
    value: word,
    ...(suggestions[0] ? { suggestion: suggestions[0] } : {}),
  })
}

/** With what was typed after it, where it takes that; else how it goes. */
function meantBy(command: readonly string[], rest: readonly string[], typed: Typed): string {
  const words = [...command, ...rest]
  return canBeShown(words) && typed.parses(words) ? lineOf(words) : lineOf([...command, '--help'])
}

/** Who types `cowrite commit` means the command of that name in its group. */
function elsewhere(word: string, command: Command): string[] {
  const top = visible(rootOf(command))
  return [...top.flatMap(visible), ...top].filter((candidate) => candidate.name() === word).map(nameOf)
}

function didYouMean(lines: readonly string[]): UsageStep[] {
  return [...new Set(lines)].map((command, at) => ({ label: at === 0 ? 'Did you mean' : 'Or', command }))
}

function unknownOption(option: string, near: string[], command: Command, typed: Typed): UsageError {
  const name = nameOf(command)
  const isText = /\s/.test(option) || !/^--?[A-Za-z]/.test(option)
  const { words } = typed
  const at = words.indexOf(option)
  const mended = near.map((candidate) => words.map((word) => (word === option ? candidate : word)))
  const asText = [...words.slice(0, at), '--', ...words.slice(at)]
  const steps = [
    ...didYouMean(mended.filter((line) => canBeShown(line) && typed.parses(line)).map(lineOf)),
    ...(isText && at !== -1 && canBeShown(asText) && typed.parses(asText)
      ? [{ label: 'Put -- before text that begins with a dash', command: lineOf(asText) }]
      : []),
    { label: 'See its options', command: `${name} --help` },
  ]
  return new UsageError(`${name} has no option '${shown(option)}'`, steps, {
    argument: option,
    ...(near[0] ? { suggestion: near[0] } : {}),
  })
}

function excessArguments(command: Command, typed: Typed, help: UsageStep): UsageError {
  const name = nameOf(command)
  const places = command.registeredArguments
  const extra = command.args.slice(places.length)
  const takes = places.length === 0 ? 'nothing' : places.map((place) => place.name()).join(' ')
  const lastPlace = places.at(-1)
  const first = command.args.slice(0, places.length - 1)
  const words = [...name.split(' ').slice(1), ...first, command.args.slice(places.length - 1).join(' ')]
  const takesText = lastPlace && ['REASON', 'DESCRIPTION', 'QUERY', 'MESSAGE'].includes(lastPlace.name())
  const quotes =
    takesText && canBeShown(words) && typed.parses(words)
      ? [{ label: 'Put several words in quotes', command: lineOf(words) }]
      : []
  return new UsageError(
    `${name} takes ${takes}; '${shown(extra[0] ?? '')}' is one too many`,
    [...quotes, help],
    { value: extra[0] },
  )
}

function exampleOf(command: Command): UsageStep[] {
  const example = examples.get(command)?.[0]
  return example ? [{ label: 'For example', command: example }] : []
}

function sentence(message: string): string {
  return message.replace(/^error: /, '').split('\n')[0] ?? message
}

function lineOf(words: readonly string[]): string {
  return ['cowrite', ...words.map((word) => (isOption.test(word) ? word : quoteForShell(word)))].join(' ')
}

const isOption = /^--?(?:[A-Za-z][\w-]*)?$/

/** A whole chapter is not told back, nor what would act on a terminal, and would be another when it is pasted. */
function canBeShown(words: readonly string[]): boolean {
  return words.join(' ').length <= 300 && words.every((word) => shown(word) === word)
}

/** What was typed, so that it cannot act on the terminal that shows it. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�').slice(0, 120)
}
