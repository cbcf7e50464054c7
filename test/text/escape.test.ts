import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fenced, forMarkdown, forTerminal, linesForTerminal } from '../../lib/text/escape.js'
import { anyText } from '../support/any-text.js'

describe('what a name or a reason holds never acts', () => {
  it.each([
    ['a\u001b[2Jb', 'a\\x1b[2Jb'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['a\u009b31mb\u007f', 'a\\x9b31mb\\x7f'],
    ['txt\u202egpj.exe', 'txt\\u202egpj.exe'],
    ['a\u200bb\ufeff\u2066\u00ad', 'a\\u200bb\\ufeff\\u2066\\xad'],
    ['a\u2028b\u{e0041}', 'a\\u2028b\\u{e0041}'],
    ['half \ud800 pair', 'half \\ud800 pair'],
    ['a\u200db', 'a\\u200db'],
    ['Kapitel über 海 👩‍🚀 ⚠️', 'Kapitel über 海 👩‍🚀 ⚠️'],
  ])('P7: on a terminal %j is shown as %s', (text, shown) => {
    expect(forTerminal(text)).toBe(shown)
  })

  it('P7: no control character ever reaches a terminal', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(forTerminal(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        expect(linesForTerminal(text).replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  it('text of several lines keeps them', () => {
    expect(linesForTerminal('a\r\nb\tc\u001b[1m\n')).toBe('a\nb\tc\\x1b[1m\n')
  })

  it.each([
    ['acts/act-1/chapter_01/scene-0101.md', 'acts/act-1/chapter_01/scene-0101.md'],
    ['Too much exposition, needs more action!', 'Too much exposition, needs more action!'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['--- ', '\\---'],
    ['> quote', '\\> quote'],
    ['1. first', '1\\. first'],
    ['`code` and ```', '\\`code\\` and \\`\\`\\`'],
    ['[text](http://evil.example)', '\\[text\\](http\\://evil.example)'],
    ['www.evil.example', 'www\\.evil.example'],
    ['me@evil.example', 'me\\@evil.example'],
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['<!-- hidden -->', '\\<!-- hidden --\\>'],
    ['| a | b |', '\\| a \\| b \\|'],
    ['**bold** ~~gone~~', '\\*\\*bold\\*\\* \\~\\~gone\\~\\~'],
    ['__init__.py', '\\_\\_init\\_\\_.py'],
    ['&lt;b&gt;', '\\&lt;b\\&gt;'],
    ['one\n# two', 'one\\\\n# two'],
    ['C:\\path', 'C:\\\\path'],
    ['![x][y]', '!\\[x\\]\\[y\\]'],
    ['$$x$$', '\\$\\$x\\$\\$'],
  ])('P7: in Markdown %j is written %s', (text, written) => {
    expect(forMarkdown(text)).toBe(written)
  })

  it('P7: in Markdown every mark that opens something is escaped, and the line is one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab `*_<>[]()|#~\\&!-\n\t\u001b1.'.split('')) }),
        (text) => {
          const written = forMarkdown(text)
          expect(written).not.toMatch(/\p{Cc}/u)
          expect(written.replace(/\\[^\p{L}\p{N}]/gu, 'x')).not.toMatch(/[`*<>[\]|~]|^#|^- |^\d+[.)] /)
        },
      ),
    )
  })

  it('P7: a fence is longer than any in what it holds', () => {
    expect(fenced('a\n````\nb', 'diff')).toBe('`````diff\na\n````\nb\n`````')
    expect(fenced('', '')).toBe('```\n```')
  })
})
