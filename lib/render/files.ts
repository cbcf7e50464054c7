import { fenced, linesForTerminal } from '../text/escape.js'
import { count, sizeInWords } from '../text/words.js'
import { answer, type Block, section } from './blocks.js'
import { patchOf } from './diff-session.js'
import { type Face, type Inert, inertFor } from './face.js'
import type { Results } from './results.js'
import { spell } from './spell.js'

/** In a shell the content alone, so that it can be passed on; in a chat with what belongs to it. */
export function renderReadSessionFile(result: Results['read_session_file'], face: Face): string {
  const { content, encoding } = result
  if (face === 'shell') return linesForTerminal(content)
  const inert = inertFor(face)
  const { file_path, size_bytes, source, etag, truncated } = result
  const binary = encoding === 'base64' ? ', not text, as base64' : ''
  return answer(
    [
      `📄 ${inert(file_path)} (${sizeInWords(size_bytes)}, from ${source}${binary})`,
      `🔖 etag: ${inert(etag)}`,
      ...(truncated ? ['✂️ Cut short: read on with offset and limit'] : []),
    ],
    [fenced(content)],
  )
}

export function renderWriteSessionFile(result: Results['write_session_file'], face: Face): string {
  const inert = inertFor(face)
  const { file_path, change, copied_up, etag } = result
  // It may have been written there before.
  const written = change === 'created' ? 'new in the session' : change
  return answer(
    [
      `✍️ ${inert(file_path)}: ${written}${copied_up ? ', copied to the session first' : ''}`,
      `🔖 etag: ${inert(etag)}`,
    ],
    alsoChanged(result.also_changed_in, inert),
  )
}

export function renderEditSessionFile(result: Results['edit_session_file'], face: Face): string {
  const inert = inertFor(face)
  const { file_path, replacements, patch, etag } = result
  return answer(
    [`✍️ ${inert(file_path)}: ${count(replacements, 'replacement')}`, `🔖 etag: ${inert(etag)}`],
    patchOf(patch, face),
    alsoChanged(result.also_changed_in, inert),
  )
}

function alsoChanged(sessions: readonly string[], inert: Inert): Block {
  return section('👥 Also changed in these sessions:', sessions.map(inert))
}

export function renderDeleteSessionFile(result: Results['delete_session_file'], face: Face): string {
  const { file_path, change, files } = result
  const what =
    change === 'unchanged' ? 'gone, and was never global' : 'deleted in the session, global until commit'
  const held = files === undefined ? '' : ` (a folder with ${count(files, 'file')} in it)`
  return answer([`🗑️ ${inertFor(face)(file_path)}${held}: ${what}`])
}

export function renderMoveSessionFile(result: Results['move_session_file'], face: Face): string {
  const inert = inertFor(face)
  return answer([`🚚 ${inert(result.source)} → ${inert(result.destination)}: ${inert(result.change)}`])
}

const icons = { file: '📄', folder: '📁', symlink: '🔗', other: '❔' }

export function renderListSessionFiles(result: Results['list_session_files'], face: Face): string {
  const inert = inertFor(face)
  const { entries, total, next } = result
  const lines = entries.map(({ file_path, kind, size_bytes, source }) => {
    const size = kind === 'file' ? `, ${sizeInWords(size_bytes)}` : ''
    return `   ${icons[kind]} ${inert(file_path)} (${source}${size})`
  })
  return answer([`📂 FILES (${total} total)`], lines, more(face, 'list_session_files', total, next))
}

/** Found lines are content: in a chat they stand in a fence, where nothing of theirs acts. */
export function renderSearchSessionText(result: Results['search_session_text'], face: Face): string {
  const { matches, total, next } = result
  const found = matches.map(({ file_path, line, text }) => {
    const inert = inertFor('shell')
    return `${inert(file_path)}:${line}: ${inert(text.trimEnd())}`
  })
  return answer(
    [`🔍 MATCHES (${total} total)`],
    found.length === 0 ? null : face === 'chat' ? [fenced(found.join('\n'))] : found,
    more(face, 'search_session_text', total, next),
  )
}

function more(
  face: Face,
  operation: 'list_session_files' | 'search_session_text',
  total: number,
  next: Results['list_session_files' | 'search_session_text']['next'],
): Block {
  return next === undefined
    ? null
    : [`💡 ${total - next.offset} more: ${spell(face, operation, { ...next })}`]
}
