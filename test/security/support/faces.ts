/** The three ways in: the library's operations, the MCP server on stdio, the command line; each as it is built. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { grammarOf, type ValueKind } from '../../../cli/grammar.js'
import { type ErrorCode, exitStatus } from '../../../lib/errors.js'
import type * as Library from '../../../lib/index.js'
import type * as Operations from '../../../lib/operations/index.js'
import type { Operation } from '../../../lib/operations/operation.js'
import type { HostileCall } from './calls.js'
import type { Answer } from './judge.js'
import { secretInEnvironment } from './world.js'

export interface Face {
  /** Null where this way in cannot even carry the call. */
  ask(call: Pick<HostileCall, 'operation' | 'input'>): Promise<Answer | null>
  /** Returns what was said aside, on stderr. */
  close(): Promise<string>
}

/** How long an answer may take, in milliseconds: more than a search is given, and than a busy machine needs. */
const patience = 60_000

/** `program` is the folder of what was built. */
export async function libraryFace(program: string, root: string): Promise<Face> {
  const { openWorkspace } = (await import(join(program, 'lib/index.js'))) as typeof Library
  const { describeFailure, findOperation, runOperation } = (await import(
    join(program, 'lib/operations/index.js')
  )) as typeof Operations
  const workspace = await openWorkspace(root)
  return {
    async ask({ operation: { name }, input }) {
      const operation = findOperation(name)
      if (operation === undefined) throw new Error(`There is no ${name}.`)
      const context = { workspace, session: (asked?: string) => workspace.session(asked) }
      try {
        const result = await runOperation(operation, context, input)
        return {
          code: null,
          data: JSON.stringify(result),
          terminal: showsContent(operation) ? '' : operation.render(result, 'shell'),
          markdown: operation.render(result, 'chat'),
        }
      } catch (error) {
        const { code, message, data, text } = describeFailure(error, 'shell')
        const markdown = describeFailure(error, 'chat').text
        return { code, data: JSON.stringify({ message, data }), terminal: text, markdown }
      }
    },
    async close() {
      await workspace.close()
      return ''
    },
  }
}

/** What `file read` shows is the file, which its own test looks at. */
function showsContent(operation: Operation): boolean {
  return 'content' in operation.output.shape
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, COWRITE_CANARY: secretInEnvironment, CLAUDE_CODE_SESSION_ID: '', NO_COLOR: '1' }
}

export async function serverFace(program: string, root: string): Promise<Face> {
  const flags = ['--workspace', root, '--tools', 'session,files,records', '--results', 'both']
  const child = spawn(process.execPath, [join(program, 'mcp-server/main.js'), ...flags], {
    cwd: root,
    env: environment(),
  })
  const lines = linesOf(child)
  let aside = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (aside += text))
  let id = 0
  const request = async (method: string, params: object): Promise<Record<string, unknown>> => {
    id += 1
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    for (;;) {
      const message = JSON.parse(
        await within(lines.next(), `${method} ${JSON.stringify(params).slice(0, 200)}`),
      )
      if (message.id === id && !('method' in message)) return message
    }
  }
  const clientInfo = { name: 'an-attacker', version: '1.0.0' }
  await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
  return {
    async ask({ operation, input }) {
      const message = await request('tools/call', { name: operation.name, arguments: input })
      const result = message.result as
        | { isError?: boolean; content: { text: string }[]; structuredContent?: object }
        | undefined
      if (result === undefined) return { code: 'no result', data: JSON.stringify(message) }
      const markdown = result.content.map(({ text }) => text).join('\n')
      const { error } = (result.structuredContent ?? {}) as { error?: { code: string } }
      const code = result.isError ? (error?.code ?? 'no code') : null
      return { code, data: JSON.stringify(result.structuredContent ?? {}), markdown }
    },
    async close() {
      const ended = new Promise((settle) => child.once('close', settle))
      child.stdin.end()
      const status = await within(ended, 'the end').finally(() => child.kill('SIGKILL'))
      if (status !== 0) throw new Error(`The server ended with ${status}: ${aside}`)
      return aside
    },
  }
}

function linesOf(child: ChildProcess): { next(): Promise<string> } {
  const waiting: ((line: string) => void)[] = []
  const ready: string[] = []
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const settle = waiting.shift()
      if (settle) settle(line)
      else ready.push(line)
    }
  })
  return {
    next: () =>
      new Promise((settle) => (ready.length > 0 ? settle(ready.shift() as string) : waiting.push(settle))),
  }
}

async function within<Result>(work: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`No answer came in time: ${what}`)), patience)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function commandFace(program: string, root: string): Face {
  let asked = 0
  return {
    async ask({ operation, input }) {
      const words = wordsFor(operation, input)
      if (words === null) return null
      asked += 1
      // Every second time as a person reads it. What a file holds goes into a pipe as it is.
      const asText = asked % 2 === 0 && !showsContent(operation)
      const line = [...words.path, ...words.flags, ...(asText ? [] : ['--json']), '--', ...words.places]
      const { stdout, stderr, status } = await runCommand(program, root, line)
      const code = asText ? codeInText(stderr, status) : codeInJson(stdout, status)
      return { code, data: stdout + stderr, terminal: stdout + stderr }
    },
    close: async () => '',
  }
}

/** One JSON document is all that may come, and the status says the same. */
function codeInJson(stdout: string, status: number | null): string | null {
  try {
    const parsed = JSON.parse(stdout) as { error?: { code: string } }
    return agreed(parsed.error?.code ?? null, status)
  } catch {
    return 'no JSON'
  }
}

function codeInText(stderr: string, status: number | null): string | null {
  return agreed(/^🔖 Code: (\w+)/mu.exec(stderr)?.[1] ?? null, status)
}

function agreed(code: string | null, status: number | null): string | null {
  const expected = code === null ? 0 : exitStatus[code as ErrorCode]
  return status === expected ? code : `${code ?? 'success'} with status ${status}`
}

/** A command line for an input; null where none can say it: a NUL, more than a line takes, what is of no type there. */
function wordsFor(operation: Operation, input: Record<string, unknown>) {
  const grammar = grammarOf(operation)
  const places: string[] = []
  const flags: string[] = []
  const left = new Map(Object.entries(input))
  for (const { input: name, kind } of grammar.places) {
    if (!isSayable(left.get(name), kind)) break
    places.push(String(left.get(name)))
    left.delete(name)
  }
  for (const [name, value] of left) {
    const known = grammar.flags.find((one) => one.input === name)
    const flag = name === 'session' ? '--session' : known?.spelling
    if (flag === undefined || !isSayable(value, known?.kind ?? 'text')) return null
    if (typeof value === 'boolean') flags.push(flag)
    else for (const one of [value].flat()) flags.push(`${flag}=${one}`)
  }
  const tooLong = (word: string) => word.includes('\0') || Buffer.byteLength(word) > 100_000
  return [...places, ...flags].some(tooLong) ? null : { places, flags, path: grammar.words }
}

/** Words have no types: only what is of the right one can be said, and numbers as any text. */
function isSayable(value: unknown, kind: ValueKind): boolean {
  if (kind === 'yes-or-no') return typeof value === 'boolean'
  if (kind === 'list') return Array.isArray(value) && value.every((one) => typeof one === 'string')
  // In words, '1' is a number.
  if (kind === 'number' && typeof value === 'number') return true
  return typeof value === 'string' && (kind !== 'number' || Number.isNaN(Number(value)))
}

async function runCommand(program: string, root: string, words: string[]) {
  const child = spawn(process.execPath, [join(program, 'cli/main.js'), ...words], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text))
  const ended = new Promise<number | null>((settle) => child.once('close', settle))
  try {
    const status = await within(ended, words.join(' ').slice(0, 200))
    return { ...said, status }
  } finally {
    child.kill('SIGKILL')
  }
}
