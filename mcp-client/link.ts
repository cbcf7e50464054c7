import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** A way to a server, and what can be said about it besides what the protocol says. */
export interface Link {
  /** The ways to speak with it: where it does not know the first, it is tried the next. */
  transports(): Transport[]
  /** Milliseconds until it was there, by its process or its first answer; null before. */
  readonly thereAfter: number | null
  /** The last lines of its standard error. */
  readonly output: string[]
  /** What is wrong, where the link knows it better than the error; null where it does not. */
  explain(error: unknown, inWords: string): { message: string; wantsLogin?: boolean } | null
  /** Lets it go: a process has ended when this returns. */
  close(): Promise<void>
}
