/** What a command answers, or why it did not begin. */
import type { Server } from './server.js'

export interface Outcome {
  /** For programs; with an `error` in it where `code` says so. */
  result: object
  /** For people. */
  text: string
  /** What the answer tells of something bad, if it does. */
  code: 'SERVER_FAILED' | 'TOOL_FAILED' | null
}

/** An error as the command line tells it. */
export interface Refusal {
  code: 'INVALID_INPUT' | 'NOT_FOUND' | 'SERVER_FAILED' | 'TOOL_FAILED'
  data: object
  steps: string[]
  /** Lines between the sentence and the steps. */
  details?: string[]
}

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(message: string, refusal: Refusal) {
    super(message)
    this.refusal = refusal
  }
}

export function wrongArgument(argument: string, message: string, step: string): Refused {
  return new Refused(message, { code: 'INVALID_INPUT', data: { argument }, steps: [step] })
}

/** Of one name, the first counts. Throws Refused. */
export function serverNamed(name: string, servers: readonly Server[]): Server {
  const found = servers.find((server) => server.name === name)
  if (found) return found
  const names = [...new Set(servers.map((server) => server.name))]
  const near = names.filter((known) => isNear(known, name))
  throw new Refused(`MCP server '${name}' not found in the settings of any client here`, {
    code: 'NOT_FOUND',
    data: { path: name, candidates: near },
    steps: [
      ...near.slice(0, 3).map((known) => `Did you mean: ${known}`),
      'Servers there are: cowrite mcp list',
    ],
  })
}

/** One stands in the other, or they differ by case and signs. */
export function isNear(known: string, typed: string): boolean {
  const [a, b] = [known, typed].map((text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')) as [
    string,
    string,
  ]
  return a !== '' && b !== '' && (a.includes(b) || b.includes(a))
}
