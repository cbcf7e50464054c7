/** `cowrite session query`: asks an agent something in a session, and tells what came of it. */
import { constants } from 'node:os'
import type { QueryResult } from '../../lib/chats-api.js'
import { snakeCased } from '../../lib/operations/snake-case.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { renderQuery } from '../../lib/render/query.js'
import { spellQuery } from '../../lib/render/spell.js'
import { type Call, findRoot, withWorkspace } from '../call.js'
import { write } from '../output.js'
import { whenFree } from './when-free.js'

export interface QueryOptions {
  fork: boolean
  /** How long to wait for another command in the session's view, in seconds. */
  wait?: number
}

export async function querySession(
  name: string,
  message: string,
  { fork, wait = 0 }: QueryOptions,
  call: Call,
): Promise<void> {
  const { io, json } = call
  const root = await findRoot(call)
  await withWorkspace(call, root, async (workspace) => {
    const printing = new Printing(call)
    const ask = () =>
      workspace.chats.query(name, message, {
        ...{ fork, cwd: io.cwd, env: io.env },
        onText: (text) => {
          if (!json) printing.print(io.stdout, text)
        },
        onError: (text) => printing.print(io.stderr, text),
      })
    const again = (seconds: string) => spellQuery(name, message, { ...call.globals, fork, wait: seconds })
    const running = await whenFree(ask, { wait, again }, call.signal)
    const signals = io.passSignals(running.kill)
    try {
      const result = await running.done
      await printing.end()
      call.status = result.exitCode ?? 128 + constants.signals[result.signal as NodeJS.Signals]
      const text = renderQuery(result, `${workspace.stateFolder}/config.json`)
      await call.answer(asResult(name, message, result), printing.isMidLine ? `\n\n${text}` : `\n${text}`)
    } finally {
      signals.stop()
    }
  })
}

/** In the order in which it came; nothing of it acts on a terminal. */
class Printing {
  /** Whether what was answered last did not end its line. */
  isMidLine = false
  readonly #call: Call
  #done: Promise<void> = Promise.resolve()

  constructor(call: Call) {
    this.#call = call
  }

  print(stream: NodeJS.WritableStream, text: string): void {
    if (stream === this.#call.io.stdout) this.isMidLine = !text.endsWith('\n')
    this.#done = this.#done.then(() => write(stream, linesForTerminal(text)))
    this.#done.catch(() => {}) // It is told at the end.
  }

  end(): Promise<void> {
    return this.#done
  }
}

function asResult(asked: string, message: string, result: QueryResult) {
  const { session, forkedFrom, answer, exitCode, signal, filesChanged, tokens, costUsd, chat, transcript } =
    result
  return {
    session_id: session,
    parent_session_id: forkedFrom,
    is_fork: forkedFrom !== null,
    asked,
    message,
    answer,
    exit_code: exitCode,
    signal,
    files_changed: filesChanged,
    total_tokens: tokens === null ? null : tokens.input + tokens.output,
    total_input_tokens: tokens?.input ?? null,
    total_output_tokens: tokens?.output ?? null,
    total_cost_usd: costUsd,
    chat,
    transcript,
    left_out: snakeCased(result.leftOut),
  }
}
