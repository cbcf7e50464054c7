import * as z from 'zod'
import type { Operation } from '../lib/operations/operation.js'

/** What a typed command comes to: a call, or what is wrong with it. */
export type Reading = { tool: string; arguments: Record<string, unknown> } | { problem: string }

/** Splits typed text into words as a shell does, but for an open quote, which runs to the end. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [, double, single, bare] of text.matchAll(/"((?:[^"\\]|\\.)*)(?:"|$)|'([^']*)(?:'|$)|(\S+)/gs)) {
    words.push(double?.replace(/\\(["\\])/g, '$1') ?? single ?? bare ?? '')
  }
  return words
}

/** The words that an operation's command begins with: `session`, `start`. */
export function leadingWords(operation: Operation): string[] {
  const words = operation.commandLine.usage.split(/\s+/)
  const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}

/** Reads typed words as a call, by the operations' own command lines. */
export function readCommand(operations: readonly Operation[], words: readonly string[]): Reading {
  const operation = operations
    .filter((candidate) => leadingWords(candidate).every((word, at) => words[at] === word))
    .sort((one, other) => leadingWords(other).length - leadingWords(one).length)[0]
  if (!operation) return { problem: `There is no command /${words.slice(0, 2).join(' ')}.` }
  return readArguments(operation, words.slice(leadingWords(operation).length))
}

function readArguments(operation: Operation, words: readonly string[]): Reading {
  const flags = flagsOf(operation)
  const places = placesOf(operation)
  const given: Record<string, unknown> = {}
  const standing: string[] = []

  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('--')) {
      standing.push(word)
      continue
    }
    const [name = '', attached] = splitOnce(word, '=')
    const flag = flags.get(name)
    if (!flag) return { problem: `${name} is no option of /${leadingWords(operation).join(' ')}.` }
    if (flag.type === 'boolean') {
      given[flag.input] = attached === undefined ? flag.whenSet : (attached === 'true') === flag.whenSet
      continue
    }
    const value = attached ?? words[++at]
    if (value === undefined) return { problem: `${name} needs a value.` }
    if (flag.type === 'array')
      given[flag.input] = [...((given[flag.input] as string[]) ?? []), ...value.split(',')]
    else given[flag.input] = flag.type === 'number' ? Number(value) : value
  }

  if (places.length === 0 && standing.length > 0) {
    return { problem: `/${leadingWords(operation).join(' ')} takes no ${JSON.stringify(standing[0])}.` }
  }
  for (const [at, input] of places.entries()) {
    // Whoever types a reason or a description without quotes means all of it.
    const value = at === places.length - 1 ? standing.slice(at).join(' ') : standing[at]
    if (value) given[input] = value
  }
  return { tool: operation.name, arguments: given }
}

interface Flag {
  input: string
  type: 'boolean' | 'array' | 'number' | 'string'
  /** What the bare flag says, for a boolean. */
  whenSet: boolean
}

function flagsOf(operation: Operation): Map<string, Flag> {
  const flags = new Map<string, Flag>()
  for (const { input, type, preset } of inputsOf(operation)) {
    const plain = `--${input.replaceAll('_', '-')}`
    const spelled = operation.commandLine.flags?.[input]?.match(/--[a-z][a-z-]*/g) ?? []
    const names = [plain, ...spelled]
    if (type === 'boolean' && preset === true) names.push(plain.replace('--', '--no-'))
    if (type === 'array') names.push(plain.replace(/s$/, ''))
    for (const name of names) flags.set(name, { input, type, whenSet: !name.startsWith('--no-') })
  }
  return flags
}

interface Input {
  input: string
  type: Flag['type']
  preset: unknown
}

/** JSON Schema is the one shape in which zod tells what a field is, whatever it is wrapped in. */
function inputsOf(operation: Operation): Input[] {
  const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' })
  return Object.entries(schema.properties ?? {}).map(([input, property]) => {
    const types = typesIn(property)
    const known = (['boolean', 'array', 'number'] as const).find((type) => types.includes(type))
    const preset = typeof property === 'object' ? property.default : undefined
    return { input, type: known ?? (types.includes('integer') ? 'number' : 'string'), preset }
  })
}

function typesIn(property: unknown): string[] {
  if (typeof property !== 'object' || property === null) return []
  const { type, anyOf } = property as { type?: string | string[]; anyOf?: unknown[] }
  return [type ?? [], (anyOf ?? []).flatMap(typesIn)].flat()
}

/** The inputs that stand without a flag, in order: `session start [name] [description]` has two, `retry FILE` one. */
function placesOf(operation: Operation): string[] {
  const inputs = Object.keys(operation.input.shape)
  const words = operation.commandLine.usage.split(/\s+/).slice(leadingWords(operation).length)
  return words
    .filter((word) => !word.includes('--'))
    .map((word) => word.replace(/[^A-Za-z_]/g, '').toLowerCase())
    .flatMap((word) => inputs.find((input) => input === word || input.startsWith(`${word}_`)) ?? [])
}

function splitOnce(word: string, mark: string): [string, string | undefined] {
  const at = word.indexOf(mark)
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}
