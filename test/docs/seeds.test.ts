import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../cli/program.js'
import { operations } from '../../lib/operations/index.js'

const docs = join(import.meta.dirname, '../../docs')
const text = readFileSync(join(docs, 'seeds.md'), 'utf8')
const program = buildProgram(operations, '0.0.0', () => {})

/** The cells of each row of a table, but for headings. */
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!asked for)/.test(line))
  .map((line) =>
    line
      .slice(2, -2)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )

describe('what was asked for', () => {
  it('has a counterpart and a test in every row, or says why not', () => {
    expect(rows.length).toBeGreaterThan(120)
    const wrong = rows.filter(
      (cells) => cells.length !== 3 || cells.some((cell) => cell === '') || !isTold(cells[2] ?? ''),
    )
    expect(wrong).toEqual([])
    expect(text.match(/^## /gm)).toHaveLength(5)
  })

  it('names tests and documents that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(docs, target)))).toEqual([])
  })

  it('names commands that are there, with the options that they have', () => {
    const spans = rows.flatMap(([, ours = '']) =>
      [...ours.matchAll(/`(cowrite [^`]+)`/g)].map(([, span = '']) => span),
    )
    expect(spans.length).toBeGreaterThan(50)
    expect(spans.flatMap(missingIn)).toEqual([])
  })

  it('names tools that are there', () => {
    const named = rows.flatMap(([, ours = '']) =>
      [...ours.matchAll(/tool `(\w+)`/g)].map(([, tool = '']) => tool),
    )
    const known = operations.map(({ name }) => name)
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((tool) => !known.includes(tool))).toEqual([])
  })
})

function isTold(cell: string): boolean {
  return cell === '-' || /^\[[^\]]+\]\([^)]+\.test\.ts\)(, \[[^\]]+\]\([^)]+\.test\.ts\))*$/.test(cell)
}

/** The words of a command line that no command and no option of it answers to. */
function missingIn(span: string): string[] {
  const [, ...words] = span.split(' ')
  let command = program
  let takesValue = false
  for (const word of words) {
    if (word.startsWith('--')) {
      const option = command.options.find(({ long }) => long === word)
      if (option === undefined) return [`${span}: ${word}`]
      takesValue = option.required
      continue
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (next !== undefined) command = next
    else if (!takesValue && command.commands.length > 0) return [`${span}: ${word}`]
    takesValue = false
  }
  return []
}
