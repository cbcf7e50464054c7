import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { exitStatus } from '../../lib/errors.js'
import { operations } from '../../lib/operations/index.js'
import { readCommand, wordsOf } from '../../mcp-server/command-words.js'
import { generate } from '../../scripts/generate-docs.mjs'

const folder = fileURLToPath(new URL('../../skill', import.meta.url))
const portable = ['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools']
const skills = readdirSync(folder)
  .filter((name) => !name.includes('.'))
  .map((name): [string, string] => [name, readFileSync(join(folder, name, 'SKILL.md'), 'utf8')])

/** The keys at the margin, with what stands beside them. */
function frontmatterOf(text: string): Map<string, string> {
  const [, block = ''] = /^---\n(.*?)\n---\n/s.exec(text) ?? []
  const lines = block.split('\n').filter((line) => !line.startsWith(' '))
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
}

const generated = generate()
const inputs = operations.flatMap(({ input }) => Object.keys(input.shape))
const tools = operations.map(({ name }) => name)

it('there are the two skills', () => {
  expect(skills.map(([name]) => name).toSorted()).toEqual(['retry', 'session'])
})

describe.each(skills)('the skill %s', (name, text) => {
  it('has only what every client knows in its frontmatter', () => {
    const fields = frontmatterOf(text)
    expect(fields.size).toBeGreaterThanOrEqual(2)
    for (const key of fields.keys()) expect(portable).toContain(key)
    expect(fields.get('name')).toBe(name)
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    const description = fields.get('description') ?? ''
    expect(description.length).toBeGreaterThan(50)
    expect(description.length).toBeLessThanOrEqual(1024)
    expect(fields.get('compatibility')?.length).toBeLessThanOrEqual(500)
  })

  it('has a frontmatter that is plain YAML: a colon with a space would end a value', () => {
    for (const [key, value] of frontmatterOf(text)) {
      expect(value, key).not.toMatch(/: |\s#/)
      expect(value, key).not.toMatch(/^["'[{>|*&!%@`]/)
    }
  })

  it('costs less than 5,000 tokens and 500 lines', () => {
    expect(text.length / 4).toBeLessThan(5_000)
    expect(text.split('\n').length).toBeLessThan(500)
  })

  it('has the table that the operations give', async () => {
    expect((await generated).get(`skill/${name}/SKILL.md`)).toBe(text)
  })

  it('names no tool that is not there', () => {
    const named = [
      ...text.matchAll(
        /\b(?:mcp__cowrite__)?([a-z]+(?:_[a-z]+)*_(?:session|sessions|file|files|text|retry|retries|commit|commits))\b/g,
      ),
    ]
    expect(named.length).toBeGreaterThan(3)
    for (const [, tool] of named)
      expect([...tools, ...inputs, 'keep_session']).toContain(tool?.replace(/^mcp__cowrite__/, ''))
  })

  it('names no argument that its tool does not have', () => {
    const named = [...text.matchAll(/`(\w+)(?:[:=] ?[^`]*)?`\??/g)].map(([, word = '']) => word)
    const words = named.filter((word) =>
      /^(force|expect|files|on_conflict|include_ignored|if_match|auto_detected|file_path|reason)$/.test(word),
    )
    expect(words.length).toBeGreaterThan(2)
    for (const word of words) expect(inputs).toContain(word)
  })

  it('names no chat command that the server would not read', () => {
    const typed = [...text.matchAll(/`\/((?:session|retry) [^`]+)`/g)].map(([, words = '']) => words)
    expect(typed.length).toBeGreaterThan(0)
    for (const words of typed) {
      const command = wordsOf(words).filter((word) => !/^[[<]|[\]>]…?$/.test(word))
      expect(readCommand(operations, command), words).toHaveProperty('tool')
    }
  })

  it('names no shell command that is not there', () => {
    const typed = [...text.matchAll(/`npx cowrite ([a-z]+(?: [a-z]+)?)/g)].map(([, words = '']) => words)
    expect(typed.length).toBeGreaterThan(2)
    const usages = operations.map(({ commandLine }) => commandLine.usage)
    for (const words of typed)
      expect(usages.some((usage) => usage.startsWith(words)) || words === 'mcp', words).toBe(true)
  })

  it('says what to do on the codes it names, and names only codes there are', () => {
    const rows = text.split('\n').filter((line) => /^\| (`[A-Z_]+`|any other)/.test(line))
    const codes = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code),
    )
    for (const code of codes) expect(Object.keys(exitStatus)).toContain(code)
    const covered = rows.some((row) => row.startsWith('| any other')) ? codes : Object.keys(exitStatus)
    expect(codes.toSorted()).toEqual(expect.arrayContaining(covered.toSorted()))
    for (const row of rows) expect(row.split('|')[2]?.trim().length, row).toBeGreaterThan(10)
  })
})

describe('the rules that a model must not miss', () => {
  const session = skills.find(([name]) => name === 'session')?.[1] ?? ''
  const retry = skills.find(([name]) => name === 'retry')?.[1] ?? ''

  it('force only on the word of this turn, with the digest of the preview', () => {
    expect(session).toMatch(/only if the user says so \*\*in this turn\*\*/)
    expect(session).toMatch(/`digest` as `expect`/)
  })

  it('answers are passed on whole', () => {
    for (const text of [session, retry]) expect(text).toContain('**whole and unaltered**')
  })

  it('a rejection in plain words is recorded first, with the reason as the samples have it', () => {
    for (const text of [session, retry]) expect(text).toMatch(/auto_detected[:=] ?true/)
    expect(retry).toContain('reason="User feedback: Too much dialogue"')
    expect(retry).toContain('list_retries')
  })

  it('a crashed session is recovered first, cancelled second', () => {
    expect(session).toMatch(/SESSION_CRASHED` \| `recover_session` first.*`cancel_session` only/)
  })
})
