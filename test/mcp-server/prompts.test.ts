import { describe, expect, it } from 'vitest'
import { readCommand, wordsOf } from '../../mcp-server/command-words.js'
import { connect } from './support/connect.js'
import { fakeOperations } from './support/fake-operations.js'

async function prompt(name: string, given: Record<string, string>): Promise<string> {
  const { client } = await connect()
  const { messages } = await client.getPrompt({ name, arguments: given })
  expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: expect.any(String) } }])
  return messages.map(({ content }) => (content.type === 'text' ? content.text : '')).join('')
}

describe('prompts', () => {
  it('are two, without titles, which some clients would take for their names', async () => {
    const { client } = await connect()
    const { prompts } = await client.listPrompts()
    expect(prompts.map((each) => [each.name, each.title])).toEqual([
      ['session', undefined],
      ['retry', undefined],
    ])
  })

  it('name the tool and its arguments', async () => {
    const text = await prompt('session', { command: 'start work-on-chapter-01 "All scenes"' })
    expect(text).toContain('create_session')
    expect(text).toContain('{"name":"work-on-chapter-01","description":"All scenes"}')
    expect(text).toContain('as it is')
  })

  it('take a command that the client cut at its spaces', async () => {
    const text = await prompt('session', { command: 'start', name: 'a-b', more: '"Trying darker' })
    expect(text).toContain('{"name":"a-b","description":"Trying darker"}')
  })

  it('require one argument of a client that hands over no more words than it must, and part what stands in it', async () => {
    const { client } = await connect({ clientName: 'gemini-cli-mcp-client' })
    const { prompts } = await client.listPrompts()
    for (const { arguments: taken = [] } of prompts) {
      expect(taken.map(({ required }) => required)).toEqual(taken.map((_, at) => at === 0))
    }
    const typed = async (name: string, words: Record<string, string>) =>
      JSON.stringify((await client.getPrompt({ name, arguments: words })).messages)
    expect(await typed('session', { command: 'start draft A darker tone' })).toContain('A darker tone')
    expect(await typed('session', { command: '' })).toContain('get_active_session')
    const retried = await typed('retry', { file: 'scene-0101.md Too much dialogue' })
    expect(retried.replaceAll('\\', '')).toContain('"file_path":"scene-0101.md","reason":"Too much dialogue"')
    expect(await typed('retry', { file: 'scene-0101.md' })).toContain('call no tool yet')
  })

  it('show the status where nothing was typed', async () => {
    expect(await prompt('session', {})).toContain('get_active_session')
  })

  it('warn that a commit without force is a preview', async () => {
    expect(await prompt('session', { command: 'commit' })).toContain('preview')
    expect(await prompt('session', { command: '/session commit --force' })).not.toContain('preview')
  })

  it('name the commands where they do not understand', async () => {
    const text = await prompt('session', { command: 'explode "`now`"' })
    expect(text).toContain('start, commit, cancel')
    expect(text).not.toContain('Call the cowrite tool')
  })

  it('record a retry by its reason', async () => {
    const text = await prompt('retry', { file: 'scene-0101.md', reason: '"Too much exposition"' })
    expect(text).toContain('record_human_retry')
    expect(text).toContain(
      '{"file_path":"scene-0101.md","reason":"Too much exposition","auto_detected":false}',
    )
  })

  it('ask the person for the reason of a retry that has none', async () => {
    for (const given of [{ file: 'scene-0101.md' }, { file: 'scene-0101.md', reason: ' ' }]) {
      const text = await prompt('retry', given as Record<string, string>)
      expect(text).toContain('Ask the user why')
      expect(text).not.toContain('"reason":""')
      expect(text).not.toContain('Call the cowrite tool')
    }
  })

  it('refuse an argument that they do not have', async () => {
    const { client } = await connect()
    const asked = { name: 'session', arguments: { comand: 'commit' } }
    await expect(client.getPrompt(asked)).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('command, name, more'),
    })
  })

  it('that do not exist, or lack what they need, are refused', async () => {
    const { client } = await connect()
    await expect(client.getPrompt({ name: 'nope' })).rejects.toMatchObject({ code: -32602 })
    await expect(client.getPrompt({ name: 'retry', arguments: {} })).rejects.toMatchObject({ code: -32602 })
  })
})

describe('typed words', () => {
  it.each([
    ['a  b', ['a', 'b']],
    ['a "b c" d', ['a', 'b c', 'd']],
    [`a 'b "c"'`, ['a', 'b "c"']],
    ['a "b \\"c\\""', ['a', 'b "c"']],
    ['a "b c', ['a', 'b c']],
    ["don't", ["don't"]],
    ['', []],
  ])('%j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  const operations = fakeOperations()
  const call = (tool: string, given: object) => ({ tool, arguments: given })
  it.each([
    ['session list', call('list_sessions', {})],
    ['session start', call('create_session', {})],
    ['session start x --idempotent', call('create_session', { name: 'x', idempotent: true })],
    ['session start x two words', call('create_session', { name: 'x', description: 'two words' })],
    ['session commit --files a.md,b.md x', call('commit_session', { name: 'x', files: ['a.md', 'b.md'] })],
    ['session commit --files=a.md --files b.md', call('commit_session', { files: ['a.md', 'b.md'] })],
    ['session commit --file a.md', call('commit_session', { files: ['a.md'] })],
    ['session commit --force=false', call('commit_session', { force: false })],
    ['session cancel --no-backup-retries', call('cancel_session', { backup_retries: false })],
    ['retry a.md too dull', call('record_human_retry', { file_path: 'a.md', reason: 'too dull' })],
  ])('%j are a call', (text, reading) => {
    expect(readCommand(operations, wordsOf(text))).toEqual(reading)
  })

  it.each(['session list x', 'session commit --fast', 'session commit --files', 'session', 'dance'])(
    '%j are none',
    (text) => {
      expect(readCommand(operations, wordsOf(text))).toEqual({ problem: expect.any(String) })
    },
  )
})

describe('completion', () => {
  const prompted = { type: 'ref/prompt', name: 'session' } as const
  const file = { type: 'ref/resource', uri: 'cowrite://session/{name}/file/{+path}' } as const

  it.each([
    [prompted, 'command', 'st', {}, ['start', 'status']],
    [prompted, 'command', 'switch si', {}, ['switch side-work']],
    [prompted, 'name', '', { command: 'switch' }, ['main-work', 'side-work']],
    [prompted, 'name', '', { command: 'start' }, []],
    [{ type: 'ref/prompt', name: 'retry' } as const, 'file', 'acts/', {}, ['acts/a.md', 'acts/new.md']],
    [file, 'name', 'm', {}, ['main-work']],
    [file, 'path', '', { name: 'main-work' }, ['acts/', 'notes.md']],
    [file, 'path', 'acts/b', { name: 'main-work' }, ['acts/b.md']],
    [file, 'path', '', { name: 'nobody' }, []],
    [{ type: 'ref/resource', uri: 'file:///{x}' } as const, 'name', '', {}, []],
  ])('of %j %s %j with %j is %j', async (ref, name, value, given, values) => {
    const { client } = await connect()
    const { completion } = await client.complete({
      ref,
      argument: { name, value },
      context: { arguments: given },
    })
    expect(completion.values.toSorted()).toEqual(values)
  })

  it('stops at a hundred and says so', async () => {
    const { client, workspace } = await connect()
    workspace.sessions = Array.from({ length: 130 }, (_, index) => `session-${index}`)
    const { completion } = await client.complete({ ref: file, argument: { name: 'name', value: '' } })
    expect(completion.values).toHaveLength(100)
    expect(completion).toMatchObject({ total: 130, hasMore: true })
  })
})
