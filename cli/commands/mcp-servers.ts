/** `cowrite mcp list|test|tools|call`: the MCP servers that the settings of clients name. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ClientName } from '../../clients/names.js'
import { errnoOf, exitStatus } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import type { GivenArguments, Limits, Outcome, Server } from '../../mcp-client/index.js'
import { type Call, findRoot, orInterrupted } from '../call.js'
import { ServerError } from '../server-error.js'
import { UsageError } from '../usage-error.js'
import { worldOf } from '../world.js'
import { readAll } from './write.js'

export interface ServerOptions {
  /** Whose settings; without one, those of all clients. */
  client?: ClientName
  /** In milliseconds. */
  timeout: number
}

type Room = typeof import('../../mcp-client/index.js')

interface Known {
  servers: Server[]
  unreadable: string[]
  limits: Limits
}

export function listServers(options: ServerOptions & { check: boolean }, call: Call): Promise<void> {
  return lookAtServers(options, call, ({ listServers: list }, { servers, unreadable, limits }) =>
    list(servers, unreadable, options.check, limits),
  )
}

export function testServer(name: string, options: ServerOptions, call: Call): Promise<void> {
  return lookAtServers(options, call, ({ testServer: test }, { servers, limits }) =>
    test(name, servers, limits),
  )
}

export function listTools(
  name: string,
  options: ServerOptions & { filter?: string },
  call: Call,
): Promise<void> {
  return lookAtServers(options, call, ({ listTools: list }, { servers, limits }) =>
    list(name, servers, options.filter ?? null, limits),
  )
}

export async function callTool(
  name: string,
  tool: string,
  options: ServerOptions & { arg: readonly string[]; input?: string },
  call: Call,
): Promise<void> {
  const given: GivenArguments = { texts: options.arg, input: await inputFrom(options.input, call) }
  return lookAtServers(options, call, ({ callTool: run }, { servers, limits }) =>
    run(name, tool, servers, given, limits),
  )
}

/** How long a server is given to end by itself before it is told to, in milliseconds. */
const grace = 1_000

async function lookAtServers(
  { client, timeout }: ServerOptions,
  call: Call,
  look: (room: Room, known: Known) => Promise<Outcome>,
): Promise<void> {
  const root = await findRoot(call)
  const { configuredServers } = await import('../../clients/index.js')
  const { servers, unreadable } = await configuredServers(worldOf(call.io, root), client && [client])
  const room = await import('../../mcp-client/index.js')
  const limits = { timeout, grace, signal: call.signal, root, version: call.io.version }
  try {
    const { result, text, code } = await look(room, { servers, unreadable, limits })
    await call.answer(result, linesForTerminal(text))
    if (code !== null) call.status = exitStatus[code]
  } catch (error) {
    if (!(error instanceof room.Refused)) throw error
    throw new ServerError(error.message, error.refusal)
  }
}

/** The JSON that holds the arguments; `-` is standard input. */
async function inputFrom(file: string | undefined, call: Call): Promise<GivenArguments['input']> {
  if (file === undefined) return null
  if (file === '-') {
    const bytes = await orInterrupted(readAll(call.io.stdin), call.signal)
    return { text: bytes.toString('utf8'), from: 'standard input' }
  }
  try {
    return { text: await readFile(resolve(call.io.cwd, file), 'utf8'), from: file }
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    const why = reason === 'ENOENT' ? 'there is no such file' : reason
    throw new UsageError(
      `--input ${file} cannot be read: ${why}`,
      [{ label: 'Name a JSON file, or - for standard input' }],
      {
        argument: 'input',
        value: file,
      },
    )
  }
}
