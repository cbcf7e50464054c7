import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { type Connection, withServer } from './connection.js'
import { Refused } from './outcome.js'
import type { Limits, Server } from './server.js'
import { outputLines } from './test-server.js'
import { ServerTrouble, troubleshooting } from './trouble.js'

/** Works with a server and the list of its tools. Where it fails, throws Refused with the way to mend it. */
export async function withTools<T>(
  server: Server,
  limits: Limits,
  act: (tools: Tool[], connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    return await withServer(server, limits, async (connection) => act(await connection.tools(), connection))
  } catch (error) {
    throw error instanceof ServerTrouble ? refused(server, error) : error
  }
}

function refused(server: Server, trouble: ServerTrouble): Refused {
  const steps = [...troubleshooting(server, trouble), `Test it: cowrite mcp test ${server.name}`]
  return new Refused(`MCP server '${server.name}' failed: ${trouble.message}`, {
    code: 'SERVER_FAILED',
    data: { server: server.name, stage: trouble.stage, output: trouble.output },
    steps,
    details: outputLines(trouble.output),
  })
}
