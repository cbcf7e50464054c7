import { describe, expect, it } from 'vitest'
import { renderCheckWorkspace } from '../../lib/render/check-workspace.js'
import type { Results } from '../../lib/render/results.js'

type Report = Results['check_workspace']
type Finding = Report['findings'][number]

const sound: Report = {
  state_folder: 'workspace',
  sound: true,
  checked: { sessions: 2, commits: 1, archives: 0 },
  findings: [],
  space: {
    sessions: [
      { name: 'small', bytes: 10 },
      { name: 'draft', bytes: 2048 },
    ],
    sessions_bytes: 2058,
    bases_bytes: 1024,
    history_bytes: 5 * 1024 ** 2,
    archives_bytes: 0,
    trash_bytes: 0,
    other_bytes: 300,
    total_bytes: 5 * 1024 ** 2 + 3382,
  },
}

const space = [
  '💾 Space: 5.0 MB in workspace/',
  '   • Sessions: 2 KB (draft 2 KB, small 10 B)',
  '   • Bases of their changes: 1 KB',
  '   • History, to undo commits: 5.0 MB',
  '   • Archived retries: 0 B',
  '   • Trash: 0 B',
  '   • Journal, index and log: 300 B',
].join('\n')

const finding = (more: Partial<Finding>): Finding => ({
  kind: 'trash_unswept',
  path: 'workspace/trash',
  severity: 'info',
  detail: 'it holds what was thrown away',
  remedy: 'it is removed',
  mended_by: 'fix',
  fixed: false,
  ...more,
})
const lost = finding({
  kind: 'copy_missing',
  path: 'workspace/sessions/draft/a.md',
  session: 'draft',
  severity: 'error',
  detail: "the session's copy of a.md is missing",
  remedy: 'recover the session',
  mended_by: 'recover',
})
const unfinished = finding({
  kind: 'transaction_unfinished',
  path: 'workspace/journal/0007',
  session: 'draft',
  severity: 'warning',
  detail: 'this commit has happened',
  remedy: 'it is finished',
})

describe('the check of a workspace', () => {
  it('a sound one', () => {
    expect(renderCheckWorkspace(sound, 'shell')).toBe(
      [
        '✅ WORKSPACE SOUND',
        'Checked: 2 sessions, 1 commit, 0 archives',
        space,
        '💡 Sessions: cowrite session list',
      ].join('\n\n'),
    )
  })

  it('findings, the worst first, and who does what about them', () => {
    const findings = [finding({ bytes: 4096 }), unfinished, lost]
    const report = { ...sound, sound: false, findings }
    expect(renderCheckWorkspace(report, 'shell')).toBe(
      [
        '🩺 WORKSPACE CHECKED: 1 error, 1 warning',
        'Checked: 2 sessions, 1 commit, 0 archives',
        "⛔ Errors (1):\n   • workspace/sessions/draft/a.md: the session's copy of a.md is missing; recover the session",
        '⚠️ Warnings (1):\n   • workspace/journal/0007 (draft): this commit has happened; when mended, it is finished',
        '🧹 Left lying about (1):\n   • workspace/trash: it holds what was thrown away (4 KB); when mended, it is removed',
        space,
        '💡 Next steps:\n   - Mend what needs no person: cowrite doctor --fix\n   - Recover what can be saved: cowrite session recover draft',
      ].join('\n\n'),
    )
    expect(renderCheckWorkspace(report, 'chat')).toContain(
      '   - Mend what needs no person: check_workspace(fix=True)\n   - Recover what can be saved: /session recover draft',
    )
  })

  it('what was mended, and what was tried in vain', () => {
    const findings = [
      { ...unfinished, fixed: true },
      finding({ kind: 'index_stale', path: 'workspace/index', failure: 'EIO: i/o error' }),
    ]
    const text = renderCheckWorkspace({ ...sound, findings }, 'shell')
    expect(text).toContain('✅ WORKSPACE MENDED: it is sound\n')
    expect(text).toContain('🔧 Mended (1):\n   • workspace/journal/0007 (draft): this commit has happened\n')
    expect(text).toContain('; when mended, it is removed (tried: EIO: i/o error)\n')
    expect(text).not.toContain('--fix')
  })

  it('every error is shown, and leftovers are folded', () => {
    const many = (severity: Finding['severity']) =>
      Array.from({ length: 300 }, (_, at) => finding({ severity, path: `${severity}/${at}` }))
    const text = renderCheckWorkspace(
      { ...sound, sound: false, findings: [...many('error'), ...many('info')] },
      'shell',
    )
    expect(text.match(/• error\/\d+:/g)).toHaveLength(300)
    expect(text).toContain('… and 260 more')
  })

  it('P7: names and paths in it act nowhere', () => {
    const hostile = finding({ path: 'workspace/trash/\u001b[2J`rm`', detail: 'a\nb **bold**' })
    const report = { ...sound, findings: [hostile] }
    expect(renderCheckWorkspace(report, 'shell')).toContain('\\x1b[2J`rm`: a\\nb **bold**;')
    expect(renderCheckWorkspace(report, 'chat')).toContain('\\`rm\\`: a\\\\nb \\*\\*bold\\*\\*;')
  })
})
