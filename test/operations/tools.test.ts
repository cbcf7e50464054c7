import { describe, expect, it } from 'vitest'
import { operations, toolDefinition } from '../../lib/operations/index.js'

const offered = operations.filter(({ group }) => group !== 'records')

/** What the list costs every chat, in tokens: characters of JSON by four. */
function cost(output: boolean): number {
  return JSON.stringify(offered.map((operation) => toolDefinition(operation, { output }))).length / 4
}

describe('the default tool list', () => {
  it('costs a chat under 4,000 tokens, and under 7,000 with output schemas', () => {
    expect(cost(false)).toBeLessThan(4_000)
    expect(cost(true)).toBeLessThan(7_000)
  })

  it('each tool has what clients show and check', () => {
    for (const operation of offered) {
      const tool = toolDefinition(operation, { output: true })
      expect(tool.name).toMatch(/^[a-z_]{1,64}$/)
      expect(tool.description.length, tool.name).toBeGreaterThan(20)
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(tool.outputSchema).toMatchObject({ type: 'object' })
      expect(JSON.stringify(tool)).not.toContain('$schema')
      expect(tool.annotations.openWorldHint).toBe(false)
      expect(tool.annotations.readOnlyHint && tool.annotations.destructiveHint).toBe(false)
    }
  })

  it('says the type and the choices of an argument', () => {
    const commit = operations.find(({ name }) => name === 'commit_session')
    if (!commit) throw new Error('no commit_session')
    const { inputSchema, outputSchema } = toolDefinition(commit, { output: false })
    expect(outputSchema).toBeUndefined()
    expect(inputSchema.properties).toMatchObject({
      force: { type: 'boolean', default: false },
      on_conflict: { type: 'string', enum: ['keep_session', 'keep_global', 'markers'] },
    })
  })
})
