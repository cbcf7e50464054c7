/** `cowrite mcp call`: one call of one tool. */
import { type CallToolResult, CallToolResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js'
import { forTerminal } from '../lib/render/at-terminal.js'
import { argumentsFor, checkForm, type GivenArguments, mismatch } from './arguments.js'
import { type Connection, isTimeout, requestOptions } from './connection.js'
import { contentInWords } from './content.js'
import { isNear, type Outcome, Refused, serverNamed } from './outcome.js'
import { ownSteps } from './own-steps.js'
import { round } from './report.js'
import type { Limits, Server } from './server.js'
import { inShell } from './trouble.js'
import { withTools } from './with-tools.js'
import { paragraphs, timeInWords } from './words.js'

export async function callTool(
  name: string,
  toolName: string,
  servers: readonly Server[],
  given: GivenArguments,
  limits: Limits,
): Promise<Outcome> {
  const server = serverNamed(name, servers)
  checkForm(given)
  return withTools(server, limits, async (tools, connection) => {
    const tool = toolNamed(toolName, tools, server)
    const values = argumentsFor(tool, given)
    const began = performance.now()
    const answer = await request(tool, values, connection, { server, limits })
    const steps = answer.isError ? ownSteps(connection.serverInfo.name, tool.name, values, answer) : []
    return outcomeOf(server, tool, values, { answer, steps, time: performance.now() - began })
  })
}

/** Throws Refused. */
function toolNamed(name: string, tools: readonly Tool[], server: Server): Tool {
  const found = tools.find((tool) => tool.name === name)
  if (found) return found
  const near = tools.map((tool) => tool.name).filter((known) => isNear(known, name))
  throw new Refused(`MCP server '${server.name}' has no tool '${name}'`, {
    code: 'NOT_FOUND',
    data: { path: name, candidates: near },
    steps: [
      ...near.slice(0, 3).map((known) => `Did you mean: ${known}`),
      `Tools it has: cowrite mcp tools ${inShell(server.name)}`,
    ],
  })
}

/** Throws Refused where the server answered with an error, or not in time. */
async function request(
  { name }: Tool,
  values: Record<string, unknown>,
  { client, troubleOf }: Connection,
  { server, limits }: { server: Server; limits: Limits },
): Promise<CallToolResult> {
  const params = { name, arguments: values }
  try {
    return await client.request(
      { method: 'tools/call', params },
      CallToolResultSchema,
      requestOptions(limits),
    )
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble !== null) throw trouble
    const { message } = error as Error
    const isLate = isTimeout(error)
    throw new Refused(
      isLate
        ? `${server.name}.${name} did not answer within ${limits.timeout / 1000}s`
        : `${server.name}.${name} failed: ${message}`,
      {
        code: 'TOOL_FAILED',
        data: { server: server.name, tool: name },
        steps: [
          isLate
            ? 'Give it more time: --timeout 2m'
            : `See what it takes: cowrite mcp tools ${inShell(server.name)} --filter ${inShell(name)}`,
        ],
      },
    )
  }
}

function outcomeOf(
  server: Server,
  tool: Tool,
  values: Record<string, unknown>,
  { answer, steps, time }: { answer: CallToolResult; steps: readonly string[]; time: number },
): Outcome {
  const failed = answer.isError === true
  const shown = contentInWords(answer)
  const warning = failed ? null : warningOn(tool, answer)
  const result = {
    server: server.name,
    tool: tool.name,
    arguments: values,
    status: failed ? 'failed' : 'success',
    content: answer.content,
    structured_content: answer.structuredContent ?? null,
    execution_time_ms: round(time),
    ...(warning === null ? {} : { warning }),
    ...(failed ? { error: errorOf(server, tool, shown, steps) } : {}),
  }
  const given = Object.entries(values).map(([key, value]) =>
    forTerminal(`  ${key}: ${JSON.stringify(value)}`),
  )
  const text = paragraphs(
    [`Calling MCP tool: ${forTerminal(`${server.name}.${tool.name}`)}`],
    given.length === 0 ? [] : ['Arguments:', ...given],
    [failed ? 'Error:' : 'Result:', shown === '' ? '(nothing)' : shown],
    steps.length === 0 ? [] : ['💡 In this shell:', ...steps.map((step) => forTerminal(`   - ${step}`))],
    warning === null ? [] : [`⚠️ ${forTerminal(warning)}`],
    [`Status: ${failed ? 'failed' : 'success'}`, `Execution Time: ${timeInWords(time)}`],
  )
  return { result, text, code: failed ? 'TOOL_FAILED' : null }
}

function errorOf(server: Server, { name }: Tool, shown: string, own: readonly string[]): object {
  const look = `See what it takes: cowrite mcp tools ${inShell(server.name)} --filter ${inShell(name)}`
  const message = `${server.name}.${name} answered with an error: ${shown}`
  return {
    code: 'TOOL_FAILED',
    message,
    data: { server: server.name, tool: name },
    next_steps: [...own, look],
  }
}

function warningOn({ outputSchema }: Tool, { structuredContent }: CallToolResult): string | null {
  if (outputSchema === undefined) return null
  if (structuredContent === undefined) return 'The tool promises a structured result, and gave none'
  const why = mismatch(outputSchema, structuredContent)
  return why === null ? null : `The result is not as the tool's schema says: ${why}`
}
