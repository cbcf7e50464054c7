import { describe, expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import { describeFailure, operations, parseInput } from '../../lib/operations/index.js'
import { renderCommitSession } from '../../lib/render/commit-session.js'
import { renderCreateSession } from '../../lib/render/create-session.js'
import { renderDiffSession } from '../../lib/render/diff-session.js'
import { renderGetActiveSession } from '../../lib/render/get-active-session.js'
import { renderUndoCommit } from '../../lib/render/history.js'
import { renderListSessions } from '../../lib/render/list-sessions.js'
import { nextSteps } from '../../lib/render/next-steps.js'
import type { Results } from '../../lib/render/results.js'
import { grammarOf } from './read-steps.js'
import { committed, created, listed, now, preview, status } from './seed-situations.js'

const paths = (folder: string, amount: number) =>
  Array.from({ length: amount }, (_, at) => `${folder}/${at}.md`)

describe('what the design adds', () => {
  it('start says which session was kept, and what was deactivated', () => {
    const text = renderCreateSession(
      { ...created, previous_session: 'before', stale_ended: ['old'], recovered: true, resumed: true },
      'shell',
    )
    expect(text).toContain('✅ SESSION RESUMED: work-on-chapter-01')
    expect(text).toContain('   Previous session kept: before\n   Back to it: cowrite session switch before')
    expect(text).toContain('💤 Stale sessions deactivated, their changes kept:\n   • old')
    expect(text).toContain('🔧 Recovered: ')
  })

  it('D4: a session of a newer cowrite is listed as such, and neither recovery nor cancelling is advised', () => {
    const newer = listed.sessions.map((session) => ({
      ...session,
      name: 'of-tomorrow',
      status: 'CRASHED',
      changes: null,
      newer_format: true,
    }))
    const text = renderListSessions({ sessions: newer.slice(0, 1), count: 1, active: null }, 'shell')
    expect(text).toContain('of-tomorrow')
    expect(text).toContain('npm install --global cowrite@latest')
    expect(text).not.toMatch(/recover|Crashed/)
  })

  it('C6, C7: status shows conflicts, moves, deletions, who else is at a file, and what is ignored', () => {
    const text = renderGetActiveSession(
      {
        ...status,
        changes: {
          ...status.changes,
          created: ['acts/new.md', 'acts/place'],
          deleted: ['acts/gone.md', 'acts/old.md'],
        },
        moved: [{ from: 'acts/old.md', to: 'acts/new.md' }],
        conflicts: [{ path: 'a.md', reason: 'changed on both sides' }],
        also_changed_in: [{ path: 'a.md', sessions: ['one', 'two'] }],
        ignored: 12,
        status: 'INACTIVE',
      },
      'chat',
      now,
    )
    expect(text).toContain('📂 SESSION: work-on-chapter-01\n')
    expect(text).toContain(
      '   • Created: 0 files, 1 empty folder\n   • Deleted: 1 file\n   • Moved: 1 file\n',
    )
    expect(text).toContain('📁 New empty folders:\n   • acts/place/\n')
    expect(text).toContain('🗑️ Deleted in this session:\n   • acts/gone.md\n\n')
    expect(text).toContain('🚚 Moved:\n   • acts/old.md → acts/new.md')
    expect(text).toContain('⛔ Conflicts with newer global files:\n   • a.md: changed on both sides')
    expect(text).toContain('👥 Also changed in other sessions:\n   • a.md: one, two')
    expect(text).toContain('🙈 Ignored: 12 files')
    expect(text).toContain('💡 Ways out of the conflicts: /session commit work-on-chapter-01')
  })

  it('T8: additions are folded, but every deletion, conflict, merge and sensitive path is shown', () => {
    const text = renderCommitSession(
      {
        ...preview,
        created: paths('new', 352),
        open: paths('new', 352).map((path) => ({ path, open_at: path })),
        deleted: paths('old', 300),
        merged: paths('merged', 300),
        conflicts: paths('fight', 300).map((path) => ({ path, reason: 'both' })),
        sensitive: paths('danger', 300).map((path) => ({ path, reason: 'runs code' })),
      },
      'chat',
    )
    expect(text).toContain('   Created files (352):\n')
    expect(text).toContain('… and 312 more')
    for (const folder of ['old', 'merged', 'fight', 'danger']) {
      expect(text.match(new RegExp(`• ${folder}/\\d+\\.md`, 'g')), folder).toHaveLength(300)
    }
  })

  it('T8: a folder that went whole is one line; what else was moved is shown file by file', () => {
    const moved = [
      ...paths('old', 300).map((from) => ({ from, to: from.replace('old', 'new') })),
      ...paths('here', 300).map((from) => ({ from, to: from.replace('here', 'there') })),
    ]
    const moves = {
      created: [...moved.map(({ to }) => to), 'place'],
      deleted: [...moved.map(({ from }) => from), 'gone.md'],
      moved,
      moved_folders: ['old'],
    }
    const text = renderCommitSession({ ...preview, ...moves, modified: [], open: [] }, 'chat')
    expect(text).toContain('   Created folders, empty (1):\n     • place/\n')
    expect(text).toContain('   Deleted files (1):\n     • gone.md\n')
    expect(text).toContain(
      '   Moved files (600):\n     • old/ → new/ (300 files)\n     • here/0.md → there/0.md\n',
    )
    expect(text.match(/• here\/\d+\.md → there\/\d+\.md/g)).toHaveLength(300)
    expect(text).not.toContain('Created files')
  })

  it('S8: a comparison advises the merges that there are, in their direction, and no other', () => {
    const file = { file_path: 'a.md', change: 'modified', binary: true, additions: 0, deletions: 0 } as const
    const compared = { session: 'one', other: 'two', files: [{ ...file, unit: 'lines' as const, patch: '' }] }
    const text = renderDiffSession({ ...compared, mergeable: ['one'] }, 'shell')
    expect(text).toContain('💡 Bring what one changed into two: cowrite session merge one --into two')
    expect(text).not.toContain('merge two')
    expect(renderDiffSession({ ...compared, mergeable: [] }, 'shell')).not.toContain('💡')
  })

  it('T3: a diff shows the other side of a conflict', () => {
    const about = {
      file_path: 'a.md',
      change: 'modified',
      binary: false,
      additions: 1,
      deletions: 1,
    } as const
    const sides = { patch: '-b\n+mine\n', conflict: 'changed on both sides', global_patch: '-b\n+theirs\n' }
    const files = [{ ...about, unit: 'lines' as const, ...sides }]
    expect(renderDiffSession({ session: 'one', files }, 'shell')).toContain(
      '-b\n+mine\n⛔ In conflict: changed on both sides\n🌍 Global, since the session began with it:\n-b\n+theirs\n',
    )
  })

  it('T5: an undo of a part says so, and what was left alone; a refused one how to leave it alone', () => {
    const undone = { undone: true, commit_id: '0003', undo_id: '0004', restored: ['a.md'], removed: [] }
    const skipped = [{ path: 'b.md', reason: 'changed since the commit' }]
    const text = renderUndoCommit({ ...undone, in_part: true, skipped, overtaken: [] }, 'shell')
    expect(text).toContain('↩️ COMMIT UNDONE IN PART: 0003\n')
    expect(text).toContain('✋ Left alone:\n   • b.md: changed since the commit')
    const data = { conflicts: skipped, commit: '0003', ways: ['skip_changed'] }
    const refused = new CowriteError(
      'CONFLICT',
      '1 file changed since commit 0003; nothing was undone.',
      data,
    )
    const steps = nextSteps(refused, 'undo_commit', { given: { files: ['acts'] } })
    expect(steps[0]?.plain('shell')).toBe('cowrite session undo 0003 --file acts --skip-changed')
  })

  it('T3: a preview with conflicts offers the three ways, with the digest', () => {
    const conflicted = { ...preview, conflicts: [{ path: 'a.md', reason: 'both' }] }
    const text = renderCommitSession(conflicted, 'chat')
    expect(text).toContain(
      "   - Keep the session's version: Use MCP tool commit_session(name='work-on-chapter-01', force=True, on_conflict='keep_session', expect='5f2c')",
    )
    expect(text).toContain("on_conflict='keep_global'")
    expect(text).toContain("on_conflict='markers'")
    expect(renderCommitSession(conflicted, 'shell')).toContain(
      'cowrite session commit work-on-chapter-01 --force --on-conflict keep_session --expect 5f2c',
    )
  })

  it('T4: the next step of a preview of some files names the same files', () => {
    const part = { ...preview, options: { files: ['a.md'] }, also_taken: ['b.md'], remaining: ['c.md'] }
    const text = renderCommitSession(part, 'shell')
    expect(text).toContain('💡 To proceed: cowrite session commit work-on-chapter-01 --force --file a.md')
    expect(text).toContain('🔗 Taken along (1), not to be parted from what was named:\n   • b.md')
    expect(text).toContain('📌 Staying in the session (1):\n   • c.md')
  })

  it('D6, C7, T9: scratch, ignored files and the wish for a person are said', () => {
    const text = renderCommitSession({ ...preview, scratch: 2, ignored: 1, needs_person: true }, 'shell')
    expect(text).toContain('🧹 Scratch dropped: 2 files in artifacts/')
    expect(text).toContain('🙈 Ignored: 1 file not committed')
    expect(text).toContain('--include-ignored')
    expect(text).toContain("🧍 This workspace asks for a person's word first.")
  })

  it('C7: only a session that is still open is offered to commit what is ignored', () => {
    const result = {
      ...committed,
      ignored_changes: ['a.log'],
      ignored_kept_in: 'workspace/archive/1/ignored/',
    }
    expect(renderCommitSession(result, 'shell')).not.toContain('--include-ignored')
    expect(renderCommitSession({ ...result, closed: false, ignored_kept_in: null }, 'shell')).toContain(
      'cowrite session commit work-on-chapter-01 --include-ignored',
    )
  })

  it('T4, T5: a commit of a part leaves the session open, and says what is left', () => {
    const text = renderCommitSession(
      {
        ...committed,
        closed: false,
        remaining: ['c.md'],
        archive: null,
        deleted: ['acts/old.md'],
        files: ['acts/old.md'],
      },
      'chat',
    )
    expect(text).not.toContain('Session directory removed')
    expect(text).toContain('📌 Still in the session (1):\n   • c.md')
    expect(text).toContain('🗑️ Files deleted from global:\n   ✓ acts/old.md')
    expect(text).toContain('📂 Session stays open: /session status --session work-on-chapter-01')
  })

  it('T2: a pending clean-up and overtaken files are said', () => {
    const overtaken = [{ path: 'a.md', saved_to: 'workspace/history/7/a.md' }]
    const text = renderCommitSession({ ...committed, pending_cleanup: true, overtaken }, 'chat')
    expect(text).toContain('⏳ Committed; tidying up is left to the next command, nothing is lost')
    expect(text).toContain('   • a.md: the other version is in workspace/history/7/a.md')
  })

  it('a commit of nothing does not claim to have changed the book', () => {
    const text = renderCommitSession({ ...committed, files: [], commit_id: null, archive: null }, 'chat')
    expect(text).toContain('Nothing had changed')
    expect(text).not.toMatch(/🎉|Undo/)
  })
})

const hostile = '`</x>\n```\n# [a](b)\u001b[2J\u202e|*'

/** A result with a hostile text wherever a text can stand. */
function poisoned(schema: unknown): unknown {
  const {
    type,
    properties,
    items,
    enum: choices,
    additionalProperties,
    anyOf,
  } = schema as {
    type?: string | string[]
    properties?: Record<string, unknown>
    items?: unknown
    enum?: unknown[]
    additionalProperties?: unknown
    anyOf?: unknown[]
  }
  if (anyOf) return poisoned(anyOf[0])
  if (choices) return choices[0]
  if (Array.isArray(type)) return poisoned({ type: type[0] })
  if (type === 'array') return [poisoned(items)]
  if (type === 'number') return 1
  if (type === 'boolean') return false
  if (type === 'string') return hostile
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, poisoned(value)]))
  if (!additionalProperties) throw new Error(`cannot make ${JSON.stringify(schema)}`)
  return { [hostile]: poisoned(additionalProperties) }
}

describe.each(operations.map((operation) => [operation.name, operation] as const))(
  '%s',
  (name, operation) => {
    const result = poisoned(grammarOf(operation).output) as Results[keyof Results]
    const variants =
      name === 'commit_session'
        ? [result, { ...result, committed: true }, { ...result, marked: undefined }]
        : [result]

    it.each(variants)('P7: nothing in its answer acts on a terminal', (variant) => {
      const text = operation.render(variant, 'shell')
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u)
      // A file that is read is itself several lines, and so are a patch and a page.
      if (!/\b(patch|content|rejected|compact_markdown)\b/.test(JSON.stringify(variant)))
        expect(text).not.toMatch(/\n# /)
    })

    it.each(variants)('P7: nothing in its answer acts in Markdown', (variant) => {
      const text = operation.render(variant, 'chat')
      const outside = text
        .replace(/^(`{3,})[^`\n]*\n[\s\S]*?\n\1$/gm, '')
        .replace(/(?<![`\\])(`+)(?!`).*?[^`]\1(?!`)/g, '')
      expect(outside.replace(/\\[^\p{L}\p{N}]/gu, '')).not.toMatch(
        /<\/x>|`|^# |\[a\]|(?!\n)[\p{Cc}\p{Bidi_Control}]/mu,
      )
    })

    it.each(variants)('its next steps are commands that exist', (variant) => {
      for (const face of ['chat', 'shell'] as const) {
        for (const step of grammarOf(operation).stepsIn(operation.render(variant, face))) {
          expect(grammarOf(operation).exists(step), step).toBe(true)
        }
      }
    })
  },
)

describe('the next steps of errors', () => {
  it.each(operations.map((operation) => [operation.name, operation] as const))(
    'after %s, exist',
    (_name, operation) => {
      for (const face of ['chat', 'shell'] as const) {
        try {
          parseInput(operation, { nonsense: 1 })
          throw new Error('was accepted')
        } catch (error) {
          const { next_steps } = describeFailure(error, face)
          for (const step of next_steps) expect(grammarOf(operation).exists(step), step).toBe(true)
        }
      }
    },
  )
})
