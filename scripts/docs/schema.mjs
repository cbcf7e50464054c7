/** JSON Schema, as people read it. */

const words = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  null: 'null',
}

/** `text`, `list of text`, `` `a` or `b` ``. */
export function typeInWords(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' or ')
  if (schema.anyOf) return schema.anyOf.map(typeInWords).join(' or ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => words[type]).join(' or ')
  if (schema.type === 'array') return `list of ${typeInWords(schema.items)}`
  if (schema.type === 'object')
    return schema.properties ? 'object' : `${typeInWords(schema.additionalProperties)} by name`
  return words[schema.type] ?? 'anything'
}

/**
 * Every field of an object's schema, those within others under their whole name: `sessions[].name`.
 *
 * @returns {{ path: string, type: string, required: boolean, description?: string, preset?: unknown }[]}
 */
export function fieldsOf(schema, prefix = '') {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const required = schema.required?.includes(name) === true
    const [inner, path] = innermost(property, `${prefix}${name}`)
    if (inner.properties) return fieldsOf(inner, `${path}.`)
    const { description, default: preset } = property
    return [{ path, type: typeInWords(inner), required, description, preset }]
  })
}

function innermost(schema, path) {
  const isListOfObjects = schema.type === 'array' && schema.items.properties
  return isListOfObjects ? [schema.items, `${path}[]`] : [schema, path]
}

/** A table in Markdown; a cell's bars do not end it. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export function code(text) {
  return `\`${text}\``
}
