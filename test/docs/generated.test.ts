import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { exitStatus } from '../../lib/errors.js'
import { operations } from '../../lib/operations/index.js'
import { fieldsOf, table, typeInWords } from '../../scripts/docs/schema.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(project, path), 'utf8')

describe('the generated documents', () => {
  it('are up to date', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-docs.mjs', '--check'], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('the reference has every operation with its three names, every argument and every example', () => {
    const reference = read('docs/reference.md')
    for (const { name, chat, commandLine, input } of operations) {
      const from = reference.indexOf(`\n### ${name}\n`)
      expect(from, name).toBeGreaterThan(0)
      const section = reference.slice(from, reference.indexOf('\n### ', from + 1))
      if (chat.startsWith('/')) expect(section).toContain(chat)
      expect(section).toContain(`cowrite ${commandLine.usage}`)
      for (const argument of Object.keys(input.shape)) expect(section).toContain(`| \`${argument}\` |`)
      for (const example of commandLine.examples) expect(section).toContain(example)
    }
  })

  it('the reference has every error code with its exit status', () => {
    const reference = read('docs/reference.md')
    for (const [code, status] of Object.entries(exitStatus)) {
      expect(reference).toContain(`| \`${code}\` | ${status} |`)
    }
  })

  it('no cell of a table is left without its meaning', () => {
    const rows = read('docs/reference.md')
      .split('\n')
      .filter((line) => /^\| `\w+` \| .* \|$/.test(line) && line.split(' | ').length === 5)
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([])
  })

  it('the page on MCP tells the size of the tool list, which stays under its limits', () => {
    const [, plain = '', structured = ''] =
      /\(the default\) \| \d+ \| ([\d,]+) \| ([\d,]+) \|/.exec(read('docs/mcp.md')) ?? []
    expect(Number(plain.replaceAll(',', ''))).toBeGreaterThan(1_000)
    expect(Number(plain.replaceAll(',', ''))).toBeLessThan(4_000)
    expect(Number(structured.replaceAll(',', ''))).toBeLessThan(7_000)
  })
})

describe('what the documents are made with', () => {
  it('says a type in words', () => {
    expect(typeInWords({ type: 'array', items: { type: 'string' } })).toBe('list of text')
    expect(typeInWords({ enum: ['a', 'b'] })).toBe('`a` or `b`')
    expect(typeInWords({ anyOf: [{ type: 'number' }, { type: 'null' }] })).toBe('number or null')
  })

  it('names the fields within others in full', () => {
    const item = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
    const schema = {
      type: 'object',
      properties: { all: { type: 'array', items: item }, one: item },
      required: ['all'],
    }
    expect(fieldsOf(schema).map(({ path }) => path)).toEqual(['all[].name', 'one.name'])
  })

  it('keeps a bar in a cell from ending it', () => {
    expect(table(['a'], [['x|y']])).toBe('| a |\n|---|\n| x\\|y |')
  })
})
