import type { QueryResult } from '../chats-api.js'
import { forTerminal } from '../text/escape.js'
import { answer, folded, section } from './blocks.js'
import { spell } from './spell.js'
import { leftOutInWords } from './views.js'

/** What stands below an agent's answer, at a terminal; `config` is where the agent's command is set. */
export function renderQuery(result: QueryResult, config: string): string {
  const { session, forkedFrom, filesChanged, tokens, costUsd, transcript, exitCode, signal, leftOut } = result
  const failed = exitCode !== 0
  const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`
  return answer(
    [
      failed
        ? `❌ The agent command ended with ${how} in session ${forTerminal(session)}`
        : `✅ ANSWERED IN SESSION: ${forTerminal(session)}`,
      ...(forkedFrom === null ? [] : [`   A fork of ${forTerminal(forkedFrom)}, which stays as it was`]),
    ],
    filesChanged.length === 0
      ? ['📁 Files changed: none']
      : section(
          `📁 Files changed (${filesChanged.length}):`,
          folded(filesChanged.map(({ path, change }) => `${forTerminal(path)} (${change})`)),
        ),
    [`🔢 Tokens: ${tokensInWords(tokens)}`, `💲 Cost: ${costInWords(costUsd)}`],
    transcript === null ? null : [`🔗 Transcript linked: ${forTerminal(transcript)}`],
    leftOutInWords(leftOut),
    [
      ...(exitCode === 127 || exitCode === 126
        ? [`💡 Say which command to use: "agent_command" in ${forTerminal(config)}`]
        : []),
      filesChanged.length > 0
        ? `💡 See what changed: ${spell('shell', 'diff_session', { name: session })}`
        : `💡 Read the chat: ${spell('shell', 'get_session_messages', { session_id: session })}`,
    ],
  )
}

/** `12,345 (input: 2,345 | output: 10,000)`. */
function tokensInWords(tokens: QueryResult['tokens']): string {
  if (tokens === null) return 'unknown'
  const [total, input, output] = [tokens.input + tokens.output, tokens.input, tokens.output].map((amount) =>
    amount.toLocaleString('en-US'),
  )
  return `${total} (input: ${input} | output: ${output})`
}

function costInWords(cost: number | null): string {
  return cost === null ? 'unknown' : `$${cost.toFixed(6)}`
}
