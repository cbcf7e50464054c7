import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, run } from './run.js'

function runExample(name: string, ...args: string[]): string {
  const { status, stdout, stderr, left } = run(`examples/${name}/${name}.mjs`, args)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(left).toEqual([])
  return stdout
}

describe('the examples', () => {
  it('a writing tool shows what it changed, and leaves the book alone without --yes', () => {
    const shown = runExample('rename-character')
    expect(shown).toMatch(/\[-Queequeg-\]\{\+Kwikweg\+\}/)
    expect(shown).toContain('Not committed: the book is as it was.')
  })

  it('a writing tool commits what it showed with --yes', () => {
    const shown = runExample('rename-character', '--from', 'Peter', '--to', 'Petrus', '--yes')
    expect(shown).toContain('[-Peter-]{+Petrus+}')
    expect(shown).toMatch(/Committed as 0001: \d+ files/)
  })

  it('a writing tool that finds nothing says so', () => {
    expect(runExample('rename-character', '--from', 'Zarathustra')).toContain('nowhere in the book')
  })

  it('a tool that knows nothing of cowrite writes into the session', () => {
    const shown = runExample('borrowed-tool')
    expect(shown).toMatch(/changed [1-9]\d*, in [1-9]\d* places/)
    expect(shown).toMatch(/\[-.+-\]\{\+.+\+\}/)
    expect(shown).toMatch(/The real \S+ is as it was\./)
    expect(shown).toMatch(/Committed [1-9]\d* files; now the real one has the change\./)
  })

  it('a writer with all the reasons comes to an end, and one with the newest alone does not', () => {
    const shown = runExample('draft-and-retry')
    expect(shown).toContain('With all the reasons: draft 4 was accepted.')
    expect(shown).toContain('With the newest one alone: no draft accepted in 5.')
  })

  it.each([
    ['session', 'They call me Ishmael.'],
    ['global', 'Call me Ishmael; everybody does.'],
  ])('two agents: the conflict is decided for the %s, and the rest is merged', (choice, sentence) => {
    const shown = runExample('two-agents', '--choose', choice)
    expect(shown).toContain('also changed in ann-pace')
    expect(shown).toMatch(/merged: \S+plan\.md/)
    expect(shown).toContain('refused with CONFLICT, the book is as Ann left it')
    expect(shown.slice(shown.indexOf('The book now has:'))).toContain(sentence)
    expect(shown).toContain('# Chapter 1: Loomings, drier')
    expect(shown).toContain('## Notes on pace')
  })

  it('are all in the table of their README, and all tested here', () => {
    const folders = readdirSync(join(project, 'examples'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'book')
      .map(({ name }) => name)
    const readme = readFileSync(join(project, 'examples/README.md'), 'utf8')
    const named = [...readme.matchAll(/node (examples\/(\S+)\/\S+\.mjs)/g)]
    expect(named.map(([, , name]) => name).toSorted()).toEqual(folders.toSorted())
    for (const [, path] of named) expect(existsSync(join(project, path ?? ''))).toBe(true)
  })
})
