/** One command line from its start to an exit status, however it was understood. */
import { CowriteError, type ErrorCode, exitStatus, isCowriteError } from '../lib/errors.js'
import type { OperationName } from '../lib/render/commands.js'
import { paint, wantsColours } from './colours.js'
import type { Failure, Io, Output } from './io.js'
import { OutputError, quietEvents, writeJson, writeText } from './output.js'

/** What was asked for, and how it is to be answered, as soon as that is known. */
export interface Asked {
  operation?: OperationName
  json: boolean
}

export interface Work {
  /** Does what was asked for, and gives the exit status. */
  run(signal: AbortSignal, asked: Asked): Promise<number>
  describe(error: unknown, operation: OperationName | undefined): Promise<Failure & { text: string }>
}

/** The signal's reason when the program was asked to stop. */
class Interrupted extends CowriteError<'CANCELLED'> {
  readonly status: number

  constructor(status: number) {
    super('CANCELLED', 'Interrupted, nothing changed', {})
    this.status = status
  }
}

/** Carries out one command line. Returns the exit status; ends nothing itself. */
export async function answer(argv: readonly string[], given: Io, workIn: (io: Io) => Work): Promise<number> {
  const quiet = quieted(given)
  const { io } = quiet
  const work = workIn(io)
  const interruption = new AbortController()
  const asked: Asked = { json: wantsJson(argv) }
  const interrupts = io.onInterrupt((status) => interruption.abort(new Interrupted(status)))
  try {
    return await work.run(interruption.signal, asked)
  } catch (error) {
    return await fail(error, io, interruption.signal, asked, work)
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

/** Even a command line that was not understood is answered as it asked to be. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

async function fail(error: unknown, io: Io, signal: AbortSignal, asked: Asked, work: Work): Promise<number> {
  const interrupted = isInterruption(error, signal) ? (signal.reason as Interrupted) : undefined
  const { text, ...failure } = await work.describe(interrupted ?? error, asked.operation)
  await tell(failure, text, io, asked.json && !(error instanceof OutputError))
  return interrupted?.status ?? exitStatus[failure.code as ErrorCode]
}

function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  const isAbort = error instanceof Error && error.name === 'AbortError'
  return error === signal.reason || isAbort || isCowriteError(error, 'CANCELLED')
}

/** Says what went wrong where it can be said; where that is nowhere, the exit status alone tells. */
async function tell(failure: Failure, text: string, io: Io, inJson: boolean): Promise<void> {
  if (inJson) {
    const told = await settles(writeJson(io.stdout, { error: failure }))
    if (told) return
  }
  const painted = await paint(text, wantsColours(io.stderr, io.env))
  await settles(writeText(io.stderr, painted))
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
