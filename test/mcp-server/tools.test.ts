import { describe, expect, it } from 'vitest'
import { connect, textOf } from './support/connect.js'

describe('tools/list', () => {
  it('offers the groups that were asked for, in the order of the list, with schemas and annotations', async () => {
    const { client } = await connect()
    const { tools } = await client.listTools()

    expect(tools.map((tool) => tool.name)).toEqual([
      'list_sessions',
      'get_active_session',
      'create_session',
      'commit_session',
      'record_human_retry',
      'cancel_session',
      'read_session_file',
      'search_session_text',
      'list_session_files',
    ])
    const [list] = tools
    expect(list).toMatchObject({ title: 'List sessions', annotations: { readOnlyHint: true } })
    expect(list?.inputSchema.type).toBe('object')
    expect(list?.outputSchema?.type).toBe('object')
  })

  it('offers other groups on request', async () => {
    const { client } = await connect({ groups: ['records'] })
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['list_commits'])
  })
})

describe('what a model sees', () => {
  const structuredOnly = ['claude-code', 'codex-mcp-client', 'opencode']

  it.each(structuredOnly)(
    'is the text alone for %s, which would drop it beside a structured part',
    async (clientName) => {
      const { client } = await connect({ clientName })
      const { tools } = await client.listTools()
      const result = await client.callTool({ name: 'list_sessions' })

      expect(tools.every((tool) => tool.outputSchema === undefined)).toBe(true)
      expect(result.structuredContent).toBeUndefined()
      expect(textOf(result)).toBe('📋 SESSIONS (2 total) [chat]')
    },
  )

  it('is both for the others', async () => {
    const { client } = await connect({ clientName: 'gemini-cli-mcp-client' })
    const result = await client.callTool({ name: 'list_sessions' })
    expect(textOf(result)).toContain('SESSIONS (2 total)')
    expect(result.structuredContent).toEqual({ sessions: ['main-work', 'side-work'], count: 2 })
  })

  it.each([
    ['text', 'a-client', false],
    ['both', 'claude-code', true],
  ] as const)('can be said by hand: %s', async (results, clientName, structured) => {
    const { client } = await connect({ results, clientName })
    const { tools } = await client.listTools()
    const result = await client.callTool({ name: 'list_sessions' })
    expect(tools[0]?.outputSchema !== undefined).toBe(structured)
    expect(result.structuredContent !== undefined).toBe(structured)
  })

  it("never has a file's content twice, and has it where every client looks", async () => {
    const { client } = await connect({ results: 'both' })
    const { tools } = await client.listTools()
    const result = await client.callTool({ name: 'read_session_file', arguments: { file_path: 'a.md' } })

    expect(tools.find((tool) => tool.name === 'read_session_file')?.outputSchema).toBeUndefined()
    expect(JSON.stringify(result).split('Call me Ishmael.')).toHaveLength(2)
    expect(textOf(result)).toBe('Call me Ishmael.')
    expect(result._meta).toEqual({ 'cowrite/result': { file_path: 'a.md', etag: 'e1' } })
  })
})

describe('an error', () => {
  it.each([
    ['list_session_files', { folder: 'gone' }, 'NOT_FOUND'],
    ['list_session_files', { folder: 'taken' }, 'CONFLICT'],
    ['list_session_files', { folder: 'broken' }, 'IO'],
    ['list_session_files', { folder: 7 }, 'INVALID_INPUT'],
    ['list_session_files', {}, 'INVALID_INPUT'],
    ['list_session_files', { folder: 'x', colour: 'red' }, 'INVALID_INPUT'],
    ['get_active_session', { session: 'nobody' }, 'SESSION_NOT_FOUND'],
    ['no_such_tool', {}, 'INVALID_INPUT'],
  ])('of %s %j is a result with the code %s', async (name, given, code) => {
    const { client } = await connect()
    await client.listTools() // So that the client holds the structured part against the schema.
    const result = await client.callTool({ name, arguments: given })

    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain(code)
    expect(result.structuredContent).toMatchObject({ error: { code, message: expect.any(String) } })
  })

  it('tells whose turn it is', async () => {
    const { client } = await connect()
    const kinds = []
    for (const folder of [7, 'gone', 'taken', 'broken']) {
      const { structuredContent } = await client.callTool({
        name: 'list_session_files',
        arguments: { folder },
      })
      kinds.push((structuredContent as { error: { kind: string } }).error.kind)
    }
    expect(new Set(kinds).size).toBe(4)
  })

  it('is text alone for clients that get no structured parts', async () => {
    const { client } = await connect({ clientName: 'claude-code' })
    const result = await client.callTool({ name: 'list_session_files', arguments: { folder: 'gone' } })
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toBeUndefined()
  })

  it('names the known tools, and the group of a tool that was left out', async () => {
    const { client } = await connect()
    expect(textOf(await client.callTool({ name: 'commit' }))).toMatch(/list_sessions, .*commit_session/)
    expect(textOf(await client.callTool({ name: 'list_commits' }))).toMatch(/records.*--tools/)
  })

  it('of arguments that are no object is a result too, and null is as left out', async () => {
    const { client } = await connect()
    const ask = (given: unknown) =>
      client.callTool({ name: 'list_sessions', arguments: given as Record<string, unknown> })
    for (const given of [[], 'text', 7, true]) {
      const result = await ask(given)
      expect(result.isError, JSON.stringify(given)).toBe(true)
      expect(textOf(result)).toContain('INVALID_INPUT')
    }
    expect((await ask(null)).isError).toBeUndefined()
  })

  it('of a folder that cannot be opened is a result, and the next call tries again', async () => {
    const { client, workspace } = await connect()
    workspace.failure = new Error('no such folder')
    expect((await client.callTool({ name: 'list_sessions' })).isError).toBe(true)
    workspace.failure = null
    expect((await client.callTool({ name: 'list_sessions' })).isError).toBeUndefined()
  })

  it('of bad arguments comes before any folder is opened', async () => {
    const { client, workspace } = await connect()
    await client.callTool({ name: 'list_session_files', arguments: {} })
    expect(workspace.opened).toEqual([])
  })
})

describe('a call', () => {
  it('works a hundred at once, on one handle', async () => {
    const { client, workspace } = await connect()
    const calls = Array.from({ length: 100 }, () => client.callTool({ name: 'list_sessions' }))
    const results = await Promise.all(calls)
    expect(results.every((result) => result.isError === undefined)).toBe(true)
    expect(workspace.opened).toHaveLength(1)
  })

  it('tells its progress to a client that asks for it, in numbers that rise to the whole', async () => {
    const { client } = await connect()
    const told: number[] = []
    await client.callTool({ name: 'commit_session', arguments: { force: true } }, undefined, {
      onprogress: ({ progress, total }) => {
        expect(total).toBe(4)
        told.push(progress)
      },
    })
    expect(told).toEqual([...new Set(told)].sort())
    expect(told.at(-1)).toBe(4)
  })

  it('is stopped when the client cancels it', async () => {
    const { client, log } = await connect()
    const stop = new AbortController()
    const call = client.callTool({ name: 'search_session_text', arguments: { query: 'whale' } }, undefined, {
      signal: stop.signal,
    })
    const failure = expect(call).rejects.toThrow()
    await expect.poll(() => log).toEqual(['searching whale'])
    stop.abort('enough')
    await failure
    await expect.poll(() => log).toEqual(['searching whale', 'stopped whale'])
  })
})

describe('initialize', () => {
  it('names the server, and says in few words how it is used', async () => {
    const { client } = await connect()
    expect(client.getServerVersion()).toMatchObject({
      name: 'cowrite',
      version: expect.stringMatching(/^\d/),
    })
    expect(client.getInstructions()?.length).toBeLessThan(1_200)
    expect(client.getServerCapabilities()).toEqual({
      tools: {},
      resources: { subscribe: true, listChanged: true },
      prompts: {},
      completions: {},
    })
  })

  it('is not needed to be told that a method is unknown', async () => {
    const { client } = await connect()
    const { z } = await import('zod')
    await expect(client.request({ method: 'server/discover' }, z.any())).rejects.toMatchObject({
      code: -32601,
    })
  })
})
