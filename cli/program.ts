/** The commands, made from the operation list; the adapter adds only what is the shell's own. */
import { Argument, Command, Option } from 'commander'
import type { Operation } from '../lib/operations/operation.js'
import type { OperationName } from '../lib/render/commands.js'
import { additionsFor } from './additions.js'
import type { Result } from './call.js'
import { addShellCommands } from './commands/shell.js'
import { type Flag, type Grammar, grammarOf, type Place, typedValue } from './grammar.js'
import { addExamples, describeGroups, everywhereHeading, styleHelp } from './help.js'
import type { OnPlan } from './plan.js'
import { commandAt, forEach, globalsOf } from './tree.js'
import { inShellWords } from './wording.js'

export function buildProgram(operations: readonly Operation[], version: string, onPlan: OnPlan): Command {
  const program = new Command('cowrite')
    .description(
      'Sessions for folders that people and agents write in together: try changes, keep or drop them.',
    )
    .enablePositionalOptions()
    .helpCommand(false)
    .version(version, '-V, --version', 'Print the version')
  for (const operation of operations) {
    addOperation(program, operation, operations, onPlan)
  }
  addShellCommands(program, onPlan)
  describeGroups(program)
  forEach(program, prepare)
  return program
}

/** What every command has: the options that stand everywhere, and our help. */
function prepare(command: Command): void {
  for (const option of globalOptions()) command.addOption(option.helpGroup(everywhereHeading))
  command.addHelpOption(new Option('-h, --help', 'Show how it goes').helpGroup(everywhereHeading))
  styleHelp(command)
}

function globalOptions(): Option[] {
  return [
    new Option(
      '--workspace <DIR>',
      'The folder to work on (else COWRITE_WORKSPACE, or the nearest workspace above)',
    ),
    new Option('--session <NAME>', 'The session to work in (else COWRITE_SESSION, or the active one)'),
    new Option('--json', 'Print one JSON document, errors included'),
  ]
}

function addOperation(
  program: Command,
  operation: Operation,
  operations: readonly Operation[],
  onPlan: OnPlan,
): void {
  const grammar = grammarOf(operation)
  const additions = additionsFor(operation)
  const command = commandAt(program, grammar.words)
    .summary(operation.title)
    .description(descriptionOf(operation, operations, additions.note))
  for (const place of grammar.places) command.addArgument(argumentOf(place))
  for (const flag of grammar.flags) command.addOption(optionOf(flag))
  if (additions.alias !== undefined) command.alias(additions.alias)
  for (const option of additions.options) {
    if (!command.options.some(({ long }) => long === option.long)) command.addOption(option)
  }
  addExamples(command, operation.commandLine.examples)
  command.action(() => {
    const raw = rawInput(grammar, command)
    const handler = additions.handler(command.opts())
    onPlan({
      operation: operation.name as OperationName,
      globals: globalsOf(command),
      run: (call) => handler(operation, raw, call),
    })
  })
}

function descriptionOf(operation: Operation, operations: readonly Operation[], note?: string): string {
  const summary = inShellWords(operation.summary, operation, operations)
  return note === undefined ? summary : `${summary}\n\n${note}`
}

function argumentOf({ label, required, description }: Place): Argument {
  return new Argument(required ? `<${label}>` : `[${label}]`, description)
}

function optionOf({ spelling, label, kind, splits, choices, description }: Flag): Option {
  const option = new Option(label === undefined ? spelling : `${spelling} <${label}>`, description)
  if (choices) option.choices(choices)
  if (kind === 'list') {
    option.argParser<string[]>((typed, before = []) => [...before, ...(splits ? listOf(typed) : [typed])])
  } else if (label !== undefined) {
    option.argParser((typed) => typedValue(typed, { kind, ...(choices ? { choices } : {}) }))
  }
  return option
}

function listOf(typed: string): string[] {
  return typed
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** The operation's input as typed: what was not given is not there. */
function rawInput({ places, flags }: Grammar, command: Command): Result {
  const raw: Result = {}
  places.forEach((place, at) => {
    const typed = command.args[at]
    if (typed !== undefined) raw[place.input] = place.kind === 'list' ? [typed] : typedValue(typed, place)
  })
  for (const flag of flags) {
    const name = optionOf(flag).attributeName()
    if (command.getOptionValueSource(name) !== 'cli') continue
    const value = command.getOptionValue(name)
    raw[flag.input] = flag.kind === 'list' ? [...((raw[flag.input] as string[]) ?? []), ...value] : value
  }
  return raw
}
