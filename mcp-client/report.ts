/** A server that was asked: each step, how long it took, and where it stopped. */
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { withServer } from './connection.js'
import type { Limits, Server } from './server.js'
import { ServerTrouble, type Stage, troubleshooting } from './trouble.js'

export interface Step {
  step: Stage
  ok: boolean
  /** Null where it did not come to its end. */
  duration_ms: number | null
  message?: string
}

export interface Report {
  server: string
  file: string
  transport: string
  status: 'healthy' | 'failed'
  steps: Step[]
  protocol_version: string | null
  server_info: { name: string; version: string } | null
  tools: { name: string; description: string }[]
  /** How long it took to answer the first request. */
  response_time_ms: number | null
  /** The last lines of its standard error; empty where all went well. */
  output: string[]
  troubleshooting: string[]
  error?: { code: 'SERVER_FAILED'; message: string; data: { server: string }; next_steps: string[] }
}

export async function examine(server: Server, limits: Limits): Promise<Report> {
  const { name, file, launch } = server
  const there: Stage = launch.transport === 'stdio' ? 'start' : 'reach'
  const report: Report = {
    server: name,
    file,
    transport: launch.transport === 'either' ? 'http' : launch.transport,
    status: 'failed',
    steps: [],
    protocol_version: null,
    server_info: null,
    tools: [],
    response_time_ms: null,
    output: [],
    troubleshooting: [],
  }
  try {
    await withServer(server, limits, async (connection) => {
      const { timings, protocolVersion, serverInfo } = connection
      report.steps.push({ step: there, ok: true, duration_ms: round(timings.there) })
      report.steps.push({ step: 'handshake', ok: true, duration_ms: round(timings.handshake) })
      report.response_time_ms = round(timings.handshake)
      report.protocol_version = protocolVersion
      report.server_info = { name: serverInfo.name, version: serverInfo.version }
      const began = performance.now()
      report.tools = (await connection.tools()).map(nameAndDescription)
      report.steps.push({ step: 'tools', ok: true, duration_ms: round(performance.now() - began) })
    })
    report.status = 'healthy'
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error
    addTrouble(report, error, server, there)
  }
  return report
}

function addTrouble(report: Report, trouble: ServerTrouble, server: Server, there: Stage): void {
  const { stage, message, output, thereAfter } = trouble
  if (thereAfter !== null && report.steps.length === 0) {
    report.steps.push({ step: there, ok: true, duration_ms: round(thereAfter) })
  }
  report.steps.push({ step: stage, ok: false, duration_ms: null, message })
  report.output = output
  report.troubleshooting = troubleshooting(server, trouble)
  report.error = {
    code: 'SERVER_FAILED',
    message: `MCP server '${server.name}' failed: ${message}`,
    data: { server: server.name },
    next_steps: report.troubleshooting,
  }
}

function nameAndDescription({ name, title, description }: Tool): { name: string; description: string } {
  return { name, description: description ?? title ?? '' }
}

/** To tenths of a millisecond. */
export function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
