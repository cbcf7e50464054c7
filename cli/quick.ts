/**
 * The commands that are called most, as the build puts them into one file that is compiled beforehand: what they need,
 * and no more.
 */
import * as library from '../lib/index.js'
import {
  describeFailure,
  noteCall,
  noteRefusal,
  quickOperations,
  withDefaults,
} from '../lib/operations/quick/index.js'
import { type Asked, answer } from './answering.js'
import { makeCall } from './call.js'
import { runAndAnswer } from './commands/handler.js'
import { readFile } from './commands/read.js'
import { runInView } from './commands/run.js'
import type { Io, Rooms } from './io.js'
import type { QuickCommand } from './quick-command.js'
import type { QuickRun } from './quick-run.js'

export { currentFolder } from './standing.js'

export const rooms: Omit<Rooms, 'server'> = {
  // Nobody looks through the list of them here.
  operations: async () => ({ operations: [], parseInput: withDefaults, noteCall, noteRefusal }),
  failures: async () => ({ describeFailure }),
  library: async () => library,
}

/** Carries out what `argv` was understood as, and gives the exit status. */
export function runQuickly(
  understood: QuickCommand | QuickRun,
  argv: readonly string[],
  given: Io,
): Promise<number> {
  return answer(argv, given, (io) => ({
    run: (signal, asked) =>
      'program' in understood
        ? runProgram(understood, io, signal)
        : runCommand(understood, io, signal, asked),
    describe: async (error, operation) => describeFailure(error, 'shell', operation),
  }))
}

async function runProgram(plan: QuickRun, io: Io, signal: AbortSignal): Promise<number> {
  const call = makeCall(io, plan.globals, signal)
  await runInView(plan.program, plan.args, plan, call)
  return call.status
}

async function runCommand(
  { operation, raw, globals }: QuickCommand,
  io: Io,
  signal: AbortSignal,
  asked: Asked,
): Promise<number> {
  Object.assign(asked, { operation, json: globals.json === true })
  const call = makeCall(io, globals, signal)
  const handler = operation === 'read_session_file' ? readFile : runAndAnswer
  await handler(quickOperations[operation], raw, call)
  return call.status
}
