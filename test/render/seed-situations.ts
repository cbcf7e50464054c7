/** The situations that the sample answers show, as results. */
import type { Results, RetryResult } from '../../lib/render/results.js'

export const now = new Date('2026-01-16T11:15:23Z')
const createdAt = '2026-01-16T09:15:23Z'
const session = 'work-on-chapter-01'
const folder = `workspace/sessions/${session}/`

const modified = [
  'acts/act-1/chapters/chapter-01/content/scene-0101.md',
  'acts/act-1/chapters/chapter-01/content/scene-0102.md',
  'context/characters/alexa-romanova-timeline.json',
]
const createdFiles = [
  'acts/act-1/chapters/chapter-01/scenes/scene-0103-blueprint.md',
  'acts/act-1/chapters/chapter-01/scenes/scene-0104-blueprint.md',
]
const open = [...modified, ...createdFiles].map((path) => ({ path, open_at: folder + path }))

function retry(file: string, number: number, reason: string): RetryResult {
  return {
    file_path: `acts/act-1/chapters/chapter-01/content/${file}`,
    retry: number,
    reason,
    auto_detected: false,
    saved_to: `human-retries/${file}-retry-${number}.md`,
    recorded_at: createdAt,
    session,
  }
}

export const created: Results['create_session'] = {
  session_id: session,
  path: folder,
  description: '',
  created_at: createdAt,
  previous_session: null,
  resumed: false,
  stale_ended: [],
  recovered: false,
}

function listedSession(name: string, state: string, date: string, changes: number | null) {
  const created_at = `${date}T10:00:00Z`
  return {
    name,
    status: state,
    created_at,
    updated_at: created_at,
    description: '',
    agent_id: 'default',
    changes,
    human_retries: changes === null ? null : 0,
    source: null,
  }
}

export const listed: Results['list_sessions'] = {
  sessions: [
    listedSession(session, 'ACTIVE', '2025-11-09', 5),
    listedSession('experimental-scene-0102', 'INACTIVE', '2025-11-08', 1),
    listedSession('rewrite-act-1-ending', 'CRASHED', '2025-11-06', null),
  ],
  count: 3,
  active: session,
}

export const status: Results['get_active_session'] = {
  name: session,
  status: 'ACTIVE',
  description: 'Generating all scenes for chapter 01',
  created_at: createdAt,
  updated_at: createdAt,
  agent_id: 'default',
  changes: { modified, created: createdFiles, deleted: [] },
  open,
  moved: [],
  ignored: 0,
  human_retries: [
    retry('scene-0101.md', 1, 'Too much exposition'),
    retry('scene-0101.md', 2, 'Character voice inconsistent'),
  ],
  conflicts: [],
  also_changed_in: [],
  size_bytes: 2.3 * 1024 * 1024,
  paths: { session: folder, context: `${folder}context/`, acts: `${folder}acts/` },
  recovered: false,
}

export const switched: Results['switch_session'] = {
  from: session,
  to: 'experimental-scene-0102',
  path: 'workspace/sessions/experimental-scene-0102/',
  changes: { modified: 1, created: 0, deleted: 0 },
  size_bytes: 487 * 1024,
  human_retries: 0,
  recovered: false,
}

export const preview: Results['commit_session'] = {
  session,
  committed: false,
  modified,
  created: createdFiles,
  deleted: [],
  moved: [],
  open,
  merged: [],
  conflicts: [],
  sensitive: [],
  human_retries: [
    retry('scene-0101.md', 1, 'Too much exposition, needs more action'),
    retry('scene-0102.md', 1, 'Character voice inconsistent'),
  ],
  ignored: 0,
  scratch: 0,
  also_taken: [],
  remaining: [],
  needs_person: false,
  digest: '5f2c',
  options: {},
}

export const committed: Results['commit_session'] = {
  session,
  committed: true,
  commit_id: '000007-work-on-chapter-01',
  files: [...modified, ...createdFiles],
  deleted: [],
  moved: [],
  merged: [],
  archive: `workspace/retries-archive/${session}/`,
  remaining: [],
  closed: true,
  lock_cleared: true,
  scratch_dropped: 0,
  pending_cleanup: false,
  overtaken: [],
}

export const cancelled: Results['cancel_session'] = {
  session,
  cancelled: true,
  discarded: { modified: 5, created: 2, deleted: 0, human_retries: 2 },
  archive: `workspace/retries-archive/${session}-cancelled-20251109-143000/`,
  scratch_dropped: 0,
  lock_cleared: true,
  folders: ['context', 'acts'],
}

export const retried: Results['record_human_retry'] = {
  file_path: 'acts/act-1/chapters/chapter-01/content/scene-0101.md',
  retry: 1,
  reason: 'Too much exposition, needs more action',
  source: 'user',
  saved_to: `${folder}human-retries/scene-0101.md-retry-1.md`,
  reason_saved_to: `${folder}human-retries/scene-0101.md-retry-1.md.reason.txt`,
  previous_reasons: [],
}
