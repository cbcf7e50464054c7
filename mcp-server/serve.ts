import type { Writable } from 'node:stream'
import type { Operation } from '../lib/operations/operation.js'
import { isProtocolMessage } from './connection.js'
import { endOf, type Host, within } from './lifetime.js'
import { LineTransport } from './line-transport.js'
import { readGroups, readResults, type ServerOptions } from './options.js'
import { createServer } from './server.js'
import type { OpenWorkspace } from './workspaces.js'

/** How long calls in flight may go on once the client is gone, in milliseconds; then they are aborted. */
const grace = 3_000
/** How long aborted calls, and then the handles, may take to let go. */
const lastGrace = 1_000

/** What the server puts before its client. */
export interface Served {
  operations: readonly Operation[]
  openWorkspace: OpenWorkspace
  findWorkspace(folder: string): string | null
}

/** Serves one client on the host's streams; `write` is the way to the real stdout. Returns the exit status. */
export async function serve(
  options: ServerOptions,
  host: Host,
  write: Writable['write'],
  served: Served,
): Promise<number> {
  const log = (line: string) => void host.stderr.write(`cowrite mcp: ${line}\n`)
  const server = createServer({
    operations: served.operations,
    openWorkspace: served.openWorkspace,
    groups: readGroups(options.tools),
    results: readResults(options.results),
    session: options.session,
    hints: {
      workspace: options.workspace,
      environment: host.environment,
      workingFolder: host.workingFolder,
      nearest: served.findWorkspace,
      log,
    },
    log,
  })
  const ended = endOf(host, log)
  const transport = new LineTransport(host.stdin, write, isProtocolMessage)
  await server.connection.connect(transport)

  const { status } = await ended
  await within(grace, server.connection.idle())
  await within(lastGrace, transport.sent())
  await server.connection.close()
  await within(lastGrace, server.connection.idle())
  await within(lastGrace, server.close()).catch((error: Error) =>
    log(`not everything was let go: ${error.message}`),
  )
  return status
}
