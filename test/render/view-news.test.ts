import { describe, expect, it } from 'vitest'
import { renderCancelSession } from '../../lib/render/cancel-session.js'
import { renderCommitSession } from '../../lib/render/commit-session.js'
import type { ViewTold } from '../../lib/render/view-shapes.js'
import { cancelled, committed } from './seed-situations.js'

const view: ViewTold = { folder: '/views/draft/book', provider: 'copy', left_out: [], became: 'closed' }
const close = '   To take it down: cowrite view --close /views/draft/book'

describe('what an answer tells of a view', () => {
  it.each([
    [{}, 'what lay there was brought in first', '   It is closed, and its folder is gone'],
    [{ became: 'open' }, 'what lay there was brought in first', '   It stays open, as its session does'],
    [
      { became: 'in_use', processes: [7, 8] },
      'brought in first',
      '   It stays, since somebody is at work there (2 processes: 7, 8); what is written from now on comes into a session of its own',
      close,
    ],
    [{ became: 'stuck', reason: 'busy' }, '⚠️ View', '   It could not be taken down: busy', close],
  ] as const)('after a commit: %j', (more, ...wanted) => {
    const text = renderCommitSession({ ...committed, view: { ...view, ...more } as ViewTold }, 'shell')
    for (const words of wanted) expect(text).toContain(words)
    expect(text.includes(close)).toBe(wanted.at(-1) === close)
  })

  it('after a cancel: whether it was counted, what did not come in, and where that is', () => {
    const left_out = [{ path: 'a b', reason: 'protected', code: 'PATH_PROTECTED' as const }]
    const kept = { folder: 'workspace/retries-archive/x/left-out/', files: 2 }
    const text = renderCancelSession(
      { ...cancelled, view: { ...view, left_out }, left_out_kept: kept },
      'shell',
    )
    expect(text).toContain('🪟 View /views/draft/book: what lay there was counted, and went, too')
    expect(text).toContain('🚧 Lay in the view, and did not come in (1):\n   • a b: protected')
    expect(text).toContain('kept (2 files):\n   workspace/retries-archive/x/left-out/')
    const uncounted = { ...view, uncounted: 'no room' }
    const gone = renderCancelSession(
      { ...cancelled, view: uncounted, left_out_kept: { folder: null, files: 1 } },
      'shell',
    )
    expect(gone).toContain(
      '⚠️ View /views/draft/book: what lay there could not be counted (no room), and went, too',
    )
    expect(gone).toContain('🚧 Not brought into the session, and gone, too: 1 file')
  })

  it('of a command: that it goes on, or nothing', () => {
    const told = (became: 'closed' | 'in_use') =>
      renderCommitSession({ ...committed, view: { ...view, folder: null, became, processes: [7] } }, 'shell')
    expect(told('in_use')).toContain('what the command wrote was brought in first\n   It is still at work')
    expect(told('closed')).toBe(renderCommitSession(committed, 'shell'))
  })
})
