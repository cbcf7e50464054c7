/** `cowrite mcp list|test|tools|call`, at servers of our own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { argumentsFor } from '../../mcp-client/arguments.js'
import { type Server, testServer } from '../../mcp-client/index.js'
import { tools } from './support/scripted-answers.mjs'
import { serve } from './support/scripted-http.js'
import { entry, settings } from './support/settings.js'

const secret = 'sk-1234567890'
const withTime = (text: string) => text.replace(/\d+(\.\d)?m?s\b/g, 'TIME')

describe('a server that is well', () => {
  it('test: each step with its time, a few tools, and what to do next', async () => {
    const { cowrite } = settings({ vantage: { ...entry('good'), env: { API_TOKEN: secret } } })
    const { status, stdout, stderr } = await cowrite(['mcp', 'test', 'vantage'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(withTime(stdout)).toBe(`Testing MCP server: vantage

Connection Test:
  ✅ Server process started (TIME)
  ✅ Handshake completed (TIME)
  ✅ Protocol version: 2025-11-25

Tool Discovery:
  ✅ 5 tools discovered (TIME)

Sample Tools:
  - execute_query: Execute SQL query and return results
  - get_schema: Get table schema information
  - explain_query: Get query execution plan
  - leave
  ... (1 more tool)

Status: healthy
Response Time: TIME

To list all tools:
  cowrite mcp tools vantage
`)
  })

  it('tools: what each takes and gives; --filter by a pattern or a part of the name', async () => {
    const { cowrite, told } = settings({ vantage: { type: 'http', url: `${(await serve()).url}/mcp` } })
    const { stdout } = await cowrite(['mcp', 'tools', 'vantage'])
    expect(stdout).toContain(`MCP Server: vantage
Tools: 5

execute_query
  Description: Execute SQL query and return results
  Input Schema:
    - query (string, required): SQL query to execute
    - max_rows (integer, optional): Maximum rows to return (default: 1000)
    - columns (array of string, optional)
  Returns:
    - rows (integer, required)

get_schema
`)
    expect(stdout).toMatch(/To test a tool:\n {2}cowrite mcp call vantage execute_query --arg query="…"\n$/)

    const filtered = await cowrite(['mcp', 'tools', 'vantage', '--filter', '*QUERY*'])
    expect(filtered.stdout).toContain('Filtered Tools: 2 (of 5 total)\n\nexecute_query\n')
    expect(filtered.stdout).not.toContain('get_schema')
    const { answer } = await told(['mcp', 'tools', 'vantage', '--filter', 'schema'])
    expect(answer).toMatchObject({ server: 'vantage', count: 1, total: 5, filter: 'schema' })
    expect(answer.tools[0].input_schema.properties.table_name).toEqual({
      type: 'string',
      description: 'Table name',
    })
  })

  it('call: arguments in the types that the tool takes, from words and from a file', async () => {
    const { cowrite, told, put } = settings({ vantage: { type: 'http', url: `${(await serve()).url}/mcp` } })
    const line = ['mcp', 'call', 'vantage', 'execute_query']
    const { status, stdout } = await cowrite([...line, '--arg', 'query=SELECT 1=1', '--arg', 'max_rows=10'])
    expect(status).toBe(0)
    expect(withTime(stdout)).toBe(`Calling MCP tool: vantage.execute_query

Arguments:
  query: "SELECT 1=1"
  max_rows: 10

Result:
{
  "given": {
    "query": "SELECT 1=1",
    "max_rows": 10
  }
}

Status: success
Execution Time: TIME
`)
    put('book/args.json', { query: 'of the file', max_rows: 5 })
    const merged = await told([
      ...line,
      '--input',
      'args.json',
      '--arg',
      'query=7',
      ...['--arg', 'columns=a', '--arg', 'columns=b'],
    ])
    expect(merged.answer).toMatchObject({
      arguments: { query: '7', max_rows: 5, columns: ['a', 'b'] },
      status: 'success',
      structured_content: { rows: 5 },
    })
    const piped = await told([...line, '--input', '-'], { input: '{"query":"of the pipe"}' })
    expect(piped.answer.arguments).toEqual({ query: 'of the pipe' })
  })
})

describe('a server that is not well', () => {
  it('test: the troubleshooting answer, and status 8', async () => {
    const { cowrite, book } = settings({ 'broken-server': { command: '/usr/bin/nonexistent-mcp' } })
    const { status, stdout, stderr } = await cowrite(['mcp', 'test', 'broken-server'])
    expect({ status, stderr }).toEqual({ status: 8, stderr: '' })
    expect(stdout).toBe(`Testing MCP server: broken-server

Connection Test:
  ❌ Failed to start server process
  Error: command not found: /usr/bin/nonexistent-mcp

Troubleshooting:
  1. Verify the command exists: which /usr/bin/nonexistent-mcp
  2. Verify the folder exists that it starts in: ls -d ${book}
  3. Check server configuration: mcpServers.broken-server in .mcp.json

Status: failed
`)
  })

  it('says what it wrote on standard error, and nothing of what the settings gave it', async () => {
    const { cowrite, told } = settings({ dies: { ...entry('dies'), env: { API_TOKEN: secret } } })
    const tested = await cowrite(['mcp', 'test', 'dies'])
    expect(tested.status).toBe(8)
    expect(tested.stdout).toContain('  ❌ Handshake failed\n  Error: the server ended with exit status 3\n')
    expect(tested.stdout).toContain('Server Output (standard error):\n  Cannot log in with •••\n')
    const { status, answer } = await told(['mcp', 'tools', 'dies'])
    expect(status).toBe(8)
    expect(answer.error).toMatchObject({ code: 'SERVER_FAILED', data: { server: 'dies' } })
    expect(tested.stdout + JSON.stringify(answer)).not.toContain(secret)
  })

  it('does not wait longer than it is told, and names what is no message', async () => {
    const { told } = settings({ silent: entry('silent'), talks: entry('talks') })
    const silent = await told(['mcp', 'test', 'silent', '--timeout', '300ms'])
    expect(silent).toMatchObject({
      status: 8,
      answer: { status: 'failed', error: { code: 'SERVER_FAILED' } },
    })
    expect(silent.answer.steps.at(-1)).toMatchObject({ ok: false, message: 'no answer within 0.3s' })
    // One line too many is no harm.
    expect(await told(['mcp', 'test', 'talks'])).toMatchObject({ status: 0 })
  })

  it('reads no more of what is no message than anybody would write by mistake', async () => {
    const endless =
      "const all = () => { while (process.stdout.write('y\\n'.repeat(4096))); process.stdout.once('drain', all) }; all()"
    const { told } = settings({ endless: { command: process.execPath, args: ['-e', endless] } })
    const { status, answer } = await told(['mcp', 'test', 'endless', '--timeout', '1m'])
    expect(status).toBe(8)
    expect(answer.steps.at(-1)).toMatchObject({
      ok: false,
      message: 'the server goes on writing what is no message to standard output: y',
    })
  })

  it("a tool's own error and one of the protocol end with 10, a server that leaves with 8", async () => {
    const { cowrite, told } = settings({ vantage: entry('good') })
    const line = ['mcp', 'call', 'vantage']
    const [own, protocol, left] = await Promise.all([
      cowrite([...line, 'get_schema', '--arg', 'table_name=sales']),
      told([...line, 'explain_query']),
      told([...line, 'leave']),
    ])
    expect(own.status).toBe(10)
    expect(withTime(own.stdout)).toContain('Error:\nno table sales\n\nStatus: failed\n')
    expect(protocol).toMatchObject({ status: 10, answer: { error: { code: 'TOOL_FAILED' } } })
    expect(protocol.answer.error.message).toContain('the planner is away')
    expect(left).toMatchObject({ status: 8, answer: { error: { code: 'SERVER_FAILED' } } })
  })

  it('is gone afterwards, with what it started, however it holds on', async () => {
    const { book } = settings()
    const notes = join(book, 'notes')
    const { command, args } = entry('stubborn', notes)
    const words = [command, ...args].map((word) => `'${word}'`).join(' ')
    const server: Server = {
      ...{ name: 'it', client: 'x', file: 'x', at: 'x', enabled: true },
      launch: { transport: 'stdio', command: 'sh', args: ['-c', `${words}; true`], env: {}, cwd: book },
    }
    const limits = {
      timeout: 20_000,
      grace: 100,
      signal: new AbortController().signal,
      root: book,
      version: '1',
    }
    expect((await testServer('it', [server], limits)).code).toBeNull()
    const pids = [...readFileSync(notes, 'utf8').matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(2)
    expect(pids.filter(isAlive)).toEqual([])
    expect(readFileSync(notes, 'utf8')).toContain('asked to end')
  })
})

describe('bad arguments', () => {
  it.each([
    [['test'], 1, 'INVALID_INPUT'],
    [['test', 'nobody'], 7, 'NOT_FOUND'],
    [['tools', 'vant'], 7, 'NOT_FOUND'],
    [['test', 'vantage', '--timeout', 'soon'], 1, 'INVALID_INPUT'],
    [['test', 'vantage', '--client', 'emacs'], 1, 'INVALID_INPUT'],
    [['call', 'vantage'], 1, 'INVALID_INPUT'],
    [['call', 'vantage', 'nothing'], 7, 'NOT_FOUND'],
    [['call', 'vantage', 'execute_query', '--arg', 'query'], 1, 'INVALID_INPUT'],
    [['call', 'vantage', 'execute_query', '--input', 'none.json'], 1, 'INVALID_INPUT'],
    [['call', 'vantage', 'execute_query'], 1, 'INVALID_INPUT'],
    [['nonsense'], 1, 'INVALID_INPUT'],
  ])('%j → %i %s', async (words, status, code) => {
    const { told } = settings({ vantage: { type: 'http', url: `${(await serve()).url}/mcp` } })
    const found = await told(['mcp', ...words])
    expect(found).toMatchObject({ status, answer: { error: { code } } })
    expect(found.answer.error.next_steps.length).toBeGreaterThan(0)
  })

  it.each([
    [['query=a', 'query=b'], 'query is given twice, and takes one value'],
    [['query=a', 'max_rows=many'], 'The arguments do not fit execute_query: max_rows must be integer'],
    [['query=a', '__proto__=1'], 'The arguments do not fit execute_query: it knows no __proto__'],
    [['max_rows=1'], "The arguments do not fit execute_query: must have required property 'query'"],
    [['=a'], "--arg takes a name and a value: '=a' has no '='"],
  ])('%j: %s', (texts, message) => {
    const [tool] = tools as unknown as [Tool]
    expect(() => argumentsFor(tool, { texts, input: null })).toThrow(message)
  })
})

describe('list', () => {
  it('starts nothing, unless it is told to', async () => {
    const { cowrite, told, book } = settings()
    const notes = join(book, 'notes')
    const folder = settings({
      vantage: entry('good', notes),
      'broken-server': { command: 'no-such-program' },
      off: { ...entry('good', notes), disabled: true },
    })
    const { stdout } = await folder.cowrite(['mcp', 'list'])
    expect(stdout).toContain(`Configured MCP servers (3):

NAME           STATUS    TOOLS  TRANSPORT  TIME  FROM
vantage        ready     -      stdio      -     .mcp.json
broken-server  broken    -      stdio      -     .mcp.json
off            disabled  -      stdio      -     .mcp.json

❌ broken-server: command not found: no-such-program
`)
    expect(existsSync(notes)).toBe(false)

    const { status, answer } = await folder.told(['mcp', 'list', '--check'])
    expect(status).toBe(0)
    expect(answer.servers).toMatchObject([
      { name: 'vantage', status: 'healthy', tools: 5, transport: 'stdio', files: ['.mcp.json'] },
      { name: 'broken-server', status: 'failed', tools: null },
      { name: 'off', status: 'disabled', tools: null },
    ])
    expect(readFileSync(notes, 'utf8')).toContain(`cwd ${folder.book}\n`)
    expect((await cowrite(['mcp', 'list'])).stdout).toContain('cowrite init')
    expect(await told(['mcp', 'list'])).toMatchObject({ answer: { servers: [], count: 0, checked: false } })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // What nobody waited for is a name without a process.
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
