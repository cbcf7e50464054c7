/** Speaking with a server, and how long each step to it took. */
import { pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ListRootsRequestSchema, McpError, type Tool } from '@modelcontextprotocol/sdk/types.js'
import { HttpLink, knowsOnlyOlder } from './http-link.js'
import type { Link } from './link.js'
import { ProcessLink } from './process-link.js'
import { withoutSecretsOf } from './secrets.js'
import type { Limits, Server } from './server.js'
import { ServerTrouble, type Stage } from './trouble.js'

export interface Connection {
  client: Client
  /** In milliseconds: until it was there, and from then until both knew each other. */
  timings: { there: number; handshake: number }
  protocolVersion: string
  serverInfo: { name: string; version: string }
  /** Every tool that the server lists. Throws ServerTrouble. */
  tools(): Promise<Tool[]>
  /** What a request's failure says about the server; null where that answered, if with an error. */
  troubleOf(error: unknown): ServerTrouble | null
}

/** Works with a server; it has ended when this returns. Throws ServerTrouble. */
export async function withServer<T>(
  server: Server,
  limits: Limits,
  act: (connection: Connection) => Promise<T>,
): Promise<T> {
  const link = linkTo(server, limits)
  try {
    return await act(await connect(link, server, limits))
  } finally {
    await link.close()
  }
}

function linkTo({ launch }: Server, { grace }: Limits): Link {
  if (launch.transport === 'unknown') throw new ServerTrouble('config', launch.problem)
  return launch.transport === 'stdio' ? new ProcessLink(launch, grace) : new HttpLink(launch, grace)
}

async function connect(link: Link, server: Server, limits: Limits): Promise<Connection> {
  const began = performance.now()
  const troubleAt = (error: unknown, stage: Stage) => troubleOf(error, stage, { link, server, limits })
  const { client, protocolVersion } = await introduced(link, limits).catch((error: unknown) => {
    const notThere = server.launch.transport === 'stdio' ? 'start' : 'reach'
    throw troubleAt(error, link.thereAfter === null ? notThere : 'handshake')
  })
  const there = link.thereAfter ?? 0
  return {
    client,
    protocolVersion,
    timings: { there, handshake: performance.now() - began - there },
    serverInfo: client.getServerVersion() ?? { name: server.name, version: '' },
    tools: () =>
      allTools(client, limits).catch((error: unknown) => {
        throw troubleAt(error, 'tools')
      }),
    troubleOf: (error) => {
      limits.signal.throwIfAborted()
      const isAnswer = error instanceof McpError && client.transport !== undefined
      return isAnswer ? null : troubleAt(error, 'call')
    },
  }
}

async function introduced(link: Link, limits: Limits): Promise<{ client: Client; protocolVersion: string }> {
  const [first, ...others] = link.transports()
  for (let transport = first; transport !== undefined; transport = others.shift()) {
    const client = newClient(limits)
    let protocolVersion = ''
    const settle = transport.setProtocolVersion?.bind(transport)
    transport.setProtocolVersion = (version) => {
      protocolVersion = version
      settle?.(version)
    }
    try {
      await client.connect(transport, requestOptions(limits))
      return { client, protocolVersion }
    } catch (error) {
      if (others.length === 0 || !knowsOnlyOlder(error)) throw error
    }
  }
  throw new ServerTrouble('config', 'there is no way to it')
}

function newClient({ root, version }: Limits): Client {
  const client = new Client({ name: 'cowrite', version }, { capabilities: { roots: {} } })
  const roots = [{ uri: pathToFileURL(root).href, name: 'workspace' }]
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots }))
  return client
}

/** For one request: the SDK never stops to listen to a signal that it was given. */
export function requestOptions({ timeout, signal }: Limits): { timeout: number; signal: AbortSignal } {
  return { timeout, signal: AbortSignal.any([signal]) }
}

/** More pages than any server has: one that names the same page again and again would be read for ever. */
const mostPages = 1_000

async function allTools(client: Client, limits: Limits): Promise<Tool[]> {
  const tools: Tool[] = []
  if (client.getServerCapabilities()?.tools === undefined) return tools
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const found = await client.listTools(cursor === undefined ? {} : { cursor }, requestOptions(limits))
    tools.push(...found.tools)
    cursor = found.nextCursor
    if (cursor === undefined) return tools
  }
  throw new Error(`it lists more than ${mostPages} pages of tools`)
}

/** What cannot be told for an interruption is thrown as that. */
function troubleOf(
  error: unknown,
  stage: Stage,
  { link, server, limits }: { link: Link; server: Server; limits: Limits },
): ServerTrouble {
  limits.signal.throwIfAborted()
  const said = withoutSecretsOf(server)
  const known = link.explain(error, inWords(error, limits))
  const message = said(known?.message ?? inWords(error, limits))
  return new ServerTrouble(stage, message, {
    thereAfter: link.thereAfter,
    isLate: isTimeout(error),
    output: link.output.map(said),
    wantsLogin: known?.wantsLogin === true,
  })
}

function inWords(error: unknown, { timeout }: Limits): string {
  if (isTimeout(error)) return `no answer within ${timeout / 1000}s`
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

/** A server may use the code for something of its own. */
export function isTimeout(error: unknown): boolean {
  return error instanceof McpError && /Request timed out/.test(error.message)
}
