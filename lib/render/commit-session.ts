import { count } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { renderCommitPreview } from './commit-preview.js'
import { type Face, inertFor } from './face.js'
import { movesInWords, stayingInWords } from './moved.js'
import type { Results } from './results.js'
import { spell } from './spell.js'
import { endedViewBlocks, leftOutKeptBlock } from './view-news.js'
import { overtakenInWords, scratchLine, waitingInWords, withReasons } from './wording.js'

type Commit = Results['commit_session']

export function renderCommitSession(result: Commit, face: Face): string {
  if (result.committed) return renderCommitted(result, face)
  return result.marked === undefined ? renderCommitPreview(result, face) : renderMarked(result, face)
}

function renderCommitted(result: Commit, face: Face): string {
  const inert = inertFor(face)
  const late = new Set(result.waiting?.paths)
  const { session, commit_id, deleted = [], merged = [], dropped = [] } = result
  const { archive = null, closed = true, overtaken = [], given_up: givenUp = [] } = result
  const moved = result.waiting ? [] : (result.moved ?? [])
  const staying = stayingInWords(result, inert)
  const gone = new Set([...deleted, ...moved.map(({ to }) => to)])
  const left = new Set(moved.map(({ from }) => from))
  const files = (result.files ?? []).filter((path) => !late.has(path))
  const copied = files.filter((path) => !gone.has(path))
  return answer(
    ['✅ SESSION COMMITTED'],
    [`Session: ${inert(session)}`],
    (result.files ?? []).length + dropped.length + givenUp.length === 0
      ? ['📁 Nothing had changed, so nothing was copied to global']
      : null,
    section('📁 Files copied to global:', copied.map(inert), '   ✓ '),
    section(
      '🗑️ Files deleted from global:',
      deleted.filter((path) => !left.has(path) && !late.has(path)).map(inert),
      '   ✓ ',
    ),
    section('🚚 Files moved in global:', result.waiting ? [] : movesInWords(result, inert), '   ✓ '),
    section('🔀 Merged with newer global versions:', merged.map(inert), '   ✓ '),
    section(
      "🕊️ Given up for the global version (the session's is kept as a retry):",
      dropped.map(inert),
      '   • ',
    ),
    section(
      '🕊️ Given up for the global version:',
      givenUp.filter((path) => !dropped.includes(path)).map(inert),
    ),
    section(
      '⚠️ Edited by someone else while the commit ran; that edit stayed:',
      overtakenInWords(overtaken, inert),
    ),
    archive === null
      ? null
      : [
          result.human_retries?.length === 0 ? '📦 Kept versions archived:' : '📦 Human retries archived:',
          `   ${inert(archive)}`,
        ],
    section(`📌 Still in the session (${staying.length}):`, staying),
    ignoredFiles(result, face),
    scratchLine(result.scratch_dropped ?? 0),
    ...endedViewBlocks(result.view, 'committed', face),
    leftOutKeptBlock(result.left_out_kept, face),
    section(
      '🌿 Git commits of the session, fetched and merged into nothing:',
      folded(
        (result.git_references ?? []).map(({ repository, reference }) =>
          inert(repository === '' ? reference : `${reference} (in ${repository})`),
        ),
      ),
    ),
    waitingInWords(result.waiting, inert),
    result.pending_cleanup === true && result.waiting === undefined
      ? ['⏳ Committed; tidying up is left to the next command, nothing is lost']
      : null,
    closed && result.waiting !== undefined
      ? ['📂 The session ends when they are in place']
      : closed
        ? [
            '🗑️ Session directory removed',
            ...(result.lock_cleared === false ? [] : ['🔓 Session lock cleared']),
          ]
        : [`📂 Session stays open: ${spell(face, 'get_active_session', { session })}`],
    files.length === 0 || result.waiting ? null : ['🎉 Changes committed to book!'],
    commit_id ? [`💡 Undo: ${spell(face, 'undo_commit', { commit_id })}`] : null,
  )
}

function ignoredFiles(result: Commit, face: Face): Block {
  const inert = inertFor(face)
  const {
    session,
    closed = true,
    ignored_changes: changes = [],
    ignored_kept_in: place = null,
    ignored_dropped: dropped = 0,
  } = result
  const lines = [
    ...(changes.length === 0 ? [] : ['🙈 Ignored, these live files stay as they were:']),
    ...folded(changes.map(inert)).map((path) => `   • ${path}`),
    ...(place === null ? [] : [`   The session's versions are in ${inert(place)}`]),
    // Where the session has ended there is none left to commit from.
    ...(changes.length === 0 || closed
      ? []
      : [
          `   To commit such files, too: ${spell(face, 'commit_session', { name: session, include_ignored: true })}`,
        ]),
    ...(dropped === 0 ? [] : [`🙈 Ignored, dropped with the session: ${count(dropped, 'file')}`]),
  ]
  return lines.length === 0 ? null : lines
}

function renderMarked(result: Commit, face: Face): string {
  const inert = inertFor(face)
  const { session, marked = [], conflicts = [], open = [] } = result
  const placeOf = new Map(open.map(({ path, open_at }) => [path, open_at]))
  return answer(
    [`✏️ CONFLICTS MARKED: ${inert(session)}`],
    [
      "Nothing was committed. The places to decide stand between <<<<<<< and >>>>>>> in the session's copies.",
    ],
    section(
      '📖 Files to open:',
      marked.map((path) => inert(placeOf.get(path) ?? path)),
    ),
    section('⛔ Still in conflict, not to be marked:', withReasons(conflicts, inert)),
    [`💡 When they are decided: ${spell(face, 'commit_session', { name: session })}`],
  )
}
