import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { parseResourceUri, resourceUri } from '../../mcp-server/resource-uri.js'
import { connect } from './support/connect.js'

describe('resources', () => {
  it('list the sessions and what each has changed', async () => {
    const { client } = await connect()
    const { resources } = await client.listResources()
    expect(resources.map((resource) => resource.uri)).toEqual([
      'cowrite://sessions',
      'cowrite://session/main-work',
      'cowrite://session/main-work/diff',
      'cowrite://session/side-work',
      'cowrite://session/side-work/diff',
    ])
  })

  it('have templates', async () => {
    const { client } = await connect()
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates.map((template) => template.uriTemplate)).toEqual([
      'cowrite://session/{name}',
      'cowrite://session/{name}/diff',
      'cowrite://session/{name}/file/{+path}',
    ])
  })

  it('read as the tools answer, whichever session is active', async () => {
    const { client } = await connect()
    const read = async (uri: string) => (await client.readResource({ uri })).contents[0]

    const sessions = await read('cowrite://sessions')
    expect(sessions?.mimeType).toBe('application/json')
    expect(JSON.parse((sessions as { text: string }).text)).toMatchObject({ count: 2 })
    const side = await read('cowrite://session/side-work')
    expect(JSON.parse((side as { text: string }).text)).toMatchObject({ name: 'side-work' })
    expect(await read('cowrite://session/main-work/diff')).toEqual({
      uri: 'cowrite://session/main-work/diff',
      mimeType: 'text/x-diff',
      text: '--- a.md\n--- b.md\n',
    })
  })

  it('give files as text or as bytes, with their type', async () => {
    const { client } = await connect()
    const read = async (path: string) =>
      (await client.readResource({ uri: `cowrite://session/main-work/file/${path}` })).contents[0]
    expect(await read('acts/a.md')).toMatchObject({ mimeType: 'text/markdown', text: '# A\n' })
    expect(await read('acts/a.png')).toMatchObject({ mimeType: 'image/png', blob: 'if8A' })
  })

  it.each([
    ['cowrite://session/nobody', -32002],
    ['cowrite://session/main-work/file/acts/none.md', -32002],
    ['cowrite://nothing', -32002],
    ['cowrite://session/main-work/file/', -32002],
    ['cowrite://session/%/diff', -32002],
    ['file:///etc/passwd', -32002],
  ])('%s is answered with %i', async (uri, code) => {
    const { client } = await connect()
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code })
  })

  it('refuse parameters that do not fit', async () => {
    const { client } = await connect()
    const nothing = undefined as unknown as string
    await expect(client.readResource({ uri: nothing })).rejects.toMatchObject({ code: -32602 })
  })

  it('that are too large name the tool that reads in parts', async () => {
    const { client, workspace } = await connect()
    workspace.files['big.txt'] = new Uint8Array(17 * 1024 * 1024)
    const read = client.readResource({ uri: 'cowrite://session/main-work/file/big.txt' })
    await expect(read).rejects.toThrow(/read_session_file/)
  })
})

describe('a resource URI', () => {
  it.each([
    { kind: 'sessions' },
    { kind: 'session', session: 'a-b' },
    { kind: 'diff', session: 'a-b' },
    { kind: 'file', session: 'a', path: 'acts/ä b/100%/diff' },
  ] as const)('%j is read back as it was written', (name) => {
    expect(parseResourceUri(resourceUri(name))).toEqual(name)
  })

  it('keeps the dots of a path, for the library to refuse', () => {
    const path = '../../etc/passwd'
    expect(parseResourceUri(`cowrite://session/a/file/${path}`)).toEqual({ kind: 'file', session: 'a', path })
  })
})

describe('subscriptions', () => {
  const news = (received: string[]) => (client: Parameters<NonNullable<Setting['prepare']>>[0]) => {
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void received.push(params.uri),
    )
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void received.push('list'))
  }
  type Setting = NonNullable<Parameters<typeof connect>[0]>

  it('tell of what was subscribed, once for many events', async () => {
    const received: string[] = []
    const { client, workspace } = await connect({ prepare: news(received) })
    const uri = 'cowrite://session/main-work/file/acts/a.md'
    await client.subscribeResource({ uri })
    await client.subscribeResource({ uri: 'cowrite://session/side-work' })

    for (let count = 0; count < 20; count++) {
      workspace.emit({ type: 'session-changed', session: 'main-work', path: 'acts/a.md' })
    }
    workspace.emit({ type: 'session-changed', session: 'main-work', path: 'acts/b.md' })
    await expect.poll(() => received).toEqual([uri])
  })

  it('end when they are ended', async () => {
    const received: string[] = []
    const { client, workspace } = await connect({ prepare: news(received) })
    await client.subscribeResource({ uri: 'cowrite://sessions' })
    await client.subscribeResource({ uri: 'cowrite://session/main-work' })
    await client.unsubscribeResource({ uri: 'cowrite://sessions' })
    workspace.emit({ type: 'active-changed', active: null })
    await expect.poll(() => received).toEqual(['cowrite://session/main-work'])
  })

  it('are not needed to hear that the list changed, once a call opened the workspace', async () => {
    const received: string[] = []
    const { client, workspace } = await connect({ prepare: news(received) })
    expect(workspace.watching).toBe(0)
    await client.callTool({ name: 'list_sessions' })
    await expect.poll(() => workspace.watching).toBe(1)
    workspace.emit({ type: 'sessions-changed' })
    await expect.poll(() => received).toEqual(['list'])
  })

  it('wait for a session: to look is not to set a workspace up', async () => {
    const received: string[] = []
    const { client, workspace } = await connect({ prepare: news(received) })
    workspace.sessions = []
    await client.subscribeResource({ uri: 'cowrite://sessions' })
    await client.callTool({ name: 'list_sessions' })
    expect(workspace.watching).toBe(0)
    await client.callTool({ name: 'create_session', arguments: { name: 'first' } })
    await expect.poll(() => workspace.watching).toBe(1)
    workspace.emit({ type: 'sessions-changed' })
    await expect.poll(() => received.toSorted()).toEqual(['cowrite://sessions', 'list'])
  })

  it('let go of the watch at the end', async () => {
    const { client, workspace, close } = await connect()
    await client.subscribeResource({ uri: 'cowrite://sessions' })
    expect(workspace.watching).toBe(1)
    await close()
    expect(workspace).toMatchObject({ watching: 0, closed: 1 })
  })

  it('refuse what names nothing', async () => {
    const { client } = await connect()
    await expect(client.subscribeResource({ uri: 'cowrite://nothing' })).rejects.toMatchObject({
      code: -32002,
    })
  })
})
