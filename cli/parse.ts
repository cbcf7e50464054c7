/** From words to a plan, without a word printed and without an exit. */
import type { Command, CommanderError } from 'commander'
import type { Operation } from '../lib/operations/operation.js'
import { HelpWanted, type Plan } from './plan.js'
import { buildProgram } from './program.js'
import { forEach } from './tree.js'
import { UsageError, usageErrorOf } from './usage-error.js'
import { wordsOf } from './wording.js'

export type Parsed =
  | { kind: 'plan'; plan: Plan }
  | { kind: 'help'; text: string }
  | { kind: 'version'; text: string }

export interface Look {
  columns: number
  coloured: boolean
  version: string
}

/** Where commander stopped: it would have ended the process there. */
class Stopped extends Error {
  readonly reason: CommanderError
  readonly command: Command

  constructor(reason: CommanderError, command: Command) {
    super(reason.message, { cause: reason })
    this.reason = reason
    this.command = command
  }
}

/**
 * Throws a UsageError for what cannot be understood. The program is made of the commands whose words were typed; only
 * where that does not come to a plan (help, a mistake), of all.
 */
export function parseCommandLine(
  argv: readonly string[],
  operations: readonly Operation[],
  look: Look,
): Parsed {
  const words = spelledWithFlag(argv)
  const typed = typedOf(operations, words)
  if (typed.length > 0) {
    try {
      const parsed = parseWith(words, typed, look)
      if (parsed.kind === 'plan') return parsed
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
    }
  }
  return parseWith(words, operations, look)
}

/** `session merge A into B`, as people say it. */
function spelledWithFlag(argv: readonly string[]): string[] {
  const merge = argv.indexOf('merge')
  const into = argv.indexOf('into', merge + 2)
  if (merge < 1 || argv[merge - 1] !== 'session' || into === -1) return [...argv]
  return [...argv.slice(0, into), '--into', ...argv.slice(into + 1)]
}

/** Those whose words were typed. */
function typedOf(operations: readonly Operation[], words: readonly string[]): Operation[] {
  return operations.filter(({ commandLine }) => holdsInOrder(words, wordsOf(commandLine.usage)))
}

function holdsInOrder(argv: readonly string[], words: readonly string[]): boolean {
  let found = 0
  for (const typed of argv) if (typed === words[found]) found += 1
  return found === words.length
}

interface Attempt {
  plan: Plan | undefined
  printed: string
}

function parseWith(argv: readonly string[], operations: readonly Operation[], look: Look): Parsed {
  const attempt: Attempt = { plan: undefined, printed: '' }
  try {
    attemptToParse(argv, operations, look, attempt)
  } catch (error) {
    if (error instanceof HelpWanted) return parseWith([...error.words, '--help'], operations, look)
    if (!(error instanceof Stopped)) throw error
    const { reason, command } = error
    if (reason.code === 'commander.version') return { kind: 'version', text: attempt.printed }
    if (reason.code === 'commander.helpDisplayed' || reason.code === 'commander.help') {
      // Help for a command that is not there would be some other command's.
      if (isMistyped(command)) return parseWith(withoutHelp(argv), operations, look)
      return { kind: 'help', text: attempt.printed }
    }
    const parses = (words: readonly string[]): boolean => isUnderstood(words, operations, look)
    throw usageErrorOf(reason, command, { words: argv, parses })
  }
  const { plan } = attempt
  if (!plan) {
    throw new UsageError(
      'There is no command',
      [{ label: 'See what there is', command: 'cowrite --help' }],
      {},
    )
  }
  return { kind: 'plan', plan }
}

/** Notes what it comes to as it goes. Throws Stopped, HelpWanted. */
function attemptToParse(
  argv: readonly string[],
  operations: readonly Operation[],
  look: Look,
  attempt: Attempt,
): void {
  const print = (text: string) => {
    attempt.printed += text
  }
  const program = buildProgram(operations, look.version, (found) => {
    attempt.plan = found
  })
  forEach(program, (command) => {
    command
      .configureOutput({
        writeOut: print,
        writeErr: print,
        outputError: () => {},
        getOutHelpWidth: () => look.columns,
        getErrHelpWidth: () => look.columns,
        getOutHasColors: () => look.coloured,
        getErrHasColors: () => look.coloured,
      })
      .exitOverride((reason) => {
        throw new Stopped(reason, command)
      })
  })
  program.parse([...argv], { from: 'user' })
}

/** Whether these words come to something that can be done. */
function isUnderstood(argv: readonly string[], operations: readonly Operation[], look: Look): boolean {
  const attempt: Attempt = { plan: undefined, printed: '' }
  try {
    attemptToParse(argv, typedOf(operations, argv), look, attempt)
    return attempt.plan !== undefined
  } catch (error) {
    if (error instanceof Stopped || error instanceof HelpWanted) return false
    throw error
  }
}

function isMistyped(command: Command): boolean {
  return command.commands.length > 0 && command.args.some((word) => !word.startsWith('-'))
}

function withoutHelp(argv: readonly string[]): string[] {
  return argv.filter((word) => word !== '--help' && word !== '-h')
}
