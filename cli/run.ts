/** The whole command line, from words to an exit status. */
import type { OperationName } from '../lib/render/commands.js'
import { type Asked, answer } from './answering.js'
import { makeCall } from './call.js'
import { wantsColours } from './colours.js'
import type { Failure, Io } from './io.js'
import { writeJson, writeText } from './output.js'
import { parseCommandLine } from './parse.js'
import { describeServer, ServerError } from './server-error.js'
import { describeSetup, SetupError } from './setup-error.js'
import { describeUsage, UsageError } from './usage-error.js'

/** Runs one command line, given without the program's name. Returns the exit status; ends nothing itself. */
export async function runCommandLine(argv: readonly string[], given: Io): Promise<number> {
  return answer(argv, given, (io) => ({
    run: (signal, asked) => run(argv, io, signal, asked),
    describe: (error, operation) => describe(error, io, operation),
  }))
}

async function run(argv: readonly string[], io: Io, signal: AbortSignal, asked: Asked): Promise<number> {
  const { operations } = await io.rooms.operations()
  const parsed = parseCommandLine(argv, operations, {
    columns: io.stdout.columns || 80,
    coloured: wantsColours(io.stdout, io.env),
    version: io.version,
  })
  if (parsed.kind === 'plan') {
    const { operation, globals } = parsed.plan
    Object.assign(asked, { operation, json: globals.json === true })
    const call = makeCall(io, globals, signal)
    await parsed.plan.run(call)
    return call.status
  }
  if (asked.json) await writeJson(io.stdout, { [parsed.kind]: parsed.text.trimEnd() })
  else await writeText(io.stdout, parsed.text)
  return 0
}

async function describe(
  error: unknown,
  io: Io,
  operation: OperationName | undefined,
): Promise<Failure & { text: string }> {
  if (error instanceof UsageError) return describeUsage(error)
  if (error instanceof SetupError) return describeSetup(error)
  if (error instanceof ServerError) return describeServer(error)
  const { describeFailure } = await io.rooms.failures()
  return operation === undefined
    ? describeFailure(error, 'shell')
    : describeFailure(error, 'shell', operation)
}
