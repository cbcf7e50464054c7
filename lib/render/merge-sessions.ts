import { answer, folded, section } from './blocks.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { type Arguments, spell } from './spell.js'
import { withReasons } from './wording.js'

type Merge = Results['merge_sessions']

export function renderMergeSessions(result: Merge, face: Face): string {
  const inert = inertFor(face)
  const { source, into, applied, modified, created, deleted, merged, marked, conflicts, dropped } = result
  const isNothing = [modified, created, deleted, conflicts, dropped].every((list) => list.length === 0)
  const names = `${inert(source)} → ${inert(into)}`
  return answer(
    [applied ? `✅ SESSIONS MERGED: ${names}` : `📋 MERGE PREVIEW: ${names}`],
    isNothing ? [`Nothing of ${inert(source)} is new to ${inert(into)}.`] : null,
    files('Modified', modified, inert),
    files('Created', created, inert),
    files('Deleted', deleted, inert),
    section(`🔀 Merged, both had changed them (${merged.length}):`, merged.map(inert)),
    section(
      applied ? '✏️ Marked, to be decided in the files:' : '✏️ To be marked, and decided in the files:',
      marked.map(inert),
    ),
    section(`⚠️ Conflicts (${conflicts.length}):`, withReasons(conflicts, inert)),
    section(`🕊️ ${inert(into)} keeps its own version:`, dropped.map(inert)),
    applied
      ? afterwards(result, face)
      : isNothing
        ? null
        : ['❓ The live files stay as they are, and so does the source.', ...nextSteps(result, face)],
  )
}

function files(what: string, paths: readonly string[], inert: (text: string) => string) {
  return section(`${what} files (${paths.length}):`, folded(paths.map(inert)))
}

function afterwards({ into, kept_as, marked }: Merge, face: Face): string[] {
  const inert = inertFor(face)
  if (kept_as === null)
    return [`💡 Where things stand: ${spell(face, 'get_active_session', { session: into })}`]
  const next = marked.length > 0 ? 'When they are decided' : 'Put it into the live files'
  return [
    `📌 What ${inert(into)} held before is kept: ${inert(kept_as)}`,
    `💡 Take this back: ${spell(face, 'restore_checkpoint', { label: kept_as, session: into })}`,
    `   ${next}: ${spell(face, 'commit_session', { name: into })}`,
  ]
}

function nextSteps({ source, into, conflicts, digest, options, marked }: Merge, face: Face): string[] {
  const call = (more: Arguments) =>
    spell(face, 'merge_sessions', { source, into, ...options, force: true, ...more })
  if (conflicts.length === 0) {
    const expect = options.on_conflict === undefined ? {} : { expect: digest }
    return [
      `💡 To proceed: ${call(expect)}`,
      ...(marked.length > 0 ? ['   Commit refuses the files until their markers are gone'] : []),
    ]
  }
  return [
    '💡 To proceed, decide the conflicts in one of these ways:',
    `   - Keep the version of ${inertFor(face)(source)}: ${call({ on_conflict: 'keep_source', expect: digest })}`,
    `   - Keep the version of ${inertFor(face)(into)}: ${call({ on_conflict: 'keep_target', expect: digest })}`,
    `   - Mark both where they are texts: ${call({ on_conflict: 'markers' })}`,
    `   In what they differ: ${spell(face, 'diff_session', { name: into, other: source })}`,
  ]
}
