import type { Operation } from '../lib/operations/operation.js'
import type { Results } from './options.js'

/** Clients that show the model nothing but `structuredContent` where there is any, and drop the text. */
const showsStructuredOnly: ReadonlySet<string> = new Set(['claude-code', 'codex-mcp-client', 'opencode'])

/** Whether a client gets structured parts beside the text. Before initialize nobody knows who it is. */
export function givesStructured(results: Results, client: string | undefined): boolean {
  if (results !== 'auto') return results === 'both'
  return client === undefined || !showsStructuredOnly.has(client)
}

/**
 * Whether an operation's answer is a file's content. It is text alone for every client: in both parts it would be
 * paid for twice, and in the structured part alone many clients would not show it.
 */
export function answersContent(operation: Operation): boolean {
  return 'content' in operation.output.shape
}
