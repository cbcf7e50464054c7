/** The sample answers of the plan for sessions at the command line, held against ours in the same situation. */
import { describe, expect, it } from 'vitest'
import { findOperation, runOperation } from '../../lib/operations/index.js'
import { fakeContext } from '../operations/fake-workspace.js'

async function answered(name: string, input: Record<string, unknown>): Promise<string> {
  const operation = findOperation(name)
  if (operation === undefined) throw new Error(`no operation ${name}`)
  return operation.render(await runOperation(operation, fakeContext(), input), 'shell')
}

describe('an answer has what its sample has', () => {
  const samples: [string, string, Record<string, unknown>, string[]][] = [
    ['a page of a list', 'list_sessions', { all: true }, ['(showing 1 of 45)', '--limit 20 --offset 1']],
    [
      'a session',
      'get_session',
      { session_id: 'draft', with_history: true },
      [
        '  Created:       2026-01-16 09:15:23',
        '  Last Updated:  2026-01-16 09:15:23',
        '  Messages:      15',
        '  Tokens:        12,345 (input: 2,345 | output: 10,000)',
        '  Cost:          $0.123456',
        "[2026-01-16 09:15:23] Agent:\nI'll query\n`it`\n[Tool: get_schema]",
      ],
    ],
    [
      'statistics',
      'session_stats',
      { since: '30d', by_agent: true, by_date: true },
      [
        '(Last 30 days)',
        '  Total Sessions:        342',
        '  Open Sessions:         45',
        '  Avg Messages/Session:  12.3',
        '  Total Tokens:          1,234,567',
        '  Total Cost:            $123.45',
        '│ AGENT  │ SESSIONS │ AVG_MSGS │ TOTAL_TOKENS │ TOTAL_COST │',
        'Most Active Days:\n  2026-01-15: 23 sessions',
      ],
    ],
    [
      'a look at what would be pruned',
      'prune_sessions',
      {},
      [
        '(DRY RUN)',
        'Would delete 1 session',
        '│ AGENT   │ COUNT │ OLDEST',
        'Total storage: ~45.0 MB',
        'To actually delete:',
      ],
    ],
    [
      'a deletion that asks',
      'delete_session',
      { session_id: 'draft' },
      ['⚠️ This will permanently delete session draft'],
    ],
  ]

  it.each(samples)('%s', async (_what, name, input, parts) => {
    const text = await answered(name, input)
    for (const part of parts) expect(text).toContain(part)
  })
})
