import { codeSpan } from '../text/escape.js'
import { localDay } from '../text/local-time.js'
import { boxTable, count } from '../text/words.js'
import { answer, type Block, shown } from './blocks.js'
import { type Face, inertFor } from './face.js'
import { noWorkspaceBlock } from './folder-lines.js'
import { spanInWords } from './record-words.js'
import type { Results } from './results.js'
import { spell, spellPlain } from './spell.js'

const titles = [
  { title: 'Name', minimum: 26 },
  { title: 'Status', minimum: 8 },
  { title: 'Created', minimum: 10 },
  { title: 'Changes', minimum: 8 },
]

/** `columns` is how wide the terminal is, where it is known. */
export function renderListSessions(
  result: Results['list_sessions'],
  face: Face,
  columns = Number.POSITIVE_INFINITY,
): string {
  const inert = inertFor(face)
  const heading = [`📋 SESSIONS (${shown(result.sessions.length, result.count)})`]
  const { next } = result
  if (result.sessions.length === 0 && result.count > 0) {
    return answer(heading, [`💡 From the first: ${spell(face, 'list_sessions')}`])
  }
  if (result.sessions.length === 0) {
    return answer(
      heading,
      spanInWords(result, inert),
      [result.filtered ? 'None is like that.' : noneOpen(result)],
      result.no_workspace === undefined
        ? null
        : noWorkspaceBlock({ folder: result.no_workspace, above: result.within ?? null }, face),
      result.filtered || result.ended !== undefined
        ? [`💡 All there are: ${spell(face, 'list_sessions', { all: true })}`]
        : null,
      result.filtered
        ? null
        : [`💡 Start one: ${spell(face, 'create_session', { name: { placeholder: 'name' } })}`],
    )
  }

  const rows = result.sessions.map(({ name, status, created_at, changes, human_retries, undone }) => [
    inert(name),
    inert(undone ? `${status}, undone` : status),
    inert(localDay(created_at)),
    changesInWords(changes, human_retries),
  ])
  const newer = result.sessions.filter(({ newer_format }) => newer_format)
  const crashed = result.sessions.filter(
    (session) => session.status === 'CRASHED' && !newer.includes(session),
  )
  const wayOut = crashed.flatMap(({ name }) => [
    `   • ${inert(name)}`,
    `     Try first: ${spell(face, 'recover_session', { name })}`,
    `     Action required: ${spell(face, 'cancel_session', { name })}`,
  ])
  return answer(
    heading,
    spanInWords(result, inert),
    [face === 'shell' ? fittedTable(rows, columns) : boxTable(titles, rows)],
    next === undefined
      ? null
      : [`➡️ ${result.count - Number(next.offset)} more: ${spell(face, 'list_sessions', { ...next })}`],
    [result.active === null ? '🔓 Active: none' : `🔒 Active: ${inert(result.active)}`],
    newer.length === 0
      ? null
      : [
          `⏳ Written by a newer cowrite (${newer.length}), left as it is:`,
          ...newer.map(({ name }) => `   • ${inert(name)}`),
          '   To open it: npm install --global cowrite@latest',
        ],
    crashed.length === 0 ? null : [`⚠️ Crashed sessions (${crashed.length}):`, ...wayOut],
    earlierOnes(result, face),
    result.sessions.every(({ status }) => hasEnded(status))
      ? stepsForEnded(result, face)
      : [
          '💡 Commands:',
          `   - Switch: ${spell(face, 'switch_session')}`,
          `   - Commit: ${spell(face, 'commit_session')}`,
          `   - Cancel: ${spell(face, 'cancel_session')}`,
        ],
  )
}

function changesInWords(changes: number | null, rejections: number | null): string {
  const files = changes === null ? 'unknown' : count(changes, 'file')
  return rejections === null || rejections === 0 ? files : `${files}, ${count(rejections, 'rejection')}`
}

function noneOpen({ ended }: Results['list_sessions']): string {
  return ended === undefined
    ? 'No sessions yet.'
    : `None is open. ${count(ended, 'session has', 'sessions have')} ended.`
}

function hasEnded(status: string): boolean {
  return status === 'COMMITTED' || status === 'CANCELLED'
}

/** None of these can be switched to, committed or cancelled. */
function stepsForEnded({ sessions }: Results['list_sessions'], face: Face): Block {
  const standing = sessions.some(({ status, undone }) => status === 'COMMITTED' && !undone)
  const see = spellPlain('shell', 'get_session', { session_id: sessions[0]?.name })
  return [
    '💡 Commands:',
    `   - Start: ${spell(face, 'create_session', { name: { placeholder: 'name' } })}`,
    `   - Look at one: ${face === 'shell' ? see : `${codeSpan(see)}, in a terminal`}`,
    ...(standing ? [`   - Undo a commit: ${spell(face, 'list_commits')}`] : []),
  ]
}

/** Why some are named with a time. */
function earlierOnes({ sessions }: Results['list_sessions'], face: Face): Block {
  const earlier = sessions.find(({ name }) => name.includes('@'))
  if (earlier === undefined) return null
  const see = spellPlain('shell', 'get_session', { session_id: earlier.name })
  const [name = ''] = earlier.name.split('@')
  return [
    `🕰️ NAME@TIME is an earlier session of that name, made then; ${inertFor(face)(name)} alone is the newest.`,
    `   Look at one: ${face === 'shell' ? see : `${codeSpan(see)}, in a terminal`}`,
  ]
}

/** A table that is too wide for the terminal has its names cut short: broken lines would tell nothing. */
function fittedTable(rows: readonly string[][], columns: number): string {
  const [name, ...others] = titles
  const widths = others.map(({ minimum }, at) =>
    Math.max(minimum, ...rows.map((row) => (row[at + 1] ?? '').length)),
  )
  // Each column has a space on either side and a line before it; one more line ends the table.
  const taken = widths.reduce((sum, width) => sum + width + 3, 0) + 4
  const room = Math.max(columns - taken, shortestName)
  if (name === undefined || room >= Math.max(name.minimum, ...rows.map(([shown = '']) => shown.length))) {
    return boxTable(titles, rows)
  }
  const fitted = rows.map(([shown = '', ...rest]) => [
    shown.length <= room ? shown : `${shown.slice(0, room - 1)}…`,
    ...rest,
  ])
  return boxTable([{ ...name, minimum: Math.min(name.minimum, room) }, ...others], fitted)
}

const shortestName = 8
