import { commands, type OperationName, type programCommands, type Spelling } from './commands.js'
import { type Face, type Inert, inertFor } from './face.js'

/** What a reader has to fill in: shown as `<name>`. */
export interface Placeholder {
  placeholder: string
}
export type Argument = string | number | boolean | readonly string[] | Placeholder | undefined
export type Arguments = Record<string, Argument>

/**
 * Spells a next step as its reader types it: `/session commit draft --force` in a chat, `cowrite session commit draft
 * --force` in a shell, a call where a chat has no command for it. The answer is inert, but for placeholders, which
 * stand as they are; `inert` says otherwise where the step goes into data instead of a rendering.
 */
export function spell(
  face: Face,
  operation: OperationName,
  given: Arguments = {},
  inert: Inert = inertFor(face),
): string {
  const { chat, usage, flags }: Spelling = commands[operation]
  if (face === 'chat' && !chat.startsWith('/')) return spellCall(operation, given, inert)
  const pattern = face === 'chat' ? chat : `cowrite ${usage}`
  const quote = face === 'chat' ? quoteForChat : quoteForShell
  const written = (value: Exclude<Argument, undefined>) =>
    isPlaceholder(value) ? `<${value.placeholder}>` : inert(quote(String(value)))

  const standing = new Set<string>()
  const words = pattern.split(' ').flatMap((word) => {
    const input = /^[<[](\w+)[>\]]$/.exec(word)?.[1]
    if (input === undefined) return [word]
    standing.add(input)
    const value = given[input]
    if (value !== undefined) return [written(value)]
    return word.startsWith('<') ? [`<${shortName(input)}>`] : []
  })
  const flagged = Object.entries(given).flatMap(([input, value]) => {
    if (value === undefined || standing.has(input)) return []
    const [flag = ''] = (flags?.[input] ?? `--${input.replaceAll('_', '-')}`).split(' ')
    if (typeof value === 'boolean') return value === flag.startsWith('--no-') ? [] : [flag]
    const values = isList(value) ? value : [value]
    return values.map((one) => `${flag} ${written(one)}`)
  })
  return [...words, ...flagged].join(' ')
}

/** Spells a call of the MCP tool: `commit_session(name='draft', force=True)`. */
export function spellCall(
  operation: OperationName,
  given: Arguments = {},
  inert: Inert = inertFor('chat'),
): string {
  const written = (value: Exclude<Argument, undefined>): string => {
    if (isPlaceholder(value)) return `<${value.placeholder}>`
    if (typeof value === 'boolean') return value ? 'True' : 'False'
    if (typeof value === 'number') return String(value)
    if (isList(value)) return `${inert('[')}${value.map(written).join(', ')}${inert(']')}`
    return `'${inert(value.replace(/['\\]/g, '\\$&'))}'`
  }
  const list = Object.entries(given).flatMap(([input, value]) =>
    value === undefined ? [] : [`${input}=${written(value)}`],
  )
  return `${operation}(${list.join(', ')})`
}

/** Spells a command of the program that is no operation; whoever reads a chat types it in a terminal. */
export function spellProgram(command: (typeof programCommands)[number]): string {
  return `cowrite ${command}`
}

function isPlaceholder(value: Argument): value is Placeholder {
  return typeof value === 'object' && !Array.isArray(value)
}

function isList(value: Argument): value is readonly string[] {
  return Array.isArray(value)
}

/** What people call an input. */
function shortName(input: string): string {
  return input === 'file_path' ? 'file' : input.replaceAll('_', '-')
}

function quoteForShell(text: string): string {
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function quoteForChat(text: string): string {
  return /^[^\s"'\\-][^\s"'\\]*$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
