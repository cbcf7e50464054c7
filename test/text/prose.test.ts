import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedPart } from '../../lib/text/changed-part.js'
import { isProse, proseDiff } from '../../lib/text/prose.js'
import { compareProse } from '../../lib/text/prose-changes.js'
import { splitSentences } from '../../lib/text/sentences.js'
import { anyText } from '../support/any-text.js'

const before = `# Loomings

Call me Ishmael. Some years ago, never mind how
long precisely, I thought I would sail about a little. It is a way I have.

Whenever I find myself growing grim, I go to sea. There now is your city.
`
const after = `# Loomings

Call me Ishmael. Some years ago, never mind
how long exactly, I thought that I would sail about. It is a way I have.

There now is your insular city. Right and left, the streets take you waterward.
`

const words = [
  'Call',
  'me',
  'Ishmael.',
  'sea',
  'whale!',
  ',',
  '\n',
  '\r\n',
  '\n\n',
  '# A',
  '- b',
  '海',
  '  ',
  '#',
  'B',
]
const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' '))

describe('the diff of prose', () => {
  it('aligns sentences, marks words, folds what is the same and says where', () => {
    expect(proseDiff('acts/one.md', before, after).patch).toBe(`acts/one.md

(2 unchanged sentences)

@@ paragraph 2, line 3 @@
Some years ago, never mind how long [-precisely-]{+exactly+}, I thought {+that+} I would sail about [-a little-].

(1 unchanged sentence)

@@ paragraph 3, line 6 @@
[-Whenever I find myself growing grim, I go to sea.-]
There now is your {+insular+} city.
{+Right and left, the streets take you waterward.+}
`)
  })

  it('counts words', () => {
    expect(proseDiff('a.md', 'One two three.', 'One 2 three four.')).toMatchObject({
      additions: 2,
      deletions: 1,
      unit: 'words',
    })
  })

  it('a paragraph that was only wrapped anew has no changed word', () => {
    const { patch, additions } = proseDiff('a.md', before, before.replace('how\nlong', 'how long'))
    expect(patch).toBe('a.md\n\n(only spaces and line breaks differ)\n')
    expect(additions).toBe(0)
  })

  it('says what is new and what is deleted', () => {
    expect(proseDiff('a.md', null, 'Hello there.\n').patch).toBe(
      'a.md (new)\n\n@@ paragraph 1, line 1 @@\n{+Hello there.+}\n',
    )
    expect(proseDiff('a.md', 'Hello there.\n', null).patch).toContain('a.md (deleted)')
    expect(proseDiff('a.md', 'x', 'x').patch).toBe('')
  })

  it('a heading, an item and a row are no part of the sentence before them', () => {
    const text = '# A title\nText that runs\non. More.\n- one\n- two\n\n| a | b |\n| c | d |\n'
    expect(splitSentences(text).map((sentence) => [sentence.line, sentence.text])).toEqual([
      [1, '# A title\n'],
      [2, 'Text that runs\non. '],
      [3, 'More.\n'],
      [4, '- one\n'],
      [5, '- two\n\n'],
      [7, '| a | b |\n'],
      [8, '| c | d |\n'],
    ])
  })

  it('both sides can be put together again from it', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const pieces = compareProse(changedPart(one, other))?.flatMap((passage) => passage.pieces) ?? []
        expect(pieces.map((piece) => piece.before).join('')).toBe(one)
        expect(pieces.map((piece) => piece.after).join('')).toBe(other)
        const same = pieces.filter((piece) => piece.kind === 'same')
        const squeeze = (part: string) => part.replace(/\s+/g, ' ').trim()
        expect(same.map((piece) => squeeze(piece.before))).toEqual(same.map((piece) => squeeze(piece.after)))
      }),
      { numRuns: 500 },
    )
  })

  it('is the same whether all is compared or only the part that changed', () => {
    const told = (part: ReturnType<typeof changedPart>) => {
      const told: unknown[] = []
      for (const { changed, sentences, ...passage } of compareProse(part) ?? []) {
        if (changed) told.push(passage)
        else if (typeof told.at(-1) === 'number') told.push((told.pop() as number) + sentences)
        else told.push(sentences)
      }
      return told
    }
    const line = fc.array(fc.constantFrom(...words, '1.', '. ', 'a'), { maxLength: 8 })
    const lines = fc.array(
      line.map((parts) => parts.join(' ')),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(lines, lines, lines, lines, (above, old, now, below) => {
        const [before, after] = [old, now].map((part) => [...above, ...part, ...below].join('\n')) as [
          string,
          string,
        ]
        expect(told(changedPart(before, after))).toEqual(told({ before, after, head: [], tail: [] }))
      }),
      { numRuns: 300 },
    )
  })

  it('of a small edit in a long text takes little more than the part that changed', () => {
    const paragraphs = Array.from({ length: 200 }, (_, at) => `One ${at} is here. Two ${at} “is there.”\n\n`)
    const before = paragraphs.join('')
    const { head, tail, ...part } = changedPart(before, before.replace('Two 100', 'Three 100'))
    expect([head.length, tail.length]).toEqual([99, 98])
    expect(part.after).toBe(
      [99, 100, 101]
        .map((at) => paragraphs[at])
        .join('')
        .replace('Two 100', 'Three 100'),
    )
  })

  it('any text can be split, and put together again', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(
          splitSentences(text)
            .map((sentence) => sentence.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  it('falls back to lines where the texts are too different', () => {
    const many = (letter: string) => Array.from({ length: 2_000 }, (_, at) => `${letter}${at}.`).join('\n\n')
    const { unit, patch } = proseDiff('a.md', many('a'), many('b'))
    expect(unit).toBe('lines')
    expect(patch).toContain('too much to compare')
  })

  it('knows prose by its name', () => {
    for (const path of ['a.md', 'b/c.MARKDOWN', 'a.txt', 'README', 'x/readme', 'a.rst', 'a.tex'])
      expect(isProse(path), path).toBe(true)
    for (const path of ['a.json', 'a.ts', 'Makefile', 'a.md/b', 'md']) expect(isProse(path), path).toBe(false)
  })
})
