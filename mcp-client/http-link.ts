/** A server at an address. */
import { SSEClientTransport, SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Link } from './link.js'
import { shownAddress } from './secrets.js'
import type { HttpLaunch } from './server.js'

/** What people know these by; all others are told by their code. */
const causes: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNRESET: 'connection reset',
  ETIMEDOUT: 'connection timed out',
}

export class HttpLink implements Link {
  thereAfter: number | null = null
  readonly output: string[] = []
  readonly #launch: HttpLaunch
  readonly #grace: number
  readonly #streamable: StreamableHTTPClientTransport
  readonly #sse: SSEClientTransport
  readonly #began = performance.now()

  constructor(launch: HttpLaunch, grace: number) {
    this.#launch = launch
    this.#grace = grace
    const url = new URL(launch.url)
    const fetchAndTell = async (address: string | URL, init?: RequestInit) => {
      const response = await fetch(address, init)
      this.thereAfter ??= performance.now() - this.#began
      return response
    }
    const options = { requestInit: { headers: launch.headers }, fetch: fetchAndTell }
    this.#streamable = new StreamableHTTPClientTransport(url, options)
    this.#sse = new SSEClientTransport(url, options)
  }

  transports(): Transport[] {
    const { transport } = this.#launch
    // Their types leave out that these may be undefined.
    const [streamable, sse] = [this.#streamable as Transport, this.#sse as Transport]
    if (transport === 'sse') return [sse]
    return transport === 'http' ? [streamable] : [streamable, sse]
  }

  explain(error: unknown): { message: string; wantsLogin?: boolean } | null {
    const address = shownAddress(this.#launch.url)
    const status = statusOf(error)
    if (status === 401 || status === 403) {
      return { message: `it wants somebody to be logged in (HTTP ${status})`, wantsLogin: true }
    }
    if (status !== undefined) return { message: `${address} answers with HTTP ${status}` }
    const cause = causeOf(error)
    return cause === null ? null : { message: `${causes[cause] ?? cause}: ${address}` }
  }

  /** Says goodbye where there is somebody to hear it. */
  async close(): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, this.#grace).unref())
    await Promise.race([this.#streamable.terminateSession().catch(() => {}), late])
    await Promise.all([this.#streamable.close(), this.#sse.close()])
  }
}

/** Whether a server answered as one that knows only the older transport. */
export function knowsOnlyOlder(error: unknown): boolean {
  return [400, 404, 405].includes(statusOf(error) ?? 0)
}

function statusOf(error: unknown): number | undefined {
  const status =
    error instanceof StreamableHTTPError || error instanceof SseError ? (error.code ?? undefined) : undefined
  return status !== undefined && status >= 100 ? status : undefined
}

/** The code of what lies beneath a failed fetch, else its words; null for what is no failed fetch. */
function causeOf(error: unknown): string | null {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return null
  const { cause } = error
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  const { code, message } = first as NodeJS.ErrnoException
  return code ?? message
}
