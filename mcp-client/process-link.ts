/**
 * A server as a child process. Not by the SDK's own transport: a server is often started by way of another program
 * (`npx`, `sh -c`), and that one would end the other program alone. Here all of them are one group, which is gone in
 * the end.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { Link } from './link.js'
import type { StdioLaunch } from './server.js'

/** How much of standard error is kept: its end, in characters and lines. */
const mostKept = { characters: 8_192, lines: 20 }

/** The longest message that is taken, in characters. */
const longestMessage = 32 * 1024 * 1024

/** How much that is no message is read in a row, in characters and lines: who goes on like that speaks no MCP. */
const mostStray = { characters: 8 * 1024 * 1024, lines: 10_000 }

const hasGroups = process.platform !== 'win32'

export class ProcessLink implements Link, Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  thereAfter: number | null = null
  readonly #launch: StdioLaunch
  readonly #grace: number
  #child: ChildProcessWithoutNullStreams | null = null
  #received = ''
  #said = ''
  /** The first line on standard output that is no message. */
  #stray: string | null = null
  /** What was no message since the last that was one. */
  #strays = { characters: 0, lines: 0 }
  #isFlooded = false
  /** How the process ended, in words. */
  #end: string | null = null
  #closing: Promise<void> | null = null

  constructor(launch: StdioLaunch, grace: number) {
    this.#launch = launch
    this.#grace = grace
  }

  transports(): Transport[] {
    return [this]
  }

  get output(): string[] {
    const lines = this.#said.split(/\r?\n/).filter((line) => line.trim() !== '')
    return lines.slice(-mostKept.lines)
  }

  start(): Promise<void> {
    const { command, args, cwd, env } = this.#launch
    const began = performance.now()
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'pipe',
      detached: hasGroups,
      windowsHide: true,
    })
    this.#child = child
    this.#listen(child)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('spawn', () => {
        this.thereAfter = performance.now() - began
        resolve()
      })
    })
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    process.once('exit', this.#endNow)
    child.once('exit', (status, signal) => {
      this.#end = signal === null ? `with exit status ${status}` : `by ${signal}`
    })
    child.once('close', () => this.onclose?.())
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-mostKept.characters)
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#receive(text))
    // One that has ended cannot be written to; how it ended says more.
    child.stdin.on('error', () => {})
  }

  #receive(text: string): void {
    const lines = (this.#received + text).split('\n')
    this.#received = lines.pop() ?? ''
    for (const line of lines) {
      if (this.#isFlooded) return
      this.#hear(line)
    }
    if (this.#received.length <= longestMessage) return
    this.#hear(this.#received)
    this.onclose?.()
  }

  #hear(line: string): void {
    if (line.trim() === '') return
    try {
      const message = deserializeMessage(line)
      this.#strays = { characters: 0, lines: 0 }
      this.onmessage?.(message)
    } catch (error) {
      this.#stray ??= line.slice(0, 200)
      this.onerror?.(error as Error)
      this.#countStray(line)
    }
  }

  #countStray(line: string): void {
    this.#strays.characters += line.length
    this.#strays.lines += 1
    const { characters, lines } = this.#strays
    if (characters <= mostStray.characters && lines <= mostStray.lines) return
    this.#isFlooded = true
    this.#child?.stdout.destroy()
    this.onclose?.()
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (!stdin?.writable) return Promise.reject(new Error('its standard input is closed'))
    return new Promise((resolve) => stdin.write(serializeMessage(message), () => resolve()))
  }

  explain(error: unknown, inWords: string): { message: string } | null {
    const { command, cwd } = this.#launch
    const { code } = error as NodeJS.ErrnoException
    if (this.thereAfter === null && code === 'ENOENT') {
      return { message: existsSync(cwd) ? `command not found: ${command}` : `folder not found: ${cwd}` }
    }
    if (this.thereAfter === null) return { message: `cannot be run: ${command} (${code ?? error})` }
    const stray =
      this.#stray === null ? '' : `; on standard output it wrote what is no message: ${this.#stray}`
    if (this.#isFlooded)
      return { message: `the server goes on writing what is no message to standard output: ${this.#stray}` }
    if (this.#end !== null) return { message: `the server ended ${this.#end}${stray}` }
    return stray === '' ? null : { message: inWords + stray }
  }

  close(): Promise<void> {
    this.#closing ??= this.#endAll()
    return this.#closing
  }

  /** By the end of its input, then by SIGTERM, and then in earnest; with all that it started. */
  async #endAll(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    const { pid } = child
    child.stdin.end()
    await within(this.#grace, () => child.exitCode !== null || child.signalCode !== null)
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (!tell(pid, signal)) break
      await within(this.#grace, () => !tell(pid, 0))
    }
    process.removeListener('exit', this.#endNow)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  }

  /** For a program that ends before it comes to closing this. */
  readonly #endNow = () => {
    if (this.#child?.pid !== undefined) tell(this.#child.pid, 'SIGKILL')
  }
}

async function within(milliseconds: number, isSo: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Whether there was anybody to get it. */
function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(hasGroups ? -pid : pid, signal)
    return true
  } catch {
    return false
  }
}
