/** Reads an operation's definition as a command: its words, what stands without a flag, and its flags. */
import { toJSONSchema } from 'zod'
import type { Operation } from '../lib/operations/operation.js'
import { describe, wordsOf } from './wording.js'

export type ValueKind = 'text' | 'number' | 'yes-or-no' | 'list'

export interface Parameter {
  /** The operation's input. */
  input: string
  kind: ValueKind
  description: string
  choices?: string[]
}

/** A parameter that stands without a flag. */
export interface Place extends Parameter {
  /** As help and errors call it: `FILE`. */
  label: string
  required: boolean
}

export interface Flag extends Parameter {
  /** `--on-conflict`, `--no-backup-retries`. */
  spelling: string
  /** What a value is called in help: `HOW`; none for yes-or-no. */
  label?: string
  /** For a list: whether one value may hold several, with commas between. */
  splits?: boolean
}

export interface Grammar {
  words: string[]
  places: Place[]
  flags: Flag[]
}

/** What people call an input whose name says less to them. */
const labels: Record<string, string> = {
  file_path: 'FILE',
  files: 'FILE',
  session_id: 'NAME',
  max_commits: 'N',
  role: 'ROLE',
  commit_id: 'COMMIT',
  old_string: 'OLD',
  new_string: 'NEW',
  on_conflict: 'HOW',
  expect: 'DIGEST',
  if_match: 'ETAG',
  agent_id: 'ID',
  auto_end_stale: 'DURATION',
  since: 'WHEN',
  until: 'WHEN',
  older_than: 'DURATION',
  limit: 'N',
  offset: 'N',
}

/** `session` is spelled `--session` for every command, and says which session the workspace is opened in. */
const spelledGlobally = 'session'

export function grammarOf(operation: Operation): Grammar {
  const tokens = operation.commandLine.usage.trim().split(/\s+/)
  const words = wordsOf(operation.commandLine.usage)
  const parameters = parametersOf(operation)

  const places = tokens
    .slice(words.length)
    .filter((token) => !token.includes('--'))
    .flatMap((token): Place[] => {
      const name = token.replace(/[^A-Za-z_]/g, '')
      const parameter = parameters.find(
        ({ input }) => input === name.toLowerCase() || labelOf(input) === name,
      )
      if (!parameter) return []
      const description = describe('', parameter.input, parameter.description)
      return [
        { ...parameter, description, label: labelOf(parameter.input), required: !token.startsWith('[') },
      ]
    })

  const flags = parameters
    .filter(({ input }) => input !== spelledGlobally && !places.some((place) => place.input === input))
    .flatMap((parameter) => flagsOf(parameter, operation.commandLine.flags?.[parameter.input]))
  return { words, places, flags }
}

function flagsOf(parameter: Described, spelled: string | undefined): Flag[] {
  return spellingsOf(parameter, spelled).map((spelling): Flag => {
    const description = describe(spelling, parameter.input, parameter.description)
    const flag: Flag = { ...parameter, description: withDefault(description, parameter.default), spelling }
    if (parameter.kind === 'yes-or-no') return flag
    const splits = parameter.kind === 'list' && spelling.endsWith('s')
    flag.label = splits ? 'A,B' : labelOf(parameter.input)
    if (splits) flag.splits = true
    if (splits) flag.description = 'Several, with commas between'
    return flag
  })
}

function withDefault(description: string | undefined, preset: unknown): string {
  return [description, ...(typeof preset === 'number' ? [`(default: ${preset})`] : [])].join(' ')
}

function spellingsOf({ input, kind, default: preset }: Described, spelled: string | undefined): string[] {
  const plain = `--${input.replaceAll('_', '-')}`
  const given = spelled?.match(/--[a-z][a-z-]*/g)
  if (kind === 'list') return [...new Set([plain.replace(/s$/, ''), ...(given ?? []), plain])]
  if (given) return given
  if (kind !== 'yes-or-no') return [plain]
  const negated = plain.replace('--', '--no-')
  if (preset === undefined) return [plain, negated]
  return preset === true ? [negated] : [plain]
}

function labelOf(input: string): string {
  return labels[input] ?? input.replaceAll('_', '-').toUpperCase()
}

interface Described extends Omit<Parameter, 'description'> {
  description: string | undefined
  default?: unknown
}

/** JSON Schema is the one shape in which zod tells what a field is, whatever it is wrapped in. */
interface Schema {
  type?: string | string[]
  anyOf?: Schema[]
  enum?: unknown[]
  description?: string
  default?: unknown
}

function parametersOf(operation: Operation): Described[] {
  const schema = toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' })
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([input, property]) => {
    const variants = [property, ...(property.anyOf ?? [])]
    const choices = variants.flatMap(({ enum: values }) => values ?? []).filter((value) => value !== null)
    return {
      input,
      kind: kindOf(variants.flatMap(({ type }) => type ?? [])),
      description: variants.find(({ description }) => description !== undefined)?.description,
      ...(choices.length > 0 ? { choices: choices.map(String) } : {}),
      ...('default' in property ? { default: property.default } : {}),
    }
  })
}

function kindOf(types: string[]): ValueKind {
  if (types.includes('boolean')) return 'yes-or-no'
  if (types.includes('array')) return 'list'
  if (types.includes('integer') || types.includes('number')) return 'number'
  return 'text'
}

/** What was typed, as the operation's input has it. What does not fit stays as typed, for the schema to refuse. */
export function typedValue(
  typed: string,
  { kind, choices }: Pick<Parameter, 'kind' | 'choices'>,
): string | number {
  if (kind === 'number' && typed.trim() !== '' && Number.isFinite(Number(typed))) return Number(typed)
  const choice = choices?.find((candidate) => candidate.replaceAll('_', '-') === typed)
  return choice ?? typed
}
