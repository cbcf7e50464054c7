/** A chat with the real server: what a person types goes through its prompts, what an agent does through its tools. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

/**
 * Starts `cowrite mcp` as a child and connects to it.
 *
 * @param {{ program: string, folder: string, screen: ReturnType<import('./screen.mjs').makeScreen> }} options
 */
export async function openChat({ program, folder, screen }) {
  const client = new Client({ name: 'cowrite-demo', version: '1.0.0' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, 'mcp', '--workspace', folder],
      stderr: 'inherit',
    }),
  )

  async function call(tool, given) {
    const { content, structuredContent, isError, _meta } = await client.callTool({
      name: tool,
      arguments: given,
    })
    const text = content.map((part) => part.text).join('\n')
    return { text, isError: isError === true, result: structuredContent ?? _meta?.['cowrite/result'] ?? {} }
  }

  return {
    /** A slash command as a client handles it: the server's prompt says which call it comes to. */
    async type(line, { fails } = {}) {
      screen.typed(line)
      const { tool, given } = callIn(await promptFor(client, line))
      const answer = await call(tool, given)
      screen.answer(answer.text)
      expectOutcome(line, answer, fails)
      return answer.result
    },
    /** A tool call that an agent makes by itself, told in a line; with `shows`, the answer as well. */
    async agent(tool, given, { shows = false, fails } = {}) {
      screen.agent(`${tool}(${inShort(given)})`)
      const answer = await call(tool, given)
      if (shows) screen.answer(answer.text)
      expectOutcome(tool, answer, fails)
      return answer
    },
    tools: async () => (await client.listTools()).tools,
    close: () => client.close(),
  }
}

async function promptFor(client, line) {
  const [, name, rest] = /^\/(\w+)\s*(.*)$/.exec(line) ?? []
  const [, file, reason] = /^(\S+)\s+(.*)$/.exec(rest) ?? []
  const given = name === 'retry' ? { file, reason } : { command: rest }
  const { messages } = await client.getPrompt({ name, arguments: given })
  return messages[0].content.text
}

/** Stands in for the model: it does what the prompt says, and nothing else. */
function callIn(prompt) {
  const [, tool, given] = /Call the cowrite tool (\w+) once, with these arguments: (.*)/.exec(prompt) ?? []
  if (tool === undefined) throw new Error(`The prompt names no call:\n${prompt}`)
  return { tool, given: JSON.parse(given) }
}

/** An answer that is not of the kind the story tells ends the demo. */
function expectOutcome(what, { isError, text }, fails) {
  const code = /Code: (\w+)/.exec(text)?.[1]
  if (fails === undefined && isError) throw new Error(`${what} failed:\n${text}`)
  if (fails !== undefined && code?.replaceAll('\\', '') !== fails) {
    throw new Error(`${what} should have failed with ${fails}:\n${text}`)
  }
}

function inShort(given) {
  return Object.entries(given)
    .map(([name, value]) => {
      const json = JSON.stringify(value)
      return `${name}: ${json.length > 60 ? `${json.slice(0, 57)}…"` : json}`
    })
    .join(', ')
}
