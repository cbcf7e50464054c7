import { pointsOut } from '../errors.js'
import { ageInWords, count, sizeInWords } from '../text/words.js'
import { aroundInWords } from './adopt-changes.js'
import { answer, folded, section } from './blocks.js'
import { type Face, inertFor } from './face.js'
import { movesInWords, tellMoves } from './moved.js'
import type { Results } from './results.js'
import { spell } from './spell.js'
import { leftOutKeptBlock, openViewBlocks } from './view-news.js'
import { barredSection, gitCommitsInWords, recoveredLine, retriesByFile, withReasons } from './wording.js'

export function renderGetActiveSession(
  result: Results['get_active_session'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { name, status, description, changes, human_retries, conflicts, also_changed_in, ignored } = result
  const told = tellMoves({ ...result, ...changes })
  const made = gitCommitsInWords(result, inert)
  const created = new Set(told.created)
  const { newFolders, moved } = told
  const came = new Set(moved.map(({ to }) => to))
  const toOpen = ({ path, open_at }: { path: string; open_at: string }) =>
    `${inert(open_at)}${came.has(path) ? ' (moved)' : created.has(path) ? ' (new)' : ''}`
  return answer(
    [`📂 ${status === 'ACTIVE' ? 'ACTIVE ' : ''}SESSION: ${inert(name)}`],
    [
      `Status: ${inert(status)}`,
      `Created: ${ageInWords(result.created_at, now)}`,
      ...(description === '' ? [] : [`Description: ${inert(description)}`]),
    ],
    result.recovered ? [recoveredLine] : null,
    [
      '📊 Changes (uncommitted):',
      `   • Modified: ${count(changes.modified.length, 'file')}`,
      `   • Created: ${[count(told.created.length, 'file'), ...(newFolders.length === 0 ? [] : [count(newFolders.length, 'empty folder')])].join(', ')}`,
      `   • Deleted: ${count(told.deleted.length, 'file')}`,
      ...(moved.length === 0 ? [] : [`   • Moved: ${count(moved.length, 'file')}`]),
    ],
    section('📖 Files to open:', folded(result.open.map(toOpen), 100)),
    section('📁 New empty folders:', folded(newFolders.map(inert), 100)),
    section('🗑️ Deleted in this session:', told.deleted.map(inert)),
    section('🚚 Moved:', movesInWords(result, inert)),
    section(
      '⛔ Conflicts with newer global files:',
      withReasons(
        conflicts.filter(({ reason }) => reason !== pointsOut),
        inert,
      ),
    ),
    section(
      '⛔ Links that point out of the workspace, which no commit takes:',
      conflicts.flatMap(({ path, reason }) => (reason === pointsOut ? [inert(path)] : [])),
    ),
    barredSection(result.barred, inert),
    ...aroundInWords(name, result.around ?? [], face),
    section(
      '👥 Also changed in other sessions:',
      also_changed_in.map(({ path, sessions }) => `${inert(path)}: ${sessions.map(inert).join(', ')}`),
    ),
    ignored === 0 ? null : [`🙈 Ignored: ${count(ignored, 'file')} (kept in the session, not committed)`],
    made === null
      ? null
      : [`🌿 ${made}: a commit of the session fetches them into refs/cowrite/, a cancel throws them away`],
    [`🔄 Human Retries: ${human_retries.length}`, ...retriesByFile(human_retries, inert)],
    [`💾 Session Size: ${sizeInWords(result.size_bytes)}`],
    [
      '📁 Paths:',
      ...Object.entries(result.paths).map(([label, path]) => `   • ${inert(capital(label))}: ${inert(path)}`),
    ],
    limitsInWords(result.limits, inert),
    ...openViewBlocks(result.view, face),
    leftOutKeptBlock(result.left_out_kept, face),
    conflicts.length + (result.barred ?? []).length === 0
      ? null
      : [
          `💡 Ways out${result.barred === undefined ? ' of the conflicts' : ''}: ${spell(face, 'commit_session', { name })}`,
        ],
  )
}

function limitsInWords(limits: Results['get_active_session']['limits'], inert: (text: string) => string) {
  if (limits === undefined) return null
  const { allowed_paths, read_only_paths, allowed_tools } = limits
  const line = (label: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`   • ${label}: ${list.map(inert).join(', ')}`]
  return [
    '🚧 Limits:',
    ...line('May write', allowed_paths),
    ...line('Read-only', read_only_paths),
    ...line('Tools for files', allowed_tools),
  ]
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
