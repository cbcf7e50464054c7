import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { build } from 'esbuild'
import { onTestFinished } from 'vitest'
import { modules } from '../../../scripts/bundle.mjs'

const root = resolve(import.meta.dirname, '../../..')

/** Bundles a TypeScript program into a temporary folder. */
export async function bundle(entry: string): Promise<{ program: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cowrite-program-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: folder,
    outbase: '.',
    bundle: true,
    splitting: true,
    // As dist/ is: a package that is loaded file by file takes longer than what most tests ask of the server.
    external: modules.external,
    banner: modules.banner,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  })
  return {
    program: join(folder, entry.replace(/\.ts$/, '.js')),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface Program {
  child: ChildProcessWithoutNullStreams
  /** What came on stdout, a parsed message a line; a line that is no message fails. */
  messages: Record<string, unknown>[]
  stderr(): string
  send(message: unknown): void
  /** The answer to the request of this id. */
  answerTo(id: number): Promise<Record<string, unknown>>
  ended: Promise<number | null>
}

/** Starts a program that speaks MCP on stdio, and initializes it as `clientName`. */
export async function start(program: string, options: StartOptions = {}): Promise<Program> {
  const { COWRITE_SESSION: _s, COWRITE_WORKSPACE: _w, ...environment } = process.env
  const child = spawn(process.execPath, [program, ...(options.arguments ?? [])], {
    cwd: options.folder ?? tmpdir(),
    env: { ...environment, ...options.environment },
  })
  const messages: Record<string, unknown>[] = []
  const waiting = new Map<number, (message: Record<string, unknown>) => void>()
  let strange: Error | undefined
  let stderr = ''
  let rest = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      try {
        const message = JSONRPCMessageSchema.parse(JSON.parse(line)) as Record<string, unknown>
        messages.push(message)
        waiting.get(message.id as number)?.(message)
      } catch {
        strange ??= new Error(`Not JSON-RPC: ${line.slice(0, 200)}`)
      }
    }
  })
  child.stdin.on('error', () => {}) // A server that is gone is what some tests are about.
  const ended = new Promise<number | null>((settle) => child.on('close', settle))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    if (strange || rest !== '') throw strange ?? new Error(`Not a whole line: ${rest}`)
  })

  const send = (message: unknown) => void child.stdin.write(`${JSON.stringify(message)}\n`)
  const answerTo = (id: number) =>
    new Promise<Record<string, unknown>>((settle, fail) => {
      const known = messages.find((message) => message.id === id && !('method' in message))
      if (known) return settle(known)
      waiting.set(id, settle)
      ended.then(() => fail(new Error(`The server ended without answer ${id}: ${stderr}`)))
    })

  if (options.clientName !== null) {
    const clientInfo = { name: options.clientName ?? 'a-client', version: '1.0.0' }
    const params = { protocolVersion: '2025-11-25', capabilities: options.capabilities ?? {}, clientInfo }
    send({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    await answerTo(0)
    send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  }
  return { child, messages, stderr: () => stderr, send, answerTo, ended }
}

export interface StartOptions {
  arguments?: string[]
  folder?: string
  environment?: Record<string, string>
  /** Null: the client does not initialize. */
  clientName?: string | null
  capabilities?: Record<string, unknown>
}

export function call(id: number, name: string, given: Record<string, unknown> = {}) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: given } }
}
