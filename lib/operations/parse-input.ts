import type * as z from 'zod'
import { CowriteError } from '../errors.js'
import type { OperationName } from '../render/commands.js'
import { aboutInput } from './about.js'
import { noteOrigin } from './failed-in.js'
import type { Operation } from './operation.js'

/**
 * Checks what was given to an operation. null is as left out; an argument that the operation does not have is
 * refused, naming those it has. Throws INVALID_INPUT, saying which argument, what was expected and what came.
 */
export function parseInput<Input extends z.ZodObject>(
  operation: Pick<Operation<Input>, 'name' | 'input'>,
  raw: unknown,
): z.output<Input> {
  try {
    return parse(operation, raw)
  } catch (error) {
    noteCall(error, operation, raw)
    throw error
  }
}

/**
 * So that an error of an operation's call, met before or around its run, has next steps with what was given: to the
 * operation, and to the command line alone.
 */
export function noteCall(
  error: unknown,
  { name, input }: Pick<Operation, 'name' | 'input'>,
  raw: unknown,
  options: Record<string, string> = {},
): void {
  const given = typeof raw === 'object' && raw !== null ? { ...raw } : {}
  const about = aboutInput(input.shape, given)
  noteOrigin(error, name as OperationName, { ...about, given: { ...about.given, ...options } })
}

function parse<Input extends z.ZodObject>(
  { name, input }: Pick<Operation<Input>, 'name' | 'input'>,
  raw: unknown,
): z.output<Input> {
  const given = raw ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw invalid(`${name} takes an object of arguments; it was given ${inWords(given)}`, {
      value: shortened(given),
    })
  }
  const known = Object.keys(input.shape)
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    const has = known.length === 0 ? 'It takes none' : `Known: ${known.join(', ')}`
    throw invalid(`${name} has no argument '${clip(unknown)}'. ${has}`, { argument: clip(unknown), known })
  }

  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
  )
  const parsed = input.safeParse(present)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue === undefined) throw invalid(`${name} cannot use these arguments`, {})
  throw fromIssue(issue, present)
}

function fromIssue(issue: z.core.$ZodIssue, given: object): CowriteError {
  const argument = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : String(part))).join('')
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown>)?.[key],
    given,
  )
  const missing = value === undefined
  const expected = expectation(issue)
  const message = missing
    ? `${argument} is missing: it must be ${expected}`
    : `${argument} must be ${expected}; it was ${inWords(value)}`
  return invalid(message, missing ? { argument } : { argument, value: shortened(value) })
}

const kindsInWords: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kindsInWords[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.map((value) => `'${String(value)}'`).join(', ')}`
    case 'too_small':
      return bound(issue.origin, 'at least', Number(issue.minimum))
    case 'too_big':
      return bound(issue.origin, 'at most', Number(issue.maximum))
    default:
      return issue.message
  }
}

function bound(origin: string, direction: string, limit: number): string {
  const unit = origin === 'string' ? 'characters' : origin === 'array' ? 'items' : ''
  if (origin === 'string' && direction === 'at least' && limit === 1) return 'a text that is not empty'
  if (origin === 'array' && direction === 'at least' && limit === 1) return 'a list that is not empty'
  return unit === '' ? `a number of ${direction} ${limit}` : `of ${direction} ${limit} ${unit}`
}

function inWords(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return value === '' ? 'empty' : `the text ${JSON.stringify(clip(value))}`
  return `${typeof value === 'number' ? 'the number' : ''} ${String(value)}`.trim()
}

/** A value that is told back is told in short: a whole file may have been given. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return clip(value)
  return typeof value === 'object' && value !== null ? inWords(value) : value
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

function invalid(
  message: string,
  data: { argument?: string; value?: unknown; known?: string[] },
): CowriteError {
  return new CowriteError('INVALID_INPUT', message, data)
}
