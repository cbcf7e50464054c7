import type { Linked } from '../chats-api.js'
import { forTerminal } from '../text/escape.js'
import { count } from '../text/words.js'
import { answer } from './blocks.js'
import { spell } from './spell.js'

const clientNames: Record<string, string> = { claude: 'Claude Code', codex: 'Codex', gemini: 'Gemini CLI' }

/** At a terminal: no chat links anything. */
export function renderLinked({ session, path, isNew, client, messages }: Linked): string {
  return answer(
    [`🔗 ${isNew ? 'TRANSCRIPT LINKED' : 'ALREADY LINKED'}: ${forTerminal(session)}`],
    [
      `   • ${forTerminal(path)}`,
      `   • ${clientNames[client ?? ''] ?? 'unknown client'}, ${count(messages, 'message')}`,
    ],
    [`💡 Read it: ${spell('shell', 'get_session_messages', { session_id: session })}`],
  )
}
