/** The server's entry in a client's settings. */
import { isDeepStrictEqual } from 'node:util'
import type { JsonServer, TomlServer } from './catalogue.js'
import { type Draft, reading, wrongKind } from './draft.js'
import { readEntry, replaceEntry } from './jsonc.js'
import { bodyOf, bomOf, type Mark, putEntry, readMark, spellMark, takeEntry } from './marks.js'
import type { Change } from './plan.js'
import { newWithBlock, parseToml, readBlock, withBlock, withoutBlock } from './toml-block.js'

type Server = JsonServer | TomlServer

/** What starts the server: the words up to `mcp`, and those that may follow it. */
export interface ServerCommand {
  words: readonly string[]
  /** Ours, for as long as nobody put others there. */
  options: readonly string[]
}

export function addServer(draft: Draft, part: Server, path: string, command: ServerCommand): Promise<Change> {
  return part.kind === 'json' ? addJson(draft, part, path, command) : addToml(draft, part, path, command)
}

export function removeServer(draft: Draft, part: Server, path: string): Promise<Change> {
  return part.kind === 'json' ? removeJson(draft, part, path) : removeToml(draft, path)
}

/** Whether the settings have an entry of ours. */
export async function hasServer(draft: Draft, part: Server, path: string): Promise<boolean> {
  const text = await draft.read(path)
  if (text === null) return false
  if (part.kind === 'toml') return readBlock(text) !== null
  return markOf(part, ownEntry(part, path, bodyOf(text))) !== null
}

async function addJson(
  draft: Draft,
  part: JsonServer,
  path: string,
  command: ServerCommand,
): Promise<Change> {
  const text = await draft.read(path)
  const body = bodyOf(text ?? '')
  const there = ownEntry(part, path, body)
  if (there === undefined) {
    await putEntry(draft, path, part.at, (mark) => part.entry([...command.words, ...command.options], mark))
    return text === null ? 'create' : 'change'
  }

  const mark = markOf(part, there)
  if (mark === null) return 'kept'
  const words = withOptions(command, part.commandOf(there))
  if (isDeepStrictEqual(part.commandOf(there), words)) return 'same'
  const renewed = merged(there, part.entry(words, spellMark(mark)))
  await draft.write(path, bomOf(text ?? '') + replaceEntry(body, part.at, renewed))
  return 'change'
}

/** Words that somebody put after `mcp` are theirs, and stay. */
function withOptions({ words, options }: ServerCommand, there: readonly unknown[]): string[] {
  const after = there.slice(there.lastIndexOf('mcp') + 1).filter((word) => typeof word === 'string')
  return [...words, ...(there.includes('mcp') && after.length > 0 ? after : options)]
}

/** What is ours is renewed; what somebody put beside it stays. */
function merged(theirs: Record<string, unknown>, ours: Record<string, unknown>): Record<string, unknown> {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const renewed = Object.entries(ours).map(([key, value]) => {
    const both = isObject(value) && isObject(theirs[key])
    return [key, both ? { ...(theirs[key] as object), ...(value as object) } : value]
  })
  return { ...theirs, ...Object.fromEntries(renewed) }
}

async function removeJson(draft: Draft, part: JsonServer, path: string): Promise<Change> {
  const text = await draft.read(path)
  if (text === null) return 'same'
  const body = bodyOf(text)
  const there = ownEntry(part, path, body)
  if (there === undefined) return 'same'
  const mark = markOf(part, there)
  if (mark === null) return 'kept'
  await takeEntry(draft, path, part.at, mark)
  return 'remove'
}

/** Throws Obstructed where what stands there cannot be an entry. */
function ownEntry(part: JsonServer, path: string, body: string): Record<string, unknown> | undefined {
  return reading(path, () => {
    for (let depth = 1; depth <= part.at.length; depth += 1) {
      const at = part.at.slice(0, depth)
      const value = readEntry(body, at)
      if (value === undefined) return undefined
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw wrongKind(path, `${at.join('.')} is no object`)
      }
      if (depth === part.at.length) return value as Record<string, unknown>
    }
    return undefined
  })
}

function markOf(part: JsonServer, entry: Record<string, unknown> | undefined): Mark | null {
  return entry === undefined ? null : readMark(part.markOf(entry))
}

async function addToml(
  draft: Draft,
  part: TomlServer,
  path: string,
  { words, options }: ServerCommand,
): Promise<Change> {
  const text = await draft.read(path)
  const content = part.content([...words, ...options])
  if (text === null) {
    await draft.write(path, newWithBlock(content, await draft.missingFolders(path)))
    return 'create'
  }
  const { mcp_servers: servers } = reading(path, () => parseToml(bodyOf(text)))
  const block = readBlock(text)
  if (block === content) return 'same'
  const isTheirs = block === null && typeof servers === 'object' && servers !== null && 'cowrite' in servers
  if (isTheirs) return 'kept'
  const written = withBlock(text, content)
  reading(path, () => parseToml(bodyOf(written)))
  await draft.write(path, written)
  return 'change'
}

async function removeToml(draft: Draft, path: string): Promise<Change> {
  const text = await draft.read(path)
  if (text === null || readBlock(text) === null) return 'same'
  const { text: rest, folders } = withoutBlock(text)
  if (rest === null) {
    await draft.remove(path, folders)
    return 'remove'
  }
  const { mcp_servers: servers } = reading(path, () => parseToml(bodyOf(rest)))
  if (typeof servers === 'object' && servers !== null && 'cowrite' in servers) {
    // What is left would be a server without a command, over which the client stumbles.
    throw wrongKind(path, 'it says more of mcp_servers.cowrite than was put there; take that out first')
  }
  await draft.write(path, rest)
  return 'remove'
}
