/** Help that teaches by example. */
import type { Command, Help, Option } from 'commander'
import picocolors from 'picocolors'
import { examples } from './tree.js'

/** The order in which one usually needs them. */
const usualPath: [command: string, what: string][] = [
  ['cowrite session start my-draft "A darker ending"', 'work on a private copy, made as you write'],
  ['cowrite file write notes.md --content "…"', 'or let an agent write: cowrite mcp'],
  ['cowrite session status', 'see what changed'],
  ['cowrite session diff', 'read it'],
  ['cowrite session commit', 'put it into your files, all at once'],
  ['cowrite session undo', 'take that back'],
]

const groups: Record<string, string> = {
  session: 'Start, look at, commit, cancel and undo sessions',
  file: `Read and change files as the session has them

A path starts from the folder you stand in, as in git; if nothing is there, from the workspace. A new file is made
where you stand.`,
}

export function describeGroups(program: Command): void {
  for (const group of program.commands) {
    if (group.commands.length === 0) continue
    // One that does something by itself has said what.
    if (group.description() !== '') continue
    group.description(groups[group.name()] ?? '')
    addExamples(group, group.commands.flatMap((command) => examples.get(command)?.[0] ?? []).slice(0, 3))
  }
  program.addHelpText(
    'after',
    `
The usual path:
${table(usualPath)}

More of a command: cowrite help session commit`,
  )
}

export function addExamples(command: Command, lines: readonly string[]): void {
  examples.set(command, [...lines])
  if (lines.length > 0)
    command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}

export function styleHelp(command: Command): void {
  const colours = picocolors.createColors(true) // Taken away again where the output is not to have any.
  command.configureHelp({
    subcommandTerm: (subcommand) => [subcommand.name(), ...placesOf(subcommand)].join(' '),
    optionDescription,
    styleTitle: colours.bold,
    styleCommandText: colours.cyan,
    styleSubcommandText: colours.cyan,
    styleOptionText: colours.cyan,
    styleArgumentText: colours.cyan,
    formatHelp,
  })
  const options = command.options.some((option) => !option.hidden) ? ['[options]'] : []
  const own = [...options, ...placesOf(command)].join(' ')
  const hasOwn = command.options.some((option) => option.helpGroupHeading !== everywhereHeading)
  const isBoth = hasOwn && command.parent !== null
  command.usage(command.commands.length === 0 ? own : isBoth ? `${own} | COMMAND …` : 'COMMAND …')
}

function optionDescription({ description, argChoices }: Option): string {
  return [description, ...(argChoices ? [`(${argChoices.join(', ')})`] : [])].join(' ')
}

/** As commander has it, but what one came for stands first: the commands, and last the options of everywhere. */
function formatHelp(command: Command, help: Help): string {
  const width = help.padWidth(command, help)
  const item = (term: string, description: string) => help.formatItem(term, width, description, help)
  const commands = help
    .visibleCommands(command)
    .map((found) =>
      item(help.styleSubcommandTerm(help.subcommandTerm(found)), help.subcommandDescription(found)),
    )
  const places = help
    .visibleArguments(command)
    .map((place) => item(help.styleArgumentTerm(help.argumentTerm(place)), help.argumentDescription(place)))
  const options = (everywhere: boolean) =>
    help
      .visibleOptions(command)
      .filter((option) => (option.helpGroupHeading === everywhereHeading) === everywhere)
      .map((option) => item(help.styleOptionTerm(help.optionTerm(option)), help.optionDescription(option)))

  return [
    `${help.styleTitle('Usage:')} ${help.styleUsage(help.commandUsage(command))}`,
    '',
    help.boxWrap(help.commandDescription(command), help.helpWidth ?? 80),
    '',
    ...help.formatItemList('Commands:', commands, help),
    ...help.formatItemList('Arguments:', places, help),
    ...help.formatItemList('Options:', options(false), help),
    ...help.formatItemList(everywhereHeading, options(true), help),
  ].join('\n')
}

export const everywhereHeading = 'Everywhere:'

function placesOf(command: Command): string[] {
  return command.registeredArguments.map((place) => (place.required ? place.name() : `[${place.name()}]`))
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n')
}
