/** What a shell is told before its answer, where the command before it was cut short. */
import type { FinishedFirst } from '../placed-api.js'
import { forTerminal } from '../text/escape.js'
import { overtakenInWords } from './wording.js'

export function renderFinishedFirst({ commits, overtaken }: FinishedFirst): string {
  const late = overtakenInWords(
    overtaken.map(({ path, savedTo }) => ({ path, saved_to: savedTo })),
    forTerminal,
  )
  return [
    `🔧 Cut short before, and finished now: ${commits.join(', ')}`,
    ...(late.length === 0 ? [] : ['⚠️ Edited by someone else meanwhile; that edit stayed:']),
    ...late.map((line) => `   • ${line}`),
  ].join('\n')
}
