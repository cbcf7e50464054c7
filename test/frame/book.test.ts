import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { layOutBook, readChapter, scenePath } from '../../examples/book/layout.mjs'

describe('the book of the demo', () => {
  let whole: string
  let book: ReturnType<typeof layOutBook>
  beforeAll(() => {
    whole = mkdtempSync(join(tmpdir(), 'cowrite-book-'))
    book = layOutBook(whole)
  })
  afterAll(() => rmSync(whole, { recursive: true, force: true }))

  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cowrite-book-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is the whole novel, with every file accounted for by its hash', () => {
    expect(book).toMatchObject({ acts: 5, chapters: 135 })
    expect(book.scenes).toBeGreaterThan(200)

    const found = filesIn(whole)
    expect(Object.keys(book.files)).toEqual(found)
    for (const path of found) {
      const content = readFileSync(join(whole, path))
      expect(createHash('sha256').update(content).digest('hex'), path).toBe(book.files[path])
    }
  })

  it('has the parts that a session on a book expects', () => {
    const { files } = layOutBook(folder, { chapters: 2 })
    for (const path of [
      'acts/act-1/plan.md',
      'acts/act-1/chapters/chapter-01/plan.md',
      'acts/act-1/chapters/chapter-01/content/scene-0101.md',
      'context/characters/ishmael.json',
      'context/world/pequod.md',
      'context/style-guide.md',
    ]) {
      expect(Object.keys(files)).toContain(path)
    }
    expect(Object.keys(files).some((path) => path.includes('chapter-03'))).toBe(false)
    const plan = readFileSync(join(folder, 'acts/act-1/chapters/chapter-01/plan.md'), 'utf8')
    expect(plan).toMatch(
      /^# Chapter 1: Loomings\n\n## Scenes\n\n1\. `scene-0101\.md`, \d+ words: Call me Ishmael\./,
    )
    const character = readFileSync(join(folder, 'context/characters/ishmael.json'), 'utf8')
    expect(JSON.parse(character).name).toBe('Ishmael')
  })

  it('cuts chapters at paragraphs, and loses none', () => {
    for (const number of [1, 3, 54, 122, 135]) {
      const scenes = Object.keys(book.files).filter((path) => path.startsWith(chapterContent(number)))
      const paragraphs = scenes.flatMap((path) => {
        const [heading, ...rest] = readFileSync(join(whole, path), 'utf8').trimEnd().split('\n\n')
        expect(heading).toMatch(/^# .+, scene \d+$/)
        return rest
      })
      expect(paragraphs).toEqual(readChapter(number).paragraphs)
    }
  })

  it('is the same every time', () => {
    const first = layOutBook(join(folder, 'first'), { chapters: 3 })
    expect(layOutBook(join(folder, 'second'), { chapters: 3 })).toEqual(first)
  })

  it('is not laid over what is there already', () => {
    writeFileSync(join(folder, 'mine.md'), 'mine')
    expect(() => layOutBook(folder)).toThrow(/not empty/)
    expect(filesIn(folder)).toEqual(['mine.md'])
  })
})

function chapterContent(number: number): string {
  return scenePath(number, 1).replace(/[^/]*$/, '')
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort()
}
