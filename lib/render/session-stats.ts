/** Figures over sessions, as people and spreadsheets read them. */
import { count } from '../text/words.js'
import { answer, type Block } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { aligned, dollars, grouped, sinceInWords, table } from './record-words.js'
import type { Results } from './results.js'

type Figures = Results['session_stats']

export function renderSessionStats(result: Figures, face: Face): string {
  const inert = inertFor(face)
  const span =
    result.since === 'all'
      ? 'All time'
      : /^\d+[smhd]$/.test(result.since)
        ? `Last ${sinceInWords(result.since)}`
        : `Since ${result.since}`
  const overall: [string, string | null][] = [
    ['Total Sessions', grouped(result.total)],
    ['Open Sessions', grouped(result.open_sessions)],
    ['Changed Files', grouped(result.changes)],
    ['Human Retries', grouped(result.human_retries)],
    ['Operations', grouped(result.tool_call_count)],
    ['Avg Messages/Session', result.average_messages === null ? null : String(result.average_messages)],
    ['Total Tokens', result.total_tokens === null ? null : grouped(result.total_tokens)],
    ['Total Cost', result.total_cost_usd === null ? null : dollars(result.total_cost_usd, 2)],
  ]
  const sum = result.by_date.reduce((total, { sessions }) => total + sessions, 0)
  const days = [...result.by_date].sort((left, right) => right.sessions - left.sessions).slice(0, 3)
  return answer(
    [`📊 SESSION STATISTICS (${inert(span)})`],
    ['Overall:', ...aligned(overall).map((line) => `  ${line}`)],
    tallyBlock('By Status:', result.by_status, inert),
    tallyBlock('By Source:', result.by_source, inert),
    result.by_agent.length === 0 ? null : ['By Agent:', '', agentTable(result.by_agent, inert)],
    result.by_date.length === 0
      ? null
      : [
          'By Date:',
          '',
          dateTable(result.by_date, inert),
          ...(sum > result.total ? ['  A session counts on each day that something was done in it.'] : []),
        ],
    days.length === 0
      ? null
      : [
          'Most Active Days:',
          ...days.map((day) => `  ${inert(day.date)}: ${count(day.sessions, 'session')}`),
        ],
  )
}

function tallyBlock(heading: string, counts: Record<string, number>, inert: Inert): Block {
  const facts = Object.entries(counts).map(([name, value]): [string, string] => [inert(name), grouped(value)])
  return facts.length === 0 ? null : [heading, ...aligned(facts).map((line) => `  ${line}`)]
}

function agentTable(agents: Figures['by_agent'], inert: Inert): string {
  const titles = ['AGENT', 'SESSIONS', 'AVG_MSGS', 'TOTAL_TOKENS', 'TOTAL_COST', 'OPERATIONS']
  const rows = agents.map((agent) => [
    inert(agent.agent_id || 'unknown'),
    grouped(agent.sessions),
    agent.average_messages === null ? '-' : String(agent.average_messages),
    agent.total_tokens === null ? '-' : grouped(agent.total_tokens),
    agent.total_cost_usd === null ? '-' : dollars(agent.total_cost_usd, 2),
    grouped(agent.operations),
  ])
  // What nobody knows of any agent is no column.
  const told = titles.map((_, at) => at < 2 || rows.some((row) => row[at] !== '-'))
  const only = (row: readonly string[]) => row.filter((_, at) => told[at])
  return table(only(titles), rows.map(only))
}

function dateTable(days: Figures['by_date'], inert: Inert): string {
  const rows = days.map(({ date, sessions, operations }) => [
    inert(date),
    grouped(sessions),
    grouped(operations),
  ])
  return table(['DATE', 'SESSIONS', 'OPERATIONS'], rows)
}

/**
 * The figures as lines for a spreadsheet: by day or by agent where that was asked for, one after the other where both
 * were, with a column that says which; else one line for all.
 */
export function statisticsAsCsv(result: Figures): string {
  const { by_agent, by_date, by_status: _status, by_source: _source, ...overall } = result
  const rows: Record<string, unknown>[] =
    by_date.length > 0 && by_agent.length > 0
      ? [
          ...by_agent.map((row) => ({ by: 'agent', ...row })),
          ...by_date.map((row) => ({ by: 'date', ...row })),
        ]
      : ([by_date, by_agent, [overall]].find((some) => some.length > 0) ?? [])
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
  return lines.map((line) => line.map(cell).join(',')).join('\r\n')
}

function cell(value: unknown): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
