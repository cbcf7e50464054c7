import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { connect, textOf } from './support/connect.js'

/** A commit in a workspace that wants a person's word, with a client that replies so. */
async function commit(
  reply: (message: string) => Promise<ElicitResult>,
  given: Record<string, unknown> = {},
) {
  const connected = await connect({
    capabilities: { elicitation: { form: {} } },
    answerTimeout: 200,
    prepare: (client) => client.setRequestHandler(ElicitRequestSchema, ({ params }) => reply(params.message)),
  })
  connected.workspace.needsPerson = true
  const result = await connected.client.callTool({
    name: 'commit_session',
    arguments: { force: true, ...given },
  })
  return { ...connected, result }
}

describe('T9: a commit that needs a person', () => {
  it('asks with the counts, and commits what the person saw when they say yes', async () => {
    let asked = ''
    const { result, log } = await commit(async (message) => {
      asked = message
      return { action: 'accept', content: { confirm: true } }
    })
    expect(asked).toMatch(/main-work.*2 modified, 1 created, 0 deleted/)
    expect(result.isError).toBeUndefined()
    expect(log).toEqual(['committed main-work digest-1'])
  })

  it('keeps the digest that the call itself expects', async () => {
    const yes = async (): Promise<ElicitResult> => ({ action: 'accept', content: { confirm: true } })
    const { log } = await commit(yes, { expect: 'digest-0' })
    expect(log).toEqual(['committed main-work digest-0'])
  })

  it.each<[string, ElicitResult]>([
    ['a decline', { action: 'decline' }],
    ['a cancel', { action: 'cancel' }],
    ['an unticked box', { action: 'accept', content: { confirm: false } }],
    ['an empty form', { action: 'accept' }],
    ['a form that does not fit', { action: 'accept', content: { confirm: 'yes' } }],
  ])('takes %s for a no: nothing changed, and the next step', async (_what, reply) => {
    const { result, log } = await commit(async () => reply)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/CANCELLED/)
    expect(textOf(result)).toMatch(/not confirmed, nothing changed/i)
    expect(textOf(result)).toContain('cowrite session commit main-work --force')
    expect(log).toEqual([])
  })

  it('gives up on a client that says it asks and never does', async () => {
    const { result, log } = await commit(() => new Promise(() => {}))
    expect(textOf(result)).toMatch(/nobody answered.*nothing changed/i)
    expect(textOf(result)).toMatch(/CANCELLED/)
    expect(log).toEqual([])
  })

  it('names the command line where the client cannot ask', async () => {
    const { client, workspace, log } = await connect()
    workspace.needsPerson = true
    const result = await client.callTool({ name: 'commit_session', arguments: { force: true } })
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toMatchObject({ error: { code: 'CANCELLED', data: { why: 'unable' } } })
    expect(textOf(result)).toContain('cowrite session commit main-work --force')
    expect(log).toEqual([])
  })

  it('names the command line where the client fails at asking', async () => {
    const { result } = await commit(async () => {
      throw new Error('no window to ask in')
    })
    expect(result.structuredContent).toMatchObject({ error: { code: 'CANCELLED', data: { why: 'unable' } } })
  })

  it('asks nobody where no person is needed', async () => {
    const { client, log } = await connect()
    await client.callTool({ name: 'commit_session', arguments: { force: true } })
    expect(log).toEqual(['committed main-work '])
  })
})
