/** The calls that an attacker makes: each operation of the list, each of its arguments, each hostile value. */
import { toJSONSchema } from 'zod'
import type { Operation } from '../../../lib/operations/operation.js'
import { type Hostile, keys, names, numbers, paths, patterns, texts, wrong } from './values.js'

export interface HostileCall {
  operation: Operation
  label: string
  input: Record<string, unknown>
  /** The codes with which it must be refused; without them, a harmless success will do, too. */
  codes?: readonly string[]
  also?: readonly string[]
}

type Kind = 'path' | 'name' | 'text' | 'pattern' | 'number' | 'flag' | 'list' | 'words' | 'choice'

interface Field {
  name: string
  kind: Kind
  required: boolean
}

interface Schema {
  type?: string
  enum?: unknown[]
}

/** What an argument is, by its type and by how the list of operations names things. */
export function fieldsOf(operation: Operation): Field[] {
  const schema = toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' })
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(
    ([name, { type, enum: choices }]) => ({
      name,
      kind: choices ? 'choice' : (saidOtherwise[`${operation.name} ${name}`] ?? kindOf(name, type)),
      required: schema.required?.includes(name) ?? false,
    }),
  )
}

/** Arguments that are not what their names say elsewhere. */
const saidOtherwise: Record<string, Kind> = {
  'merge_sessions source': 'name',
  'merge_sessions into': 'name',
  'list_sessions source': 'text',
  'search_sessions source': 'text',
  // Globs of what may be written, and names of tools: what they name is asked for by other calls.
  'create_session allowed_paths': 'words',
  'create_session read_only_paths': 'words',
  'create_session allowed_tools': 'words',
}

function kindOf(name: string, type: string | undefined): Kind {
  if (type === 'boolean') return 'flag'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'array') return 'list'
  if (/path|file|source|destination|folder/.test(name)) return 'path'
  if (/^(name|session)$/.test(name)) return 'name'
  return /query|glob|pattern/.test(name) ? 'pattern' : 'text'
}

/** What else must be there for a call to come as far as the argument that is tried. */
const usual: Record<string, unknown> = {
  file_path: 'notes.txt',
  source: 'notes.txt',
  destination: 'moved.txt',
  old_string: 'lamp',
  new_string: 'candle',
  query: 'lamp',
  retry: 1,
  name: 'draft',
}

const usualOf: Record<string, Record<string, unknown>> = { merge_sessions: { source: 'second' } }

/** What is refused before a path is looked at, since it is not on the list of what was written around the session. */
const alsoOf: Record<string, readonly string[]> = { adopt_changes: ['NOT_FOUND'] }

function usualInput(operation: Operation, fields: readonly Field[]): Record<string, unknown> {
  const needed = fields.filter(
    ({ required, name }) => required || (operation.name === 'create_session' && name === 'name'),
  )
  return Object.fromEntries(
    needed.map(({ name, kind }) => {
      if (operation.name === 'create_session' && name === 'name') return [name, 'another']
      return [
        name,
        usualOf[operation.name]?.[name] ??
          usual[name] ??
          (kind === 'number' ? 1 : kind === 'flag' ? true : kind === 'list' ? ['notes.txt'] : 'x'),
      ]
    }),
  )
}

const valuesOf: Record<Kind, readonly Hostile[]> = {
  path: paths,
  name: names,
  text: texts,
  pattern: [...patterns, ...texts],
  number: numbers,
  flag: [],
  list: paths.map((hostile) => ({ ...hostile, value: [hostile.value, 'notes.txt'] })),
  words: [...paths, ...texts].map(({ label, value }) => ({ label, value: [value, 'notes.txt'] })),
  choice: texts.slice(0, 10).map((hostile) => ({ ...hostile, codes: ['INVALID_INPUT'] })),
}

/** Every hostile call there is for an operation. */
export function hostileCallsOf(operation: Operation): HostileCall[] {
  const fields = fieldsOf(operation)
  const base = usualInput(operation, fields)
  const made: HostileCall[] = []
  const add = (
    what: string,
    extra: Record<string, unknown>,
    { label, codes, also: further }: Omit<Hostile, 'value'>,
  ) => {
    const others = [...(further ?? []), ...(alsoOf[operation.name] ?? [])]
    const also = others.length > 0 ? others : undefined
    made.push({
      operation,
      label: `${operation.name} ${what} ${label}`,
      input: { ...base, ...extra },
      ...(codes ? { codes: [...codes, ...(also ?? [])] } : {}),
      ...(also ? { also } : {}),
    })
  }
  for (const { name, kind } of fields) {
    for (const hostile of valuesOf[kind]) add(name, { [name]: hostile.value }, hostile)
    if (kind === 'pattern' && fields.some((field) => field.name === 'regex'))
      for (const hostile of valuesOf.pattern)
        add(`${name} as a pattern`, { [name]: hostile.value, regex: true }, hostile)
    for (const hostile of wrong) if (!fits(kind, hostile.value)) add(name, { [name]: hostile.value }, hostile)
  }
  if (fields.some(({ name }) => name === 'force')) {
    for (const hostile of paths) {
      if (fields.some(({ name }) => name === 'files'))
        add('files by force', { files: [hostile.value], force: true }, hostile)
    }
  }
  for (const key of keys) {
    const extra = Object.fromEntries([[key, 'x']])
    made.push({
      operation,
      label: `${operation.name} has ${JSON.stringify(key.slice(0, 20))}`,
      input: { ...base, ...extra },
      codes: ['INVALID_INPUT'],
    })
  }
  return made
}

function fits(kind: Kind, value: unknown): boolean {
  if (kind === 'flag') return typeof value === 'boolean'
  return kind === 'number' && typeof value === 'number'
}

/** Every n-th, so that all kinds come along. */
export function spread<Item>(items: readonly Item[], atMost: number): Item[] {
  const step = items.length / Math.min(items.length, atMost)
  return Array.from(
    { length: Math.min(items.length, atMost) },
    (_, at) => items[Math.floor(at * step)] as Item,
  )
}
