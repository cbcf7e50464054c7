/** Reading a tool's schema: whatever a server sends, and so nothing in it is relied upon. */
import { forTerminal } from '../lib/render/at-terminal.js'
import { inShell } from './trouble.js'
import { firstLine } from './words.js'

export type Schema = Record<string, unknown>

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `query (string, required): SQL query to execute`, for each field. */
export function fieldsOf(schema: Schema): string[] {
  return Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const about = [typeInWords(property), isRequired(schema, name) ? 'required' : 'optional'].join(', ')
    const description = typeof property.description === 'string' ? firstLine(property.description) : ''
    const preset =
      property.default === undefined ? '' : ` (default: ${forTerminal(JSON.stringify(property.default))})`
    return `${forTerminal(name)} (${about})${description === '' ? '' : `: ${description}`}${preset}`
  })
}

export function propertiesOf(schema: Schema): Record<string, Schema> {
  if (!isObject(schema.properties)) return {}
  const entries = Object.entries(schema.properties)
  return Object.fromEntries(entries.map(([name, property]) => [name, isObject(property) ? property : {}]))
}

function isRequired({ required }: Schema, name: string): boolean {
  return Array.isArray(required) && required.includes(name)
}

/** `string`, `integer`, `array of string`, `one of "a", "b"`. */
export function typeInWords(schema: Schema): string {
  if (Array.isArray(schema.enum))
    return forTerminal(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`)
  const types = typesOf(schema)
  if (types.length === 1 && types[0] === 'array' && isObject(schema.items)) {
    return `array of ${typeInWords(schema.items)}`
  }
  return types.length === 0 ? 'any' : forTerminal(types.join(' or '))
}

/** The types that a value may have; none where any will do. */
export function typesOf(schema: Schema): string[] {
  const own = [schema.type].flat().filter((type): type is string => typeof type === 'string')
  const inner = [schema.anyOf, schema.oneOf].flatMap((variants) => (Array.isArray(variants) ? variants : []))
  return [...new Set([...own, ...inner.filter(isObject).flatMap(typesOf)])]
}

const examples: Record<string, string> = {
  string: '"…"',
  integer: '1',
  number: '1',
  boolean: 'true',
  array: "'[…]'",
}

/** The arguments that a call needs at least, with something in place of their values. */
export function exampleOf(schema: Schema): string[] {
  return Object.entries(propertiesOf(schema))
    .filter(([name]) => isRequired(schema, name))
    .map(
      ([name, property]) => `--arg ${inShell(name)}=${examples[typesOf(property)[0] ?? 'string'] ?? "'{…}'"}`,
    )
}
