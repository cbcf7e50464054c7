import { exitStatus } from '../../lib/errors.js'
import type { Operation } from '../../lib/operations/operation.js'
import type { Runnable } from '../../lib/operations/runnable.js'
import { type Call, type Result, withOperations } from '../call.js'

/** What a command does with what was typed; `raw` has the operation's inputs by name. */
export type Handler<Given = Operation> = (operation: Given, raw: Result, call: Call) => Promise<void>

export const runAndAnswer: Handler<Runnable> = (operation, raw, call) =>
  withOperations(call, operation, raw, async ({ run }, placed) => {
    const result = await run(operation, placed)
    await call.answer(
      result,
      operation.render(result, 'shell', call.io.stdout.isTTY ? call.io.stdout.columns : undefined),
    )
    const code = operation.exitCode?.(result) ?? null
    if (code !== null) call.status = exitStatus[code]
  })
