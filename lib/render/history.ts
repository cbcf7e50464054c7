import { ageInWords } from '../text/words.js'
import { answer, type Block, folded, section } from './blocks.js'
import { type Face, type Inert, inertFor } from './face.js'
import { filesInWords } from './moved.js'
import type { Results } from './results.js'
import { spell } from './spell.js'
import { overtakenInWords, waitingInWords, withReasons } from './wording.js'

export function renderUndoCommit(result: Results['undo_commit'], face: Face): string {
  const inert = inertFor(face)
  const { commit_id, undo_id, restored, removed, in_part, skipped } = result
  const late = new Set(result.waiting?.paths)
  const placed = (paths: string[]) => paths.filter((path) => !late.has(path))
  return answer(
    [`↩️ COMMIT UNDONE${in_part ? ' IN PART' : ''}: ${inert(commit_id)}`],
    restored.length + removed.length === 0 ? ['📁 Global already was as before'] : null,
    section('📁 Put back in global:', placed(restored).map(inert), '   ✓ '),
    section('🗑️ Removed from global:', placed(removed).map(inert), '   ✓ '),
    section('✋ Left alone:', withReasons(skipped, inert)),
    section(
      '⚠️ Edited by someone else meanwhile; that edit stayed:',
      overtakenInWords(result.overtaken, inert),
    ),
    waitingInWords(result.waiting, inert),
    goneFromSession(result.gone_from_session, inert),
    [`💡 Bring it back: ${spell(face, 'undo_commit', { commit_id: undo_id })}`],
  )
}

/** A commit in part has taken it out of its session, and an undo puts it back into none. */
function goneFromSession(gone: Results['undo_commit']['gone_from_session'], inert: Inert): Block {
  if (gone === undefined) return null
  const { session, files } = gone
  return [
    `⚠️ Session ${inert(session)} is still open, and does not hold this text since it was committed (${files.length}):`,
    ...folded(files.map(inert)).map((file) => `   • ${file}`),
    `   Its diff and its next commit go without it, until it is brought back.`,
  ]
}

export function renderListCommits(
  result: Results['list_commits'],
  face: Face,
  now: Date = new Date(),
): string {
  const inert = inertFor(face)
  const { commits } = result
  if (commits.length === 0) {
    return answer(
      ['📚 COMMITS (0 total)'],
      [`💡 Sessions that can be committed: ${spell(face, 'list_sessions')}`],
    )
  }
  const about = ({ kind, undoes, undone, undone_in_part }: (typeof commits)[number]) => {
    const what = kind === 'undo' ? ` (undid ${inert(undoes ?? 'a commit')})` : ''
    return undone ? `${what} (undone)` : undone_in_part ? `${what} (undone in part)` : what
  }
  return answer(
    [`📚 COMMITS (${commits.length} total)`],
    commits.map((commit) => {
      const { commit_id, session, committed_at } = commit
      const when = ageInWords(committed_at, now)
      return `   • ${inert(commit_id)}: ${inert(session)}, ${filesInWords(commit)}, ${when}${about(commit)}`
    }),
    undoOf(commits, face),
  )
}

/** The newest that stands: of a commit, where there is one. */
function undoOf(commits: Results['list_commits']['commits'], face: Face): Block {
  const standing = commits.filter(({ undone }) => !undone)
  const newest = standing.find(({ kind }) => kind === 'commit') ?? standing[0]
  if (newest === undefined) return null
  const label =
    newest.kind === 'undo'
      ? 'Bring back what the newest undid'
      : newest === commits[0]
        ? 'Undo the newest'
        : 'Undo the newest commit that can be undone'
  return [`💡 ${label}: ${spell(face, 'undo_commit', { commit_id: newest.commit_id })}`]
}

function nothingToRecover({ session, status }: Results['recover_session'], face: Face): string {
  const inert = inertFor(face)
  return answer(
    [session === null ? '✅ Nothing to recover' : `✅ Nothing to recover: ${inert(session)} is whole`],
    session === null ? null : [`Status: ${inert(status)}`],
    [`💡 Sessions: ${spell(face, 'list_sessions')}`],
  )
}

export function renderRecoverSession(result: Results['recover_session'], face: Face): string {
  const inert = inertFor(face)
  const { session, status, finished, withdrawn, findings } = result
  const isOpen = status === 'ACTIVE' || status === 'INACTIVE'
  const foundNothing = finished.length + withdrawn.length + findings.length === 0
  if (foundNothing && status !== 'CRASHED') return nothingToRecover(result, face)
  const heading = session === null ? '🔧 WORKSPACE RECOVERED' : `🔧 SESSION RECOVERED: ${inert(session)}`
  return answer(
    [status === 'CRASHED' ? `⚠️ STILL CRASHED: ${inert(session ?? '')}` : heading],
    [`Status: ${inert(status)}`],
    section('✅ Finished what was interrupted:', finished.map(inert)),
    section('↩️ Taken back, as if never begun:', withdrawn.map(inert)),
    section('🔍 Found:', findings.map(inert)),
    [nextStep()],
  )

  function nextStep(): string {
    if (session !== null && status === 'CRASHED') {
      return `💡 Give it up, retries kept: ${spell(face, 'cancel_session', { name: session })}`
    }
    if (session !== null && isOpen)
      return `💡 Go on in it: ${spell(face, 'switch_session', { name: session })}`
    return `💡 Sessions: ${spell(face, 'list_sessions')}`
  }
}
