/** The tree of commands: finding a command, naming it, and what stands at it. */
import type { Command } from 'commander'
import type { Globals } from './call.js'

/** Each command's examples, for help and for errors. */
export const examples = new WeakMap<Command, readonly string[]>()

/** The command of these words, made with the groups on the way to it where it is not there. */
export function commandAt(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words) {
    command = command.commands.find((candidate) => candidate.name() === word) ?? command.command(word)
    command.enablePositionalOptions().helpCommand(false)
  }
  return command
}

/** The deepest command that these words lead to. */
export function findCommand(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words) {
    const next = visible(command).find((candidate) => candidate.name() === word)
    if (!next) return command
    command = next
  }
  return command
}

/** `cowrite session commit`. */
export function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

/** The commands that help shows. */
export function visible(command: Command): Command[] {
  return command.createHelp().visibleCommands(command)
}

export function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command
}

export function forEach(command: Command, act: (command: Command) => void): void {
  act(command)
  for (const subcommand of command.commands) forEach(subcommand, act)
}

/** The options of everywhere may stand before and after the words: the one nearest to the end counts. */
export function globalsOf(command: Command): Globals {
  const { workspace, session, json } = command.opts<Globals>()
  const outer = command.parent ? globalsOf(command.parent) : {}
  return {
    ...outer,
    ...(workspace === undefined ? {} : { workspace }),
    ...(session === undefined ? {} : { session }),
    ...(json === undefined ? {} : { json }),
  }
}
