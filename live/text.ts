/** How the trials are told to a person. */
import { forTerminal } from '../lib/render/at-terminal.js'
import type { Check, Status } from './check.js'

const icons: Record<Status, string> = { works: '✅', failed: '❌', unavailable: '⚠️' }

/** `titles` are the clients' names for people. */
export function textOf(
  checks: readonly Check[],
  unreadable: readonly string[],
  titles: Record<string, { title: string }>,
): string {
  const isSetUp = checks.some(({ client }) => client !== null)
  const steps = [...new Set(checks.flatMap(({ next_steps }) => next_steps))]
  return [
    '🔌 Tried, one by one:',
    ...checks.map((check) => `   ${icons[check.status]} ${forTerminal(lineOf(check, titles))}`),
    ...unreadable.map((why) => `   ⚠️ ${forTerminal(why)}`),
    ...(isSetUp ? [] : ['   • No agent client is set up here: cowrite init']),
    ...(steps.length === 0
      ? []
      : ['', '💡 To mend it:', ...steps.map((step) => `   - ${forTerminal(step)}`)]),
  ].join('\n')
}

function lineOf(
  { part, client, file, name, detail, duration_ms: time }: Check,
  titles: Record<string, { title: string }>,
): string {
  const whose = client === null ? '' : `${titles[client]?.title ?? client}: `
  const where = file === null ? '' : ` (${file})`
  const took = time < 1_000 ? `${Math.round(time)} ms` : `${(time / 1_000).toFixed(1)} s`
  return `${whose}${part} ${name}${where}: ${detail}, ${took}`
}
