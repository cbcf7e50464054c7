import fc from 'fast-check'
import { parse } from 'smol-toml'
import { expect, it } from 'vitest'
import { newWithBlock, parseToml, readBlock, withBlock, withoutBlock } from '../../clients/toml-block.js'

const content = '[mcp_servers.cowrite]\ncommand = "cowrite"\nargs = ["mcp"]\n'

it('a part that is put into TOML and taken out leaves every byte', () => {
  const line = fc.constantFrom(
    'a = 1',
    '# a remark',
    '[table]',
    '[[many]]',
    'text = """',
    '  ',
    '',
    'b = [',
    ']',
  )
  const texts = fc
    .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([lines, eol, ends]) => lines.join(eol) + (ends ? eol : ''))
  fc.assert(
    fc.property(texts, (text) => {
      const put = withBlock(text, content)
      expect(readBlock(put)).toBe(content)
      expect(withBlock(put, content)).toBe(put)
      expect(withoutBlock(put).text).toBe(text)
    }),
  )
})

it('the part says what it should, after a table and after text without a last line break', () => {
  for (const text of ['', 'a = 1', '[mcp_servers.own]\ncommand = "x"\n', '[[a]]\nb = 1']) {
    expect(parse(withBlock(text, content))).toMatchObject({
      ...parse(text),
      mcp_servers: { cowrite: { command: 'cowrite', args: ['mcp'] } },
    })
  }
})

it('a file that was made for the part goes with it, and an empty one that was there stays', () => {
  expect(withoutBlock(newWithBlock(content, 2))).toEqual({ text: null, folders: 2 })
  expect(withoutBlock(withBlock('', content)).text).toBe('')
})

it('what somebody wrote around the part stays, also in a file that was made for it', () => {
  const more = '\n[projects."/x"]\ntrust_level = "trusted"\n'
  expect(withoutBlock(newWithBlock(content, 1) + more)).toEqual({ text: more, folders: 1 })
  expect(withoutBlock(withBlock('first = 1\n', content) + more).text).toBe(`first = 1\n${more}`)
  const renewed = withBlock(newWithBlock(content, 1) + more, '[mcp_servers.cowrite]\n')
  expect(withoutBlock(renewed)).toEqual({ text: more, folders: 1 })
})

it('says on which line a text is no TOML', () => {
  expect(() => parseToml('a = 1\nb =')).toThrow(/line 2 is no TOML/)
})
