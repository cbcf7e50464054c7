import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isCowriteError } from '../../lib/errors.js'
import { describeFailure, findOperation, operations, parseInput } from '../../lib/operations/index.js'

function refusal(name: string, raw: unknown) {
  const operation = findOperation(name)
  if (!operation) throw new Error(`no operation ${name}`)
  try {
    parseInput(operation, raw)
  } catch (error) {
    if (isCowriteError(error, 'INVALID_INPUT')) return error
    throw error
  }
  throw new Error('was accepted')
}

/** For each type in a schema, a value that is none. */
const wrong: Record<string, unknown[]> = {
  string: [7, true, ['x'], { x: 1 }],
  boolean: ['true', 1, []],
  integer: ['3', 1.5, -1, Number.NaN, {}],
  array: ['a.md', 1, [1], [null], []],
}

const each = operations.map((operation) => [operation.name, operation] as const)

describe.each(each)('bad input of %s', (name, operation) => {
  const schema = z.toJSONSchema(operation.input, { io: 'input' })
  const properties = Object.entries(schema.properties ?? {}) as [string, { type: string }][]

  it.each([['a text'], [7], [[]], [true]])('%j instead of arguments', (raw) => {
    expect(refusal(name, raw).message).toContain('takes an object of arguments')
  })

  it('an argument that it does not have, naming those it has', () => {
    for (const key of ['nonsense', 'constructor', 'toString', 'filePath']) {
      const { message, data } = refusal(name, { [key]: 1 })
      expect(message).toContain(`${name} has no argument '${key}'`)
      expect(data).toMatchObject({ argument: key, known: properties.map(([known]) => known) })
    }
    expect(refusal(name, JSON.parse('{"__proto__": {"force": true}}')).data.argument).toBe('__proto__')
  })

  it('values of a wrong type, naming the argument, what was expected and what came', () => {
    const required = Object.fromEntries(
      (schema.required ?? []).map((key) => [
        key,
        properties.find(([known]) => known === key)?.[1].type === 'integer' ? 1 : 'x',
      ]),
    )
    for (const [key, { type }] of properties) {
      expect(wrong, `${name}.${key}`).toHaveProperty(type)
      for (const value of wrong[type] ?? []) {
        const { message, data } = refusal(name, { ...required, [key]: value })
        expect(message, `${key}: ${JSON.stringify(value)}`).toMatch(
          new RegExp(`^${key}(\\[0\\])? (must be|is missing)`),
        )
        expect(message).not.toMatch(/zod|expected|received|Invalid/)
        expect(data.argument).toMatch(new RegExp(`^${key}`))
      }
    }
  })

  it('what it needs and was not given, null being as left out', () => {
    for (const key of schema.required ?? []) {
      for (const raw of [{}, { [key]: null }, { [key]: undefined }]) {
        expect(refusal(name, raw).message).toContain('is missing: it must be')
      }
    }
    const all = Object.fromEntries(properties.map(([key]) => [key, null]))
    if ((schema.required ?? []).length === 0) {
      expect(parseInput(operation, all)).toEqual(parseInput(operation, undefined))
    }
  })

  it('the answer names the code, whose turn it is, and the call to make', () => {
    const failure = describeFailure(refusal(name, { nonsense: 1 }), 'chat')
    expect(failure.text).toContain('🔖 Code: INVALID_INPUT (mend your arguments)')
    expect(failure.next_steps).toHaveLength(1)
    expect(failure.text).toContain('💡 Mend it and call again: ')
  })
})

describe('the words of a refusal', () => {
  it.each([
    ['switch_session', {}, 'name is missing: it must be a text'],
    ['switch_session', { name: '' }, 'name must be a text that is not empty; it was empty'],
    ['switch_session', { name: 3 }, 'name must be a text; it was the number 3'],
    ['commit_session', { force: 'true' }, 'force must be true or false; it was the text "true"'],
    [
      'commit_session',
      { on_conflict: 'mine' },
      "on_conflict must be one of 'keep_session', 'keep_global', 'markers'; it was the text \"mine\"",
    ],
    ['commit_session', { files: ['a', 2] }, 'files[1] must be a text; it was the number 2'],
    [
      'read_session_file',
      { file_path: 'a', limit: 0 },
      'limit must be a number of at least 1; it was the number 0',
    ],
    [
      'read_session_file',
      { file_path: 'a', limit: 1.5 },
      'limit must be a whole number; it was the number 1.5',
    ],
    ['list_commits', { all: true }, "list_commits has no argument 'all'. It takes none"],
  ])('%s %j', (name, raw, message) => {
    expect(refusal(name, raw).message).toBe(message)
  })

  it('does not tell a whole file back', () => {
    const error = refusal('read_session_file', { file_path: 'a', limit: 'x'.repeat(10_000) })
    expect(error.message.length).toBeLessThan(300)
    expect(JSON.stringify(error.data).length).toBeLessThan(300)
  })
})
