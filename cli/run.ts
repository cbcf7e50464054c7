/** The whole command line, from words to an exit status. */
import { CowriteError, type ErrorCode, exitStatus, isCowriteError } from '../lib/errors.js'
import type { OperationName } from '../lib/render/commands.js'
import { makeCall } from './call.js'
import { paint, wantsColours } from './colours.js'
import { runInView } from './commands/run.js'
import type { Failure, Io, Output } from './io.js'
import { OutputError, quietEvents, writeJson, writeText } from './output.js'
import { quickRun } from './quick-run.js'
import { describeServer, ServerError } from './server-error.js'
import { describeSetup, SetupError } from './setup-error.js'
import { describeUsage, UsageError } from './usage-error.js'

/** The signal's reason when the program was asked to stop. */
class Interrupted extends CowriteError<'CANCELLED'> {
  readonly status: number

  constructor(status: number) {
    super('CANCELLED', 'Interrupted, nothing changed', {})
    this.status = status
  }
}

/** Runs one command line, given without the program's name. Returns the exit status; ends nothing itself. */
export async function runCommandLine(argv: readonly string[], given: Io): Promise<number> {
  const quiet = quieted(given)
  const { io } = quiet
  const interruption = new AbortController()
  const asked: Asked = { json: wantsJson(argv) }
  const interrupts = io.onInterrupt((status) => interruption.abort(new Interrupted(status)))
  try {
    return await run(argv, io, interruption.signal, asked)
  } catch (error) {
    return await fail(error, io, interruption.signal, asked)
  } finally {
    interrupts.stop()
    quiet.stop()
  }
}

/**
 * The same world, whose outputs are quieted when one is first asked for: Node takes a while to make one, and not every
 * command asks for both.
 */
function quieted(io: Io): { io: Io; stop(): void } {
  const unhear = new Map<Output, () => void>()
  const quiet = (stream: Output): Output => {
    if (!unhear.has(stream)) unhear.set(stream, quietEvents(stream))
    return stream
  }
  const outputs = { stdout: { get: () => quiet(io.stdout) }, stderr: { get: () => quiet(io.stderr) } }
  return {
    io: Object.create(io, outputs) as Io,
    stop() {
      for (const stop of unhear.values()) stop()
    },
  }
}

/** What was asked for, and how it is to be answered, as soon as that is known. */
interface Asked {
  operation?: OperationName
  json: boolean
}

async function run(argv: readonly string[], io: Io, signal: AbortSignal, asked: Asked): Promise<number> {
  const quick = quickRun(argv)
  if (quick !== null) {
    const call = makeCall(io, quick.globals, signal)
    await runInView(quick.program, quick.args, quick, call)
    return call.status
  }
  const [{ operations }, { parseCommandLine }] = await Promise.all([io.rooms.operations(), io.rooms.parser()])
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

/** Even a command line that was not understood is answered as it asked to be. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

async function fail(error: unknown, io: Io, signal: AbortSignal, asked: Asked): Promise<number> {
  const interrupted = isInterruption(error, signal) ? (signal.reason as Interrupted) : undefined
  const { text, ...failure } = await describe(interrupted ?? error, io, asked.operation)
  await tell(failure, text, io, asked.json && !(error instanceof OutputError))
  return interrupted?.status ?? exitStatus[failure.code as ErrorCode]
}

function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  const isAbort = error instanceof Error && error.name === 'AbortError'
  return error === signal.reason || isAbort || isCowriteError(error, 'CANCELLED')
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

/** Says what went wrong where it can be said; where that is nowhere, the exit status alone tells. */
async function tell(failure: Failure, text: string, io: Io, inJson: boolean): Promise<void> {
  if (inJson) {
    const told = await settles(writeJson(io.stdout, { error: failure }))
    if (told) return
  }
  await settles(writeText(io.stderr, paint(text, wantsColours(io.stderr, io.env))))
}

async function settles(writing: Promise<void>): Promise<boolean> {
  try {
    await writing
    return true
  } catch (error) {
    if (error instanceof OutputError) return false
    throw error
  }
}
