import { sizeInWords } from '../text/words.js'
import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import { figuresInWords } from './moved.js'
import type { Results } from './results.js'
import { recoveredLine } from './wording.js'

export function renderSwitchSession(result: Results['switch_session'], face: Face): string {
  const inert = inertFor(face)
  const { changes } = result
  return answer(
    ['🔄 SWITCHED SESSION'],
    [`From: ${result.from === null ? '(none)' : inert(result.from)}`, `To:   ${inert(result.to)}`],
    ['📂 Active Session Directory:', `   ${inert(result.path)}`],
    result.recovered ? [recoveredLine] : null,
    [
      '📊 Progress:',
      ...figuresInWords({ ...changes, ignored: result.ignored }),
      `   • Session size: ${sizeInWords(result.size_bytes)}`,
      `   • Human retries: ${result.human_retries}`,
    ],
    ['💡 Resume work or commit when ready'],
  )
}
