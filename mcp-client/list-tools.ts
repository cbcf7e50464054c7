/** `cowrite mcp tools`: what a server can do, and what each of its tools takes. */
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import picomatch from 'picomatch'
import { forTerminal } from '../lib/render/at-terminal.js'
import { type Outcome, serverNamed } from './outcome.js'
import { exampleOf, fieldsOf } from './schema.js'
import type { Limits, Server } from './server.js'
import { inShell } from './trouble.js'
import { withTools } from './with-tools.js'
import { paragraphs } from './words.js'

/** `filter` is a pattern for names, `*` and `?` in it; without those, a part of the name. */
export async function listTools(
  name: string,
  servers: readonly Server[],
  filter: string | null,
  limits: Limits,
): Promise<Outcome> {
  const server = serverNamed(name, servers)
  return withTools(server, limits, async (all) => {
    const tools = all.filter(isWanted(filter))
    return {
      result: { server: name, tools: tools.map(asResult), count: tools.length, total: all.length, filter },
      text: textOf(name, tools, all.length, filter),
      code: null,
    }
  })
}

function isWanted(filter: string | null): (tool: Tool) => boolean {
  if (filter === null) return () => true
  if (!/[*?[{]/.test(filter)) return ({ name }) => name.toLowerCase().includes(filter.toLowerCase())
  const matches = picomatch(filter, { nocase: true, dot: true, bash: true })
  return ({ name }) => matches(name)
}

function asResult({ name, title, description, inputSchema, outputSchema, annotations }: Tool): object {
  return {
    name,
    title: title ?? null,
    description: description ?? null,
    input_schema: inputSchema,
    output_schema: outputSchema ?? null,
    annotations: annotations ?? null,
  }
}

function textOf(server: string, tools: readonly Tool[], total: number, filter: string | null): string {
  const number = filter === null ? `Tools: ${total}` : `Filtered Tools: ${tools.length} (of ${total} total)`
  return paragraphs(
    [`MCP Server: ${forTerminal(server)}`, number],
    ...tools.map(toolLines),
    ...footer(server, tools.find(takesNothing) ?? tools[0], total),
  )
}

/** A call of it goes as it stands. */
function takesNothing({ inputSchema, annotations }: Tool): boolean {
  return annotations?.readOnlyHint === true && exampleOf(inputSchema).length === 0
}

function toolLines({ name, title, description, inputSchema, outputSchema }: Tool): string[] {
  const fields = fieldsOf(inputSchema)
  const returned = outputSchema === undefined ? [] : fieldsOf(outputSchema)
  return [
    forTerminal(name),
    ...inLines(description ?? title ?? '').map((line, at) =>
      at === 0 ? `  Description: ${line}` : `    ${line}`,
    ),
    ...(fields.length === 0 ? ['  Input Schema: (nothing)'] : ['  Input Schema:']),
    ...fields.map((field) => `    - ${field}`),
    ...(returned.length === 0 ? [] : ['  Returns:', ...returned.map((field) => `    - ${field}`)]),
  ]
}

function inLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => forTerminal(line.trimEnd()))
    .filter((line) => line !== '')
}

function footer(server: string, tool: Tool | undefined, total: number): string[][] {
  if (tool !== undefined) {
    const words = ['cowrite', 'mcp', 'call', server, tool.name].map(inShell)
    return [['To test a tool:', `  ${forTerminal([...words, ...exampleOf(tool.inputSchema)].join(' '))}`]]
  }
  return total === 0 ? [] : [['To list all tools:', `  cowrite mcp tools ${forTerminal(inShell(server))}`]]
}
