/** `cowrite mcp`: stdout belongs to the protocol from here on, and the server ends the process itself. */
import type { Call } from '../call.js'

export async function serveMcp(
  { tools, results }: { tools?: string; results?: string },
  { io, globals }: Call,
): Promise<void> {
  const { runServer } = await io.rooms.server()
  const session = globals.session ?? (io.env.COWRITE_SESSION || undefined)
  await runServer({
    ...(globals.workspace === undefined ? {} : { workspace: globals.workspace }),
    ...(session === undefined ? {} : { session }),
    ...(tools === undefined ? {} : { tools }),
    ...(results === undefined ? {} : { results }),
  })
}
