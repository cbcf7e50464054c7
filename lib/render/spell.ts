import { codeSpan, forMarkdown, forTerminal } from '../text/escape.js'
import { commands, type OperationName, type programCommands, type Spelling } from './commands.js'
import type { Face } from './face.js'

/** What a reader has to fill in: shown as `<name>`. */
export interface Placeholder {
  placeholder: string
}
export type Argument = string | number | boolean | readonly string[] | Placeholder | undefined
export type Arguments = Record<string, Argument>

/**
 * Spells a next step as its reader types it: `/session commit draft --force` in a chat, `cowrite session commit draft
 * --force` in a shell, a call where a chat has no command for it. Nothing in it acts where it is read: a step with a
 * value that Markdown would take for its own stands in a code span, so that it can still be copied.
 */
export function spell(face: Face, operation: OperationName, given: Arguments = {}): string {
  return present(face, spellPlain(face, operation, given), given)
}

/** Spells a call of the MCP tool, for a chat: `commit_session(name='draft', force=True)`. */
export function spellCall(operation: OperationName, given: Arguments = {}): string {
  return present('chat', callOf(operation, given), given)
}

/** As `spell`, for data: nothing is escaped. */
export function spellPlain(face: Face, operation: OperationName, given: Arguments = {}): string {
  const { chat, usage, flags }: Spelling = commands[operation]
  if (face === 'chat' && !chat.startsWith('/')) return callOf(operation, given)
  const pattern = face === 'chat' ? chat : `cowrite ${usage}`
  const quote = face === 'chat' ? quoteForChat : quoteForShell
  const written = (value: Exclude<Argument, undefined>) =>
    isPlaceholder(value) ? blank(face, shortName(value.placeholder)) : quote(String(value))

  const standing = new Set<string>()
  const words = pattern.split(' ').flatMap((word) => {
    const input = /^[<[](\w+)[>\]]$/.exec(word)?.[1]
    if (input === undefined) return [word]
    standing.add(input)
    const value = given[input]
    if (value !== undefined) return [written(value)]
    return word.startsWith('<') ? [blank(face, shortName(input))] : []
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

function callOf(operation: OperationName, given: Arguments): string {
  const written = (value: Exclude<Argument, undefined>): string => {
    if (isPlaceholder(value)) return `<${value.placeholder}>`
    if (typeof value === 'boolean') return value ? 'True' : 'False'
    if (typeof value === 'number') return String(value)
    return isList(value) ? `[${value.map(written).join(', ')}]` : `'${value.replace(/['\\]/g, '\\$&')}'`
  }
  const list = Object.entries(given).flatMap(([input, value]) =>
    value === undefined ? [] : [`${input}=${written(value)}`],
  )
  return `${operation}(${list.join(', ')})`
}

function present(face: Face, spelled: string, given: Arguments): string {
  if (face === 'shell') return forTerminal(spelled)
  const acts = Object.values(given).some(
    (value) => isList(value) || (typeof value === 'string' && forMarkdown(value) !== value),
  )
  return acts ? codeSpan(spelled) : spelled
}

/**
 * A sentence about an operation's arguments in the words of its reader: `limit must be …` is `--limit must be …` in a
 * shell, and `FILE must be …` where the argument stands without a flag.
 */
export function inFaceWords(
  message: string,
  face: Face,
  operation: OperationName,
  inputs: readonly string[],
): string {
  const named = (input: string) => (face === 'chat' ? `${input}=True` : nameInShell(operation, input))
  const told = message.replace(/(?<=, unless )idempotent\b|(?<=, or )replace_all(?=\.$)/, named)
  const [first = ''] = /^\w+/.exec(told) ?? []
  if (face === 'chat' || !inputs.includes(first)) return told
  return nameInShell(operation, first) + told.slice(first.length)
}

function nameInShell(operation: OperationName, input: string): string {
  const { usage, flags }: Spelling = commands[operation]
  if (new RegExp(`[<[]${input}[>\\]]`).test(usage)) return shortName(input).toUpperCase()
  return flags?.[input]?.split(' ')[0] ?? `--${input.replaceAll('_', '-')}`
}

/** Options as they are typed; true stands for one without a value. */
type Flags = Record<string, string | boolean | undefined>

/** Spells a command of the program that is no operation; whoever reads a chat types it in a terminal. */
export function spellProgram(command: (typeof programCommands)[number], flags: Flags = {}): string {
  return `cowrite ${command}${flagsIn(flags)}`
}

/** Spells `cowrite run` of a command; of one that is longer than a line, that it is to be put there. */
export function spellRun(command: readonly string[], flags: Flags): string {
  const words = command.map(quoteForShell).join(' ')
  return `${spellProgram('run', flags)} -- ${isOneLine(words) ? words : '<COMMAND>'}`
}

/** Spells a message to a session's agent, as `spellRun` does. */
export function spellQuery(name: string, message: string, flags: Flags): string {
  const words = isOneLine(message) ? quoteForShell(message) : '"<message>"'
  return `cowrite session query ${quoteForShell(name)} ${words}${flagsIn(flags)}`
}

function flagsIn(flags: Flags): string {
  return Object.entries(flags)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([flag, value]) => ` --${flag}${value === true ? '' : ` ${quoteForShell(String(value))}`}`)
    .join('')
}

/** In characters. */
const longestLine = 200

function isOneLine(text: string): boolean {
  return text.length <= longestLine && !text.includes('\n')
}

export function spellMakingFolder(folder: string): string {
  return `mkdir -p ${quoteForShell(folder)}`
}

/** Makes a folder, and a workspace of it. */
export function spellMaking(folder: string): string {
  return `${spellMakingFolder(folder)} && ${spellProgram('init', { workspace: folder })}`
}

function isPlaceholder(value: Argument): value is Placeholder {
  return typeof value === 'object' && !Array.isArray(value)
}

function isList(value: Argument): value is readonly string[] {
  return Array.isArray(value)
}

/** What people call an input. */
function shortName(input: string): string {
  return shortNames[input] ?? input.replaceAll('_', '-')
}

const shortNames: Record<string, string> = {
  file_path: 'file',
  old_string: 'old',
  new_string: 'new',
  commit_id: 'commit',
  session_id: 'name',
}

/** What is put here is words, which a shell wants in quotes. */
const sentences = ['old', 'new', 'reason', 'query', 'content', 'description']

function blank(face: Face, name: string): string {
  return face === 'shell' && sentences.includes(name) ? `"<${name}>"` : `<${name}>`
}

/** A word as a shell takes it for one. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function quoteForChat(text: string): string {
  return /^[^\s"'\\-][^\s"'\\]*$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
