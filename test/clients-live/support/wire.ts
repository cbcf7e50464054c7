/** How a client speaks with its model: one small file for each format. */
import type { ServerResponse } from 'node:http'

/** What the scripted model answers with. */
export type Block = { say: string } | { call: string; input: unknown }

/** What the model was given since it spoke last. */
export interface Given {
  /** All of it, in its order. */
  text: string
  /** Of that, what tools answered. */
  results: string
  /** The names of the tools that the chat has. */
  tools: string[]
  /** The request as it came. */
  body: Json
}

// biome-ignore lint/suspicious/noExplicitAny: requests of other programs, looked at leniently
export type Json = any

export interface Wire {
  /** Null for what is no turn of the chat, such as the search for a title. */
  read(url: string, body: Json): Given | null
  /** `number` tells this answer from the others. */
  reply(response: ServerResponse, block: Block, number: number, given: Given): void
  /** Answers what is no turn of the chat. */
  aside(response: ServerResponse, url: string, body: Json): void
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

/** Events as `data:` lines, with their names where they have one. */
export function eventsTo(response: ServerResponse) {
  response.setHeader('content-type', 'text/event-stream')
  return (data: unknown, event?: string) => {
    const named = event === undefined ? '' : `event: ${event}\n`
    response.write(`${named}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  }
}

/** All text in a value, wherever it stands in it. */
export function textIn(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('\n')
  if (typeof value !== 'object' || value === null) return ''
  for (const key of ['text', 'content', 'output']) if (key in value) return textIn(value[key])
  return ''
}
