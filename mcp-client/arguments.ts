/** A tool's arguments, as they are typed and as the tool takes them. */

import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { Refused, wrongArgument } from './outcome.js'
import { isObject, propertiesOf, type Schema, typesOf } from './schema.js'

export interface GivenArguments {
  /** Each `key=value`. */
  texts: readonly string[]
  /** What a JSON file holds; null without one. `from` names it. */
  input: { text: string; from: string } | null
}

/** What is typed goes before what a file says. Throws Refused. */
export function argumentsFor(tool: Tool, given: GivenArguments): Record<string, unknown> {
  const read = { ...readInput(given.input), ...typedArguments(given.texts, propertiesOf(tool.inputSchema)) }
  check(tool, read)
  return read
}

/** What can be told to be wrong before a server is started. Throws Refused. */
export function checkForm(given: GivenArguments): void {
  readInput(given.input)
  for (const text of given.texts) split(text)
}

function readInput(input: GivenArguments['input']): Record<string, unknown> {
  if (input === null) return {}
  const value = parsed(input.text)
  if (isObject(value)) return value
  throw wrongArgument(
    'input',
    `${input.from} holds ${value === undefined ? 'no JSON' : 'no JSON object'}`,
    'It is to hold the arguments by name: {"query": "…"}',
  )
}

function split(text: string): [key: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw wrongArgument(
    'arg',
    `--arg takes a name and a value: '${text}' has no '='`,
    'Like this: --arg query="SELECT 1"',
  )
}

function typedArguments(
  texts: readonly string[],
  properties: Record<string, Schema>,
): Record<string, unknown> {
  const values = new Map<string, string[]>()
  for (const [key, value] of texts.map(split)) values.set(key, [...(values.get(key) ?? []), value])
  const typed = [...values].map(([key, given]) => {
    const property = Object.hasOwn(properties, key) ? (properties[key] ?? {}) : {}
    return [key, argumentOf(key, given, property)] as const
  })
  return Object.fromEntries(typed)
}

function argumentOf(key: string, [first = '', ...others]: readonly string[], property: Schema): unknown {
  const types = typesOf(property)
  const one = typedValue(first, types)
  if (!types.includes('array')) {
    if (others.length === 0) return one
    throw wrongArgument('arg', `${key} is given twice, and takes one value`, 'Leave one of them out')
  }
  if (Array.isArray(one) && others.length === 0) return one
  const items = isObject(property.items) ? typesOf(property.items) : []
  return [first, ...others].map((text) => typedValue(text, items))
}

/** As the types want it; where none are known, what reads as JSON is that. What fits none stays text, to be refused. */
function typedValue(text: string, types: readonly string[]): unknown {
  if (types.length === 1 && types[0] === 'string') return text
  const value = parsed(text)
  if (value === undefined) return text
  if (types.length === 0) return typeof value === 'string' ? text : value
  return typesOfValue(value).some((type) => types.includes(type)) ? value : text
}

function typesOfValue(value: unknown): string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number']
  return typeof value === 'string' ? [] : [typeof value]
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Throws Refused for arguments that the tool's schema does not take. */
function check({ name, inputSchema }: Tool, given: Record<string, unknown>): void {
  const known = Object.keys(propertiesOf(inputSchema))
  const unknown = Object.keys(given).filter((key) => !known.includes(key))
  const isStrict = (inputSchema as Schema).additionalProperties === false
  const why =
    isStrict && unknown.length > 0 ? `it knows no ${unknown.join(', ')}` : mismatch(inputSchema, given)
  if (why === null) return
  throw new Refused(`The arguments do not fit ${name}: ${why}`, {
    code: 'INVALID_INPUT',
    data: { argument: unknown[0] ?? 'arg', known },
    steps: [known.length > 0 ? `Arguments it takes: ${known.join(', ')}` : 'It takes no arguments'],
  })
}

/** Why `value` does not fit `schema`; null where it does, or where the schema cannot be read and the server has to judge. */
export function mismatch(schema: Schema, value: unknown): string | null {
  const validate = validatorOf(schema)
  if (validate === null) return null
  const { valid, errorMessage } = validate(value)
  return valid ? null : (errorMessage ?? 'not as its schema says').replace(/(^|, )data\/?\s*/g, '$1')
}

function validatorOf(schema: Schema) {
  try {
    return new AjvJsonSchemaValidator().getValidator(schema)
  } catch {
    return null
  }
}
