import { hostname } from 'node:os'
import * as z from 'zod'

/** Codex says with each call which chat it comes from; as an object, or as the JSON text of one. */
const codexMetadata = z.object({ session_id: z.string().min(1) })

/**
 * Which chat a call comes from: the environment's word, else the call's, else this process is the chat.
 * A process is told by host, id and start, so that a reused id is another one.
 */
export function chatOf(
  meta: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return environment.CLAUDE_CODE_SESSION_ID || codexChat(meta) || processChat()
}

function codexChat(meta: Readonly<Record<string, unknown>>): string | undefined {
  const stated = meta['x-codex-turn-metadata']
  if (stated === undefined) return undefined
  const metadata = codexMetadata.safeParse(typeof stated === 'string' ? parsed(stated) : stated)
  return metadata.success ? metadata.data.session_id : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Not ours to judge: metadata that cannot be read names no chat.
  }
}

let thisProcess: string | undefined

export function processChat(): string {
  thisProcess ??= `mcp:${hostname()}:${process.pid}:${Math.round(performance.timeOrigin)}`
  return thisProcess
}
