import { boxTable, count } from '../text/words.js'
import { answer } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

const columns = [
  { title: 'Name', minimum: 26 },
  { title: 'Status', minimum: 8 },
  { title: 'Created', minimum: 10 },
  { title: 'Changes', minimum: 8 },
]

export function renderListSessions(result: Results['list_sessions'], face: Face): string {
  const inert = inertFor(face)
  const heading = [`📋 SESSIONS (${result.count} total)`]
  if (result.sessions.length === 0) {
    return answer(
      heading,
      ['No sessions yet.'],
      [`💡 Start one: ${spell(face, 'create_session', { name: { placeholder: 'name' } })}`],
    )
  }

  const rows = result.sessions.map(({ name, status, created_at, changes }) => [
    inert(name),
    inert(status),
    inert(created_at.slice(0, 10)),
    changes === null ? 'unknown' : count(changes, 'file'),
  ])
  const crashed = result.sessions.filter(({ status }) => status === 'CRASHED')
  const wayOut = crashed.flatMap(({ name }) => [
    `   • ${inert(name)}`,
    `     Try first: ${spell(face, 'recover_session', { name })}`,
    `     Action required: ${spell(face, 'cancel_session', { name })}`,
  ])
  return answer(
    heading,
    [boxTable(columns, rows)],
    [result.active === null ? '🔓 Active: none' : `🔒 Active: ${inert(result.active)}`],
    crashed.length === 0 ? null : [`⚠️ Crashed sessions (${crashed.length}):`, ...wayOut],
    [
      '💡 Commands:',
      `   - Switch: ${spell(face, 'switch_session')}`,
      `   - Commit: ${spell(face, 'commit_session')}`,
      `   - Cancel: ${spell(face, 'cancel_session')}`,
    ],
  )
}
