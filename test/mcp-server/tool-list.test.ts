import { describe, expect, it } from 'vitest'
import { operations } from '../../lib/operations/index.js'
import { subcommands } from '../../mcp-server/prompts.js'
import { connect } from './support/connect.js'

/** Tokens, as near as one can say without a model: four characters each. */
const tokensOf = (value: unknown) => Math.round(JSON.stringify(value).length / 4)

describe('the list of tools', () => {
  it.each([
    ['claude-code', 4_000],
    ['a-client', 7_000],
  ])('costs a chat with %s under %i tokens', async (clientName, limit) => {
    const { client } = await connect({ operations, clientName })
    const { tools } = await client.listTools()
    expect(tools.length).toBeGreaterThan(10)
    expect(tokensOf(tools)).toBeLessThan(limit)
  })

  it.each([[['session']], [['session', 'files']]] as const)(
    'has every tool that the server speaks of at the start of a chat, with the groups %s',
    async (groups) => {
      const { client } = await connect({ operations, groups: [...groups] })
      const { tools } = await client.listTools()
      const offered = tools.map(({ name }) => name)
      const words = client.getInstructions()?.match(/[a-z]+(_[a-z]+)+/g) ?? []
      const named = words.filter((word) => operations.some(({ name }) => name === word))
      expect(named.length).toBeGreaterThan(4)
      for (const name of named) expect(offered).toContain(name)
    },
  )

  it('has names, descriptions and annotations that every client takes', async () => {
    const { client } = await connect({ operations, groups: ['session', 'files', 'records'] })
    const { tools } = await client.listTools()
    expect(tools.map((tool) => tool.name)).toEqual(operations.map((operation) => operation.name))
    for (const tool of tools) {
      expect(tool.name).toMatch(/^[a-z_]{1,64}$/)
      expect(tool.description, tool.name).toBeTruthy()
      expect(tool.annotations, tool.name).toMatchObject({
        readOnlyHint: expect.any(Boolean),
        idempotentHint: expect.any(Boolean),
      })
      expect(tool.inputSchema.additionalProperties, tool.name).toBe(false)
    }
  })

  it("has all of the seed's commands behind the prompt", () => {
    expect(subcommands(operations)).toEqual(
      expect.arrayContaining(['start', 'list', 'status', 'switch', 'commit', 'cancel']),
    )
  })
})
