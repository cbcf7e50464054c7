import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ExpectedBook } from '../../scripts/demo/expected-book.mjs'
import { asShown } from '../../scripts/demo/screen.mjs'
import { run } from '../examples/run.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cowrite-demo-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the demo', () => {
  it('takes a novel through every command, and leaves it for a look by hand', () => {
    const { status, stdout, stderr } = run('scripts/demo.mjs', ['--folder', join(folder, 'book')])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    for (const command of [
      'start',
      'list',
      'status',
      'switch',
      'diff',
      'commit',
      'commits',
      'undo',
      'cancel',
    ]) {
      expect(stdout, command).toMatch(new RegExp(`^› /session ${command}\\b`, 'm'))
    }
    expect(stdout).toMatch(/^› \/retry scene-0101\.md/m)
    expect(stdout).toContain('🤖 Source: Auto-detected from feedback')
    expect(stdout).toMatch(/All \d{3} files of the book are byte for byte what they should be/)
    expect(stdout).not.toContain('\u001b[')
    expect(existsSync(join(folder, 'book/workspace/config.json'))).toBe(true)
  })

  it('does not write into a folder that has something in it', () => {
    writeFileSync(join(folder, 'mine.txt'), 'mine')
    const { status, stderr } = run('scripts/demo.mjs', ['--folder', folder])
    expect(status).toBe(1)
    expect(stderr).toContain('is not empty')
    expect(existsSync(join(folder, 'workspace'))).toBe(false)
  })
})

describe('the check of the book', () => {
  const laidOut = () => {
    const book = new ExpectedBook(
      new Map([
        ['a.md', 'alpha'],
        ['b/c.md', 'gamma'],
      ]),
    )
    mkdirSync(join(folder, 'b'))
    writeFileSync(join(folder, 'a.md'), 'alpha')
    writeFileSync(join(folder, 'b/c.md'), 'gamma')
    return book
  }

  it('passes over what is as it should be, and what is not of the book', () => {
    const book = laidOut()
    mkdirSync(join(folder, 'workspace'))
    writeFileSync(join(folder, 'workspace/config.json'), '{}')
    expect(book.compareWith(folder)).toBe(2)
  })

  it('finds another byte, a missing file and one too many', () => {
    const book = laidOut()
    writeFileSync(join(folder, 'a.md'), 'alphA')
    expect(() => book.compareWith(folder)).toThrow('a.md has other bytes')
    rmSync(join(folder, 'a.md'))
    expect(() => book.compareWith(folder)).toThrow('a.md is missing')
    writeFileSync(join(folder, 'z.md'), '')
    expect(() => book.compareWith(folder)).toThrow('z.md should not be there')
  })

  it('follows the changes that the story makes', () => {
    const book = laidOut()
    const before = book.copy()
    book.replace('a.md', 'alp', 'ALP')
    book.move('b/c.md', 'c.md')
    expect([book.text('a.md'), book.text('c.md'), book.text('b/c.md')]).toEqual(['ALPha', 'gamma', undefined])
    expect(before.compareWith(folder)).toBe(2)
    expect(() => book.replace('a.md', 'a', 'x')).not.toThrow()
    expect(() => book.replace('a.md', 'nothing', 'x')).toThrow('exactly one')
  })
})

describe('the screen of the demo', () => {
  it('shows Markdown as a chat does', () => {
    expect(asShown('a\\*b \\`c\\`')).toBe('a*b `c`')
    expect(asShown('```diff\n-a\\*\n+b\n```\nend')).toBe('   -a\\*\n   +b\nend')
    expect(asShown('Run `cmd --x \\*`')).toBe('Run cmd --x \\*')
    expect(asShown('````\n```\ninside\n```\n````')).toBe('   ```\n   inside\n   ```')
  })
})
