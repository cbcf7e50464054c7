/** `cowrite mcp test`: whether a server starts, answers and has tools. */
import { forTerminal } from '../lib/render/at-terminal.js'
import { type Outcome, serverNamed } from './outcome.js'
import { examine, type Report, type Step } from './report.js'
import type { Limits, Server } from './server.js'
import type { Stage } from './trouble.js'
import { count, firstLine, paragraphs, timeInWords } from './words.js'

export async function testServer(name: string, servers: readonly Server[], limits: Limits): Promise<Outcome> {
  const server = serverNamed(name, servers)
  const report = await examine(server, limits)
  const elsewhere = servers.filter((other) => other !== server && other.name === name)
  return {
    result: report,
    text: textOf(report, elsewhere),
    code: report.status === 'failed' ? 'SERVER_FAILED' : null,
  }
}

const done: Record<Stage, string> = {
  config: 'Configuration read',
  start: 'Server process started',
  reach: 'Server reached',
  handshake: 'Handshake completed',
  tools: 'Tools discovered',
  call: 'Tool called',
}
const undone: Record<Stage, string> = {
  config: 'Configuration cannot be used',
  start: 'Failed to start server process',
  reach: 'Failed to reach server',
  handshake: 'Handshake failed',
  tools: 'Tools could not be listed',
  call: 'Tool could not be called',
}

function textOf(report: Report, elsewhere: readonly Server[]): string {
  const { server, steps, tools, status, response_time_ms: time } = report
  const connecting = steps.filter(({ step }) => step !== 'tools').flatMap((step) => stepLines(step))
  const version =
    report.protocol_version === null ? [] : [`  ✅ Protocol version: ${forTerminal(report.protocol_version)}`]
  const discovering = steps
    .filter(({ step }) => step === 'tools')
    .flatMap((step) => stepLines(step, tools.length))
  return paragraphs(
    [`Testing MCP server: ${forTerminal(server)}`, ...elsewhere.map(noteOn)],
    ['Connection Test:', ...connecting, ...version],
    headed('Tool Discovery:', discovering),
    headed('Sample Tools:', sampleOf(tools)),
    outputLines(report.output),
    troubleLines(report.troubleshooting),
    [`Status: ${status}`, ...(time === null ? [] : [`Response Time: ${timeInWords(time)}`])],
    status === 'failed' ? [] : ['To list all tools:', `  cowrite mcp tools ${forTerminal(server)}`],
  )
}

function noteOn({ file, client }: Server): string {
  return `  (another of that name is in ${forTerminal(file)}: --client ${client})`
}

function stepLines({ step, ok, duration_ms: time, message = '' }: Step, found?: number): string[] {
  if (!ok) return [`  ❌ ${undone[step]}`, `  Error: ${forTerminal(message)}`]
  const what = found === undefined ? done[step] : `${count(found, 'tool')} discovered`
  return [`  ✅ ${what}${time === null ? '' : ` (${timeInWords(time)})`}`]
}

const mostSamples = 4

function sampleOf(tools: Report['tools']): string[] {
  const shown = tools.slice(0, mostSamples).map(({ name, description }) => {
    return `  - ${forTerminal(name)}${description === '' ? '' : `: ${firstLine(description, 80)}`}`
  })
  const more = tools.length - shown.length
  return more > 0 ? [...shown, `  ... (${count(more, 'more tool')})`] : shown
}

export function outputLines(output: readonly string[]): string[] {
  return headed(
    'Server Output (standard error):',
    output.map((line) => `  ${forTerminal(line)}`),
  )
}

function troubleLines(steps: readonly string[]): string[] {
  return headed(
    'Troubleshooting:',
    steps.map((step, at) => `  ${at + 1}. ${forTerminal(step)}`),
  )
}

function headed(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, ...lines]
}
