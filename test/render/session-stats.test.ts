/** Figures that a person could take for a mistake are explained, and what nobody knows is no column. */
import { expect, it } from 'vitest'
import { renderSessionStats } from '../../lib/render/session-stats.js'

const figures = {
  ...{ since: 'yesterday', from: null, total: 2, open_sessions: 2, by_status: {}, by_source: {} },
  ...{ changes: 1, human_retries: 0, tool_call_count: 3 },
  ...{ average_messages: null, total_messages: null, total_tokens: null, total_cost_usd: null },
  by_agent: [
    {
      agent_id: 'ann',
      sessions: 2,
      average_messages: null,
      total_tokens: 7,
      total_cost_usd: null,
      operations: 3,
    },
  ],
  by_date: [
    { date: '2026-11-22', sessions: 2, operations: 2 },
    { date: '2026-11-21', sessions: 1, operations: 1 },
  ],
}

it('says why the days sum to more than the sessions, and leaves out columns of which nothing is known', () => {
  const text = renderSessionStats(figures, 'shell')
  expect(text).toContain('(Since yesterday)')
  expect(text).toContain('A session counts on each day that something was done in it.')
  expect(text).toContain('TOTAL_TOKENS')
  expect(text).toContain('│ ann   │ 2        │ 7            │ 3          │')
  expect(text).not.toMatch(/AVG_MSGS|TOTAL_COST/)
  const once = renderSessionStats({ ...figures, by_date: figures.by_date.slice(0, 1) }, 'shell')
  expect(once).not.toContain('counts on each day')
})
