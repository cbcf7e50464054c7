import { pathToFileURL } from 'node:url'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { processChat } from '../../mcp-server/chat.js'
import { connect, type Setting, textOf } from './support/connect.js'

const list = (client: Client, meta?: Record<string, unknown>) =>
  client.callTool({ name: 'list_sessions', ...(meta ? { _meta: meta } : {}) })

describe('S2: the chat that a call comes from', () => {
  const codex = (session_id: string) => ({ 'x-codex-turn-metadata': { session_id, turn_id: 't' } })

  it('is the one that the environment names', async () => {
    const { client, workspace } = await connect({ environment: { CLAUDE_CODE_SESSION_ID: 'chat-1' } })
    await list(client, codex('other'))
    expect(workspace.opened).toMatchObject([{ chat: 'chat-1', holder: 'mcp-server' }])
  })

  it("is the one in Codex's metadata, with a handle for each, which is kept", async () => {
    const { client, workspace, close } = await connect()
    await list(client, codex('a'))
    await list(client, codex('b'))
    await list(client, { 'x-codex-turn-metadata': JSON.stringify({ session_id: 'a' }) })
    expect(workspace.opened.map((options) => options.chat)).toEqual(['a', 'b'])
    await close()
    expect(workspace.closed).toBe(2)
  })

  it.each([undefined, codex(''), { 'x-codex-turn-metadata': 'no json' }, { 'x-codex-turn-metadata': 7 }])(
    'is this process where %j names none',
    async (meta) => {
      const { client, workspace } = await connect()
      await list(client, meta)
      expect(workspace.opened.map((options) => options.chat)).toEqual([processChat()])
      expect(processChat()).toMatch(new RegExp(`^mcp:.+:${process.pid}:\\d+$`))
    },
  )

  it('works in the session that the server was started with, by option or by environment', async () => {
    const byOption = await connect({ session: 'one', environment: { COWRITE_SESSION: 'two' } })
    await list(byOption.client)
    expect(byOption.workspace.opened).toMatchObject([{ session: 'one' }])
    const byEnvironment = await connect({ environment: { COWRITE_SESSION: 'two' } })
    await list(byEnvironment.client)
    expect(byEnvironment.workspace.opened).toMatchObject([{ session: 'two' }])
  })
})

describe('the workspace folder', () => {
  const rooted = (roots: () => string[]): Setting => ({
    capabilities: { roots: { listChanged: true } },
    prepare: (client) =>
      client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: roots().map((uri) => ({ uri })) })),
  })
  const folderOf = async (setting: Setting) => {
    const { client, workspace } = await connect(setting)
    await list(client)
    return workspace.opened[0]?.root
  }
  const root = pathToFileURL('/the/root of it').href

  it.each<[string, Setting]>([
    [
      '/the/option',
      { ...rooted(() => [root]), workspaceOption: '/the/option', environment: { CLAUDE_PROJECT_DIR: '/c' } },
    ],
    ['/the/working/folder/here', { workspaceOption: 'here' }],
    ['/w', { environment: { COWRITE_WORKSPACE: '/w', CLAUDE_PROJECT_DIR: '/c' } }],
    ['/c', { ...rooted(() => [root]), environment: { CLAUDE_PROJECT_DIR: '/c' } }],
    ['/the/root of it', rooted(() => ['https://elsewhere', root, 'file:///second'])],
    ['/the', { environment: { CLAUDE_PROJECT_DIR: '/the/part' }, nearest: () => '/the' }],
    ['/the/working/folder', rooted(() => [])],
    ['/the/working/folder', {}],
    ['/the', { nearest: () => '/the' }],
    ['/the/root of it', { ...rooted(() => [root]), nearest: () => '/the' }],
  ])('is %s', async (folder, setting) => {
    expect(await folderOf(setting)).toBe(folder)
  })

  it('is asked for again when the roots change before anything is open, and then stays', async () => {
    let roots = [root]
    const { client, workspace } = await connect(rooted(() => roots))
    workspace.failure = new Error('not there yet')
    await list(client)
    workspace.failure = null
    roots = [pathToFileURL('/another').href]
    await client.sendRootsListChanged()
    await list(client)
    roots = [root]
    await client.sendRootsListChanged()
    await list(client, { 'x-codex-turn-metadata': { session_id: 'b' } })
    expect(workspace.opened.map((options) => options.root)).toEqual(['/another', '/another'])
  })

  it.each<[string, Setting]>([
    ['the root of the disk', { workingFolder: '/' }],
    ["the plugin's own", { workingFolder: '/plugin', environment: { CLAUDE_PLUGIN_ROOT: '/plugin/' } }],
  ])('is never %s by default', async (_what, setting) => {
    const { client, workspace } = await connect(setting)
    const result = await list(client)
    expect(textOf(result)).toMatch(/--workspace DIR/)
    expect(textOf(result)).toMatch(/WORKSPACE_UNAVAILABLE/)
    expect(workspace.opened).toEqual([])
  })
})
