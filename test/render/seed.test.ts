import { describe, expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import { describeFailure } from '../../lib/operations/index.js'
import { renderCancelSession } from '../../lib/render/cancel-session.js'
import type { OperationName } from '../../lib/render/commands.js'
import { renderCommitSession } from '../../lib/render/commit-session.js'
import { renderCreateSession } from '../../lib/render/create-session.js'
import { renderGetActiveSession } from '../../lib/render/get-active-session.js'
import { renderListSessions } from '../../lib/render/list-sessions.js'
import { renderRecordHumanRetry } from '../../lib/render/record-human-retry.js'
import { renderSwitchSession } from '../../lib/render/switch-session.js'
import {
  cancelled,
  committed,
  created,
  listed,
  now,
  preview,
  retried,
  status,
  switched,
} from './seed-situations.js'

/** A sample answer in a shell: the same, but for how the next steps are spelled. */
function inShell(text: string): string {
  return text
    .replace(/\/(session|retry) /g, 'cowrite $1 ')
    .replaceAll(
      "Use MCP tool commit_session(name='work-on-chapter-01', force=True)",
      'cowrite session commit work-on-chapter-01 --force',
    )
}

/** A sample answer with what the design adds, after the line that each addition follows. */
function withAdded(sample: string, additions: [after: string, added: string][]): string {
  return additions.reduce((text, [after, added]) => {
    expect(text.split('\n').filter((line) => line === after)).toHaveLength(1)
    return text
      .split('\n')
      .flatMap((line) => (line === after ? [line, ...added.split('\n')] : [line]))
      .join('\n')
  }, sample)
}

const start = `✅ SESSION CREATED: work-on-chapter-01

📂 Session Path:
   workspace/sessions/work-on-chapter-01/

⚡ Copy-on-Write Mode:
   • Empty session created (~10 KB structure only)
   • Files will copy on first write
   • Read operations use global files by default

🔒 Session activated (written to session.lock)

💡 How CoW works:
   1. Read "acts/.../plan.md" → Reads from global (not yet modified)
   2. Write "acts/.../plan.md" → CoW: Copies to session, then modifies
   3. Read "acts/.../plan.md" → Reads from session (now modified)

🚀 Ready to work in session!`

const list = `📋 SESSIONS (3 total)

┌────────────────────────────┬──────────┬────────────┬──────────┐
│ Name                       │ Status   │ Created    │ Changes  │
├────────────────────────────┼──────────┼────────────┼──────────┤
│ work-on-chapter-01         │ ACTIVE   │ 2025-11-09 │ 5 files  │
│ experimental-scene-0102    │ INACTIVE │ 2025-11-08 │ 1 file   │
│ rewrite-act-1-ending       │ CRASHED  │ 2025-11-06 │ unknown  │
└────────────────────────────┴──────────┴────────────┴──────────┘

🔒 Active: work-on-chapter-01

⚠️ Crashed sessions (1):
   • rewrite-act-1-ending
     Action required: /session cancel rewrite-act-1-ending

💡 Commands:
   - Switch: /session switch <name>
   - Commit: /session commit
   - Cancel: /session cancel`

const statusSample = `📂 ACTIVE SESSION: work-on-chapter-01

Status: ACTIVE
Created: 2 hours ago
Description: Generating all scenes for chapter 01

📊 Changes (uncommitted):
   • Modified: 3 files
   • Created: 2 files
   • Deleted: 0 files

🔄 Human Retries: 2
   • scene-0101.md: 2 retries
     - Retry 1: "Too much exposition"
     - Retry 2: "Character voice inconsistent"

💾 Session Size: 2.3 MB

📁 Paths:
   • Session: workspace/sessions/work-on-chapter-01/
   • Context: workspace/sessions/work-on-chapter-01/context/
   • Acts: workspace/sessions/work-on-chapter-01/acts/`

const switchSample = `🔄 SWITCHED SESSION

From: work-on-chapter-01
To:   experimental-scene-0102

📂 Active Session Directory:
   workspace/sessions/experimental-scene-0102/

📊 Progress:
   • Modified files: 1
   • Created files: 0
   • Session size: 487 KB
   • Human retries: 0

💡 Resume work or commit when ready`

const previewSample = `⚠️ COMMIT SESSION: work-on-chapter-01

📊 Changes to be committed:

   Modified files (3):
     • acts/act-1/chapters/chapter-01/content/scene-0101.md
     • acts/act-1/chapters/chapter-01/content/scene-0102.md
     • context/characters/alexa-romanova-timeline.json

   Created files (2):
     • acts/act-1/chapters/chapter-01/scenes/scene-0103-blueprint.md
     • acts/act-1/chapters/chapter-01/scenes/scene-0104-blueprint.md

   Human retries: 2
     • scene-0101.md: Too much exposition, needs more action
     • scene-0102.md: Character voice inconsistent

❓ This will OVERWRITE global files.
💡 To proceed: Use MCP tool commit_session(name='work-on-chapter-01', force=True)`

const commitSample = `✅ SESSION COMMITTED

Session: work-on-chapter-01

📁 Files copied to global:
   ✓ acts/act-1/chapters/chapter-01/content/scene-0101.md
   ✓ acts/act-1/chapters/chapter-01/content/scene-0102.md
   ✓ context/characters/alexa-romanova-timeline.json
   ✓ acts/act-1/chapters/chapter-01/scenes/scene-0103-blueprint.md
   ✓ acts/act-1/chapters/chapter-01/scenes/scene-0104-blueprint.md

📦 Human retries archived:
   workspace/retries-archive/work-on-chapter-01/

🗑️ Session directory removed
🔓 Session lock cleared

🎉 Changes committed to book!`

const cancelSample = `🛑 SESSION CANCELLED

Session: work-on-chapter-01

📊 Discarded changes:
   • Modified files: 5
   • Created files: 2
   • Human retries: 2

📦 Human retries backed up:
   workspace/retries-archive/work-on-chapter-01-cancelled-20251109-143000/

🗑️ Session directory removed
🔓 Session lock cleared

💡 Global files (context/, acts/) unchanged`

const retrySample = `✅ HUMAN RETRY RECORDED

📁 File: acts/act-1/chapters/chapter-01/content/scene-0101.md
🔢 Retry Number: 1
📝 Reason: Too much exposition, needs more action
🤖 Source: User command

💾 Saved to:
   • workspace/sessions/work-on-chapter-01/human-retries/scene-0101.md-retry-1.md
   • workspace/sessions/work-on-chapter-01/human-retries/scene-0101.md-retry-1.md.reason.txt

💡 Previous version preserved for review`

const filesToOpen = `📖 Files to open:
   • workspace/sessions/work-on-chapter-01/acts/act-1/chapters/chapter-01/content/scene-0101.md
   • workspace/sessions/work-on-chapter-01/acts/act-1/chapters/chapter-01/content/scene-0102.md
   • workspace/sessions/work-on-chapter-01/context/characters/alexa-romanova-timeline.json
   • workspace/sessions/work-on-chapter-01/acts/act-1/chapters/chapter-01/scenes/scene-0103-blueprint.md
   • workspace/sessions/work-on-chapter-01/acts/act-1/chapters/chapter-01/scenes/scene-0104-blueprint.md`

describe.each([
  ['chat', (text: string) => text],
  ['shell', inShell],
] as const)('the sample answers, in the %s', (face, spelled) => {
  it('start', () => expect(renderCreateSession(created, face)).toBe(spelled(start)))

  it('list, with recovery as the first way out', () => {
    const expected = withAdded(list, [
      ['   • rewrite-act-1-ending', '     Try first: /session recover rewrite-act-1-ending'],
    ])
    expect(renderListSessions(listed, face)).toBe(spelled(expected))
  })

  it('status, with the files to open', () => {
    const expected = withAdded(statusSample, [
      ['   • Deleted: 0 files', `\n${filesToOpen.replace(/(-blueprint.md)/g, '$1 (new)')}`],
    ])
    expect(renderGetActiveSession(status, face, now)).toBe(spelled(expected))
  })

  it('switch', () => expect(renderSwitchSession(switched, face)).toBe(spelled(switchSample)))

  it('commit without force, with the files to open and the digest', () => {
    const expected = withAdded(previewSample, [
      ['     • scene-0102.md: Character voice inconsistent', `\n${filesToOpen}\n\n🔖 Digest: 5f2c`],
    ])
    expect(renderCommitSession(preview, face)).toBe(spelled(expected))
  })

  it('commit with force, with the way back', () => {
    const expected = withAdded(commitSample, [
      ['🎉 Changes committed to book!', '\n💡 Undo: /session undo 000007-work-on-chapter-01'],
    ])
    expect(renderCommitSession(committed, face)).toBe(spelled(expected))
  })

  it('cancel', () => expect(renderCancelSession(cancelled, face)).toBe(spelled(cancelSample)))

  it('retry', () => expect(renderRecordHumanRetry(retried, face)).toBe(spelled(retrySample)))
})

const crashed = new CowriteError('SESSION_CRASHED', 'The record does not match', {
  session: 'old-work',
  metadataPath: 'workspace/sessions/old-work/session.json',
  findings: [],
})
const noSession = () => new CowriteError('NO_ACTIVE_SESSION', 'No session is active', {})
const unknownSession = () =>
  new CowriteError('SESSION_NOT_FOUND', 'There is none', { session: 'experimental-v2' })

const errors: [string, CowriteError, OperationName | undefined, string][] = [
  [
    'no active session',
    noSession(),
    undefined,
    `❌ ERROR: No active session

💡 Next steps:
   - Create new session: /session start <name>
   - Switch to existing: /session list → /session switch <name>

🔖 Code: NO_ACTIVE_SESSION (not found)`,
  ],
  [
    'an unknown session',
    unknownSession(),
    undefined,
    `❌ ERROR: Session 'experimental-v2' not found

💡 Available sessions: /session list

🔖 Code: SESSION_NOT_FOUND (not found)`,
  ],
  [
    'a crashed session, recovery first',
    crashed,
    undefined,
    `❌ ERROR: Session 'old-work' is CRASHED

Session process died unexpectedly.

💡 Action required:
   - Recover what can be saved: /session recover old-work
   - Cancel corrupted session: /session cancel old-work
   - Or investigate manually: workspace/sessions/old-work/session.json

🔖 Code: SESSION_CRASHED (someone must decide)`,
  ],
  [
    'a file that is nowhere',
    new CowriteError('NOT_FOUND', 'File not found: scene-0101.md', {
      path: 'scene-0101.md',
      checked: {
        session: 'workspace/sessions/my-work/acts/.../scene-0101.md',
        global: 'acts/.../scene-0101.md',
      },
    }),
    'record_human_retry',
    `❌ ERROR: File not found: scene-0101.md

Checked paths:
   • Session: workspace/sessions/my-work/acts/.../scene-0101.md
   • Global: acts/.../scene-0101.md

💡 Generate scene first: "Generate scene 0101"
   Look for it: \`list_session_files(glob='**/scene-0101.md', recursive=True)\`

🔖 Code: NOT_FOUND (not found)`,
  ],
  [
    'switch to an unknown session',
    unknownSession(),
    'switch_session',
    `❌ ERROR: Session 'experimental-v2' not found. Run /session list

💡 Available sessions: /session list

🔖 Code: SESSION_NOT_FOUND (not found)`,
  ],
  [
    'switch to a crashed session',
    crashed,
    'switch_session',
    `❌ ERROR: Session is CRASHED. Recover first: /session recover old-work

Session process died unexpectedly.

💡 Action required:
   - Recover what can be saved: /session recover old-work
   - Cancel corrupted session: /session cancel old-work
   - Or investigate manually: workspace/sessions/old-work/session.json

🔖 Code: SESSION_CRASHED (someone must decide)`,
  ],
  [
    'cancel without a session',
    noSession(),
    'cancel_session',
    `❌ ERROR: No active session. Specify: /session cancel <name>

💡 Available sessions: /session list

🔖 Code: NO_ACTIVE_SESSION (not found)`,
  ],
  [
    'cancel of an unknown session',
    unknownSession(),
    'cancel_session',
    `❌ ERROR: Session 'experimental-v2' not found

💡 Available sessions: /session list

🔖 Code: SESSION_NOT_FOUND (not found)`,
  ],
]

describe.each([
  ['chat', (text: string) => text],
  [
    'shell',
    (text: string) =>
      inShell(text).replace(
        "`list_session_files(glob='**/scene-0101.md', recursive=True)`",
        "cowrite file ls --glob '**/scene-0101.md' --recursive",
      ),
  ],
] as const)('the error texts, in the %s', (face, spelled) => {
  it.each(errors)('%s', (_name, error, operation, expected) => {
    expect(describeFailure(error, face, operation).text).toBe(spelled(expected))
  })
})
