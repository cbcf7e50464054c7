import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

export function renderRecordHumanRetry(result: Results['record_human_retry'], face: Face): string {
  const inert = inertFor(face)
  const { file_path, retry, previous_reasons } = result
  return answer(
    ['✅ HUMAN RETRY RECORDED'],
    [
      `📁 File: ${inert(file_path)}`,
      `🔢 Retry Number: ${retry}`,
      `📝 Reason: ${inert(result.reason)}`,
      `🤖 Source: ${result.source === 'user' ? 'User command' : 'Auto-detected from feedback'}`,
    ],
    // A hook may have kept it when it was typed: the answer to the call that comes after it is the same, and says so.
    result.already ? ['☑️ Kept before: the same text, rejected in the same words. Nothing was added'] : null,
    previous_reasons.length === 0
      ? null
      : [
          `🔁 Earlier reasons (${previous_reasons.length}):`,
          ...previous_reasons.map((reason, index) => `   - Retry ${index + 1}: "${inert(reason)}"`),
        ],
    ['💾 Saved to:', `   • ${inert(result.saved_to)}`, `   • ${inert(result.reason_saved_to)}`],
    [
      '💡 Previous version preserved for review',
      ...(previous_reasons.length === 0
        ? []
        : [`   All of them: ${spell(face, 'list_retries', { file_path })}`]),
    ],
  )
}
