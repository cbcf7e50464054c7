import fc from 'fast-check'
import { parse } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { addEntry, missingAbove, readEntry, removeEntry, replaceEntry } from '../../clients/jsonc.js'
import { Unreadable } from '../../clients/jsonc-text.js'

const path = ['mcpServers', 'cowrite']
const entry = { command: 'cowrite', args: ['mcp'] }

/** There and back, as init and its removal go. */
function thereAndBack(text: string): string {
  const above = missingAbove(text, path)
  const added = addEntry(text, path, entry)
  expect(readEntry(added, path)).toEqual(entry)
  return removeEntry(added, path, text.trim() === '' ? path.length : above)
}

/** JSON with comments as people write it: any layout, any line break, commas at the end, anything between the words. */
function document(space: fc.Arbitrary<string>, trailing: fc.Arbitrary<boolean>): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => {
    const key = fc.constantFrom('mcpServers', 'a', 'b c', 'ä', 'x"y', '//', '{')
    const list = (open: string, item: fc.Arbitrary<string>, close: string) =>
      fc
        .tuple(fc.array(fc.tuple(space, item, space), { maxLength: 3 }), trailing, space)
        .map(([items, comma, end]) => {
          const said = items.map((parts) => parts.join('')).join(',')
          return `${open}${said}${comma && items.length > 0 ? ',' : ''}${end}${close}`
        })
    const member = fc
      .tuple(key, space, space, tie('value'))
      .map(([name, before, after, said]) => `${JSON.stringify(name)}${before}:${after}${said}`)
    return {
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('1', 'null', '"// no comment"', '"}"', '[]', '{}'),
        list('[', tie('value'), ']'),
        list('{', member, '}'),
      ),
    }
  })
  return fc
    .tuple(space, value, space)
    .map((parts) => parts.join(''))
    .filter((text) => {
      const root = parse(text, [], { allowTrailingComma: true })
      if (typeof root !== 'object' || root === null || Array.isArray(root)) return false
      const { mcpServers: servers = {} } = root
      return typeof servers === 'object' && servers !== null && !Array.isArray(servers) && keysAreOnce(text)
    })
}

/** Of a key that stands twice, readers take the one or the other. */
function keysAreOnce(text: string): boolean {
  return text.split('"mcpServers"').length <= 2
}

const plain = fc.constantFrom('', ' ', '\n', '\n  ', '\r\n\t', '\t', '\n\n', '  ')
const commented = fc.oneof(
  plain,
  fc.constantFrom(' // why\n', '/* , } */', ' // last  \r\n  ', '\n  // "k": {\n  ', ' /* a\n b */ '),
)

describe('an entry that is put in and taken out', () => {
  it('leaves every byte of any JSON', () => {
    fc.assert(
      fc.property(document(plain, fc.constant(false)), (text) => {
        expect(thereAndBack(text)).toBe(text)
      }),
      { numRuns: 150 },
    )
  })

  it('leaves every byte of any JSON with comments and commas at ends', () => {
    fc.assert(
      fc.property(document(commented, fc.boolean()), (text) => {
        const added = addEntry(text, path, entry)
        const before = parse(text, [], { allowTrailingComma: true })
        const after = parse(added, [], { allowTrailingComma: true })
        expect(after).toEqual({ ...before, mcpServers: { ...before.mcpServers, cowrite: entry } })
        expect(thereAndBack(text)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    '',
    ' \n',
    '{}',
    '{ }',
    '{\n}',
    '{\r\n}\r\n',
    '{"a":1}',
    '{"mcpServers":{}}',
    '{\n  "mcpServers": {\n  }\n}\n',
    '{\n\t"mcpServers": {\n\t\t"own": {}, // mine\n\t},\n}',
    '{ "a": 1 } // the end',
    '{\n  "a": 1 // one\n}\n',
  ])('leaves every byte of %j', (text) => {
    expect(thereAndBack(text)).toBe(text)
  })

  it('is laid out as what stands beside it', () => {
    expect(addEntry('{\n\t"a": 1\n}\n', path, { x: 1 })).toBe(
      '{\n\t"a": 1,\n\t"mcpServers": {\n\t\t"cowrite": {\n\t\t\t"x": 1\n\t\t}\n\t}\n}\n',
    )
    expect(addEntry('{"a":1}', path, { x: 1 })).toBe('{"a":1,"mcpServers":{"cowrite":{"x":1}}}')
    expect(addEntry('{\r\n  "a": 1, // one\r\n}', ['k'], 2)).toBe('{\r\n  "a": 1, // one\r\n  "k": 2,\r\n}')
  })

  it('can be renewed in between', () => {
    const text = '{\n  "mcpServers": {"own": 1}, // mine\n}'
    const renewed = replaceEntry(addEntry(text, path, entry), path, { command: 'npx', args: [1, 2, 3] })
    expect(readEntry(renewed, path)).toEqual({ command: 'npx', args: [1, 2, 3] })
    expect(removeEntry(renewed, path, 0)).toBe(text)
  })

  it('goes to the end of a list, which is made where there is none', () => {
    const text = '{\n  "hooks": {\n    "Stop": [\n      { "own": 1 }\n    ]\n  }\n}\n'
    const added = addEntry(addEntry(text, ['hooks', 'Stop', 1], { x: 1 }), ['hooks', 'Start', 0], { y: 1 })
    expect(parse(added)).toEqual({ hooks: { Stop: [{ own: 1 }, { x: 1 }], Start: [{ y: 1 }] } })
    expect(removeEntry(removeEntry(added, ['hooks', 'Start', 0], 1), ['hooks', 'Stop', 1], 0)).toBe(text)
  })

  it('takes nothing along that somebody put beside it', () => {
    const added = addEntry('{}', path, entry)
    const more = addEntry(added, ['mcpServers', 'own'], { command: 'x' })
    expect(parse(removeEntry(more, path, 2))).toEqual({ mcpServers: { own: { command: 'x' } } })
    const remark = added.replace('"mcpServers": {', '"mcpServers": { // all of them')
    expect(removeEntry(remark, path, 2)).toContain('// all of them')
  })
})

it.each([
  ['{"a": }', /line 1/],
  ['{\n"a": 1', /line 2/],
  ['[]', /no JSON object/],
  ['"text"', /no JSON object/],
  ['// only a remark', /line 1/],
])('refuses %j', (text, why) => {
  expect(() => addEntry(text, path, entry)).toThrow(why)
  expect(() => missingAbove(text, path)).toThrow(Unreadable)
})
