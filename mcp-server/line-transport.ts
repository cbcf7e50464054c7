import type { Readable, Writable } from 'node:stream'
import type { Transport } from './connection.js'
import { rpcCode } from './rpc-error.js'

/** The longest message taken, in bytes. */
export const longestMessage = 64 * 1024 * 1024
/** How much of an over-long message is kept to find its id in. */
const keptEnd = 512

const newline = 0x0a

/**
 * MCP on two streams, a message a line.
 *
 * What cannot be read is answered rather than dropped, and ends nothing: a client that waits for an answer gets one.
 */
export class LineTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: Transport['onmessage']

  readonly #input: Readable
  readonly #write: Writable['write']
  readonly #isMessage: (value: unknown) => boolean
  readonly #limit: number
  #pending: Buffer[] = []
  #pendingSize = 0
  /** The first bytes of a message that is too long to keep, while it is being skipped; the last are in `#pending`. */
  #skippedHead: Buffer | null = null
  #closed = false
  readonly #sending = new Set<Promise<void>>()

  constructor(
    input: Readable,
    write: Writable['write'],
    isMessage: (value: unknown) => boolean,
    limit = longestMessage,
  ) {
    this.#input = input
    this.#write = write
    this.#isMessage = isMessage
    this.#limit = limit
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#take)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#input.off('data', this.#take)
    this.#input.pause()
    this.#pending = []
    this.onclose?.()
  }

  send(message: unknown): Promise<void> {
    const line = `${JSON.stringify(message)}\n`
    const sending = new Promise<void>((resolve, reject) => {
      this.#write(line, (error) => (error ? reject(error) : resolve()))
    })
    const sent: Promise<void> = sending.catch(() => {}).then(() => void this.#sending.delete(sent))
    this.#sending.add(sent)
    return sending
  }

  /** Settles when all that was sent has left this process, or cannot. */
  async sent(): Promise<void> {
    await Promise.all(this.#sending)
  }

  readonly #take = (chunk: Buffer): void => {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(newline, start)
      if (end === -1) break
      this.#keep(chunk.subarray(start, end))
      this.#endLine()
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pending.push(bytes)
    this.#pendingSize += bytes.length
    if (this.#skippedHead === null && this.#pendingSize <= this.#limit) return

    const all = Buffer.concat(this.#pending)
    this.#skippedHead ??= Buffer.from(all.subarray(0, keptEnd))
    this.#pending = [Buffer.from(all.subarray(-keptEnd))]
    this.#pendingSize = this.#pending[0]?.length ?? 0
  }

  #endLine(): void {
    const bytes = Buffer.concat(this.#pending)
    const skippedHead = this.#skippedHead
    this.#pending = []
    this.#pendingSize = 0
    this.#skippedHead = null

    if (skippedHead) {
      const limit = Math.floor(this.#limit / 1024 / 1024)
      const id = idAtTheEdge(skippedHead.toString('latin1'), bytes.toString('latin1'))
      this.#refuse(rpcCode.invalidRequest, `The message is longer than ${limit} MiB`, id)
      return
    }
    const line = bytes.toString('utf8').trim()
    if (line !== '') this.#read(line)
  }

  #read(line: string): void {
    let message: unknown
    try {
      message = JSON.parse(line)
    } catch (error) {
      this.#refuse(rpcCode.parseError, `The line is no JSON: ${(error as Error).message}`)
      return
    }
    if (!this.#isMessage(message)) {
      this.#refuse(rpcCode.invalidRequest, 'The line is no JSON-RPC 2.0 message of MCP', idOf(message))
      return
    }
    this.onmessage?.(message as never)
  }

  #refuse(code: number, message: string, id?: string | number): void {
    this.onerror?.(new Error(message))
    // MCP leaves the id out where JSON-RPC writes null.
    const answer = { jsonrpc: '2.0', ...(id === undefined ? {} : { id }), error: { code, message } }
    this.send(answer).catch((error: Error) => this.onerror?.(error))
  }
}

function idOf(message: unknown): string | number | undefined {
  if (typeof message !== 'object' || message === null || !('id' in message)) return undefined
  const { id } = message
  return typeof id === 'string' || Number.isSafeInteger(id) ? (id as string | number) : undefined
}

/**
 * The id of a message of which only both ends are known: clients write it among the first or the last keys. One
 * that is not plain is left out: the ends are no text yet, and need be no JSON.
 */
function idAtTheEdge(head: string, tail: string): string | number | undefined {
  const key = String.raw`"id"\s*:\s*(-?(?:0|[1-9]\d{0,15})(?!\d)|"[ !#-[\]-~]*")`
  const version = String.raw`"jsonrpc"\s*:\s*"2\.0"`
  const found =
    new RegExp(String.raw`^\s*\{\s*(?:${version}\s*,\s*)?(?:"method"\s*:\s*"[^"\\]*"\s*,\s*)?${key}`).exec(
      head,
    ) ??
    new RegExp(String.raw`,\s*${key}\s*(?:,\s*${version}\s*)?\}\s*$`).exec(tail) ??
    new RegExp(String.raw`,\s*${version}\s*,\s*${key}\s*\}\s*$`).exec(tail)
  return found?.[1] === undefined ? undefined : idOf({ id: JSON.parse(found[1]) })
}
