/** A server on fake operations, one of them noisy, as a program: for what only a process can show. */
import * as z from 'zod'
import { type Operation, operation } from '../../../lib/operations/operation.js'
import { runServer, thisProcess } from '../../../mcp-server/main.js'
import { readArguments } from '../../../mcp-server/options.js'
import { fakeOperations } from './fake-operations.js'
import { fakeWorkspace } from './fake-workspace.js'

const noisy = operation({
  name: 'noisy',
  group: 'session',
  title: 'Noisy',
  summary: 'Prints where it should not',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({}),
  output: z.strictObject({ ok: z.boolean() }),
  commandLine: { usage: 'noisy', examples: [] },
  chat: '',
  async run() {
    console.log('noise of console.log')
    console.info('noise of console.info')
    console.table([{ noise: 'of console.table' }])
    process.stdout.write('noise of process.stdout\n')
    Promise.reject(new Error('noise of a rejection'))
    return { ok: true }
  },
  render: () => 'ok',
}) as unknown as Operation

const workspace = fakeWorkspace()
// What keeps a process alive when nobody takes care: a timer that is never cleared.
setInterval(() => {}, 1_000)
await runServer(readArguments(process.argv.slice(2)), thisProcess(), async () => ({
  operations: [...fakeOperations(), noisy],
  findWorkspace: () => null,
  async openWorkspace(root, options) {
    const opened = await workspace.open(root, options)
    return {
      ...opened,
      async close() {
        process.stderr.write('handle closed\n')
      },
    }
  },
}))
